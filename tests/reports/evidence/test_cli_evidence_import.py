"""`eflops evidence import`: rows that load, JSON alone on stdout, one line where it is refused."""

import csv
import json
import shutil

import numpy as np
import pytest
from case_files import CASES
from public_files import needs, public_file

from model.law.loss_law import LossLaw
from priors.documents import DATA
from priors.evidence import load_evidence

LAW = LossLaw(1.82, 480.0, 2100.0, 0.347, 0.367)
FIGURE_4 = public_file("chinchilla_figure4_points.csv")
MODELS = """\
Model,Organization,Publication date,Training compute (FLOP),Confidence,Domain,Parameters,\
Parameters notes,Training dataset size (gradients)
Old [red],Lab A,2023-01-02,1e23,Likely,Language,1e10,,1.67e12
New,Lab B,2024-03-04,4e24,,Language,4e11,"MoE, 40B active",1.6e13
Small,Lab C,2024-05-06,1e22,Confident,Vision,1e9,,
Vague,Lab D,2023,1e24,Likely,Language,,,
Silent,Lab E,2024-07-08,,Unknown,Language,,,
"""


def write_runs(path, *, noise=0.005):
    rng = np.random.default_rng(6)
    flop = np.repeat(np.logspace(18, 21, 6), 8)
    parameters = LAW.optimal_parameters(flop) * np.tile(np.logspace(-0.6, 0.6, 8), 6)
    loss = LAW.loss(parameters, flop / 6 / parameters) * np.exp(noise * rng.normal(size=flop.size))
    lines = (f"{n},{c},{value}" for n, c, value in zip(parameters, flop, loss, strict=True))
    path.write_text("\n".join(["N,FLOP,loss", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("isoflop") / "my_runs.csv")


@pytest.fixture
def models(tmp_path):
    path = tmp_path / "models.csv"
    path.write_text(MODELS, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    """Return a copy of the built-in data."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data" / "evidence"


def append(table, file):
    """Append the rows of a file to a table, which may lack columns that no row of it uses."""
    with table.open(encoding="utf-8", newline="") as lines:
        columns = next(csv.reader(lines))
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert set(columns) <= set(rows[0])
    assert not any(row[column] for row in rows for column in set(row) - set(columns))
    with table.open("a", encoding="utf-8", newline="") as lines:
        csv.DictWriter(lines, columns, extrasaction="ignore", lineterminator="\n").writerows(rows)


@pytest.mark.slow
def test_runs_become_a_row_that_loads(eflops, runs, folder, tmp_path):
    out = tmp_path / "new" / "row.csv"
    code, text, err = eflops(
        *("evidence", "import", runs, "--kind", "isoflop", "--resamples", 100, "--out", out),
        *("--source", "besiroglu-2024", "--study", "Ours", "--computed-from", "our-runs"),
        *("--published", "2026-02-03", "--json"),
    )
    assert (code, err) == (0, "")
    document = json.loads(text)
    append(folder / "scaling_studies.csv", out)
    *others, row = load_evidence(folder).scaling_studies
    assert row.model_dump(mode="json") == document["row"]
    assert (row.id, row.study, row.computed_from) == ("ours", "Ours", "our-runs")
    assert len(others) == len(load_evidence().scaling_studies)
    assert row.a_low < LAW.a < row.a_high
    assert [part.name for part in out.parent.iterdir()] == ["row.csv"]


@pytest.mark.slow
def test_runs_are_summarised_in_the_terminal(eflops, runs):
    code, text, err = eflops("evidence", "import", runs, "--kind", "isoflop", "--resamples", 100)
    assert (code, err) == (0, "")
    said = " ".join(text.split())
    assert "parameters from 'N', training_flop from 'FLOP', loss from 'loss'" in said
    assert "0 dropped 5 dropped" in said
    assert "With all 48 runs a = " in said
    assert "Give --source to make a row" in said
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.slow
def test_the_seed_reaches_the_bootstrap(eflops, runs):
    def sd(seed):
        arguments = ("--kind", "isoflop", "--resamples", 100, "--json", "--seed", seed)
        document = json.loads(eflops("evidence", "import", runs, *arguments)[1])
        return document["treatments"][0]["a"]["sd"]

    assert sd(0) != sd(1)


@pytest.mark.slow
def test_a_fit_that_fails_its_checks_is_not_published(eflops, runs, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "analysis.evidence_import.study.thresholds",
        lambda section: {"gradient": 0.0, "unconverged_share": 0.01, "shift_of_a": 1.0},
    )
    code, text, err = eflops(
        *("evidence", "import", runs, "--kind", "isoflop", "--resamples", 100),
        *("--source", "besiroglu-2024", "--out", tmp_path / "row.csv"),
    )
    assert (code, text) == (3, "")
    assert "check failed: gradient" in err
    assert not (tmp_path / "row.csv").exists()


def test_models_become_a_table_that_is_read_back(eflops, models, tmp_path):
    out = tmp_path / "runs.csv"
    code, text, err = eflops(
        "evidence", "import", models, "--kind", "epoch", "--top", 1, "--out", out, "--json"
    )
    assert (code, err) == (0, "")
    document = json.loads(text)
    assert (document["records"], document["frontier"], document["top"]) == (5, 2, 1)
    assert [row["frontier_as_compiled"] for row in document["rows"]] == [True, True, False]
    assert [row["active_parameters"] for row in document["rows"]] == [None, 4e10, None]
    assert {reason: rows[0]["row"] for reason, rows in document["skipped"].items()} == {
        "date is not a day, YYYY-MM-DD": 5,
        "no training compute": 6,
    }
    with out.open(encoding="utf-8", newline="") as lines:
        assert [row["id"] for row in csv.DictReader(lines)] == ["old-red", "new", "small"]


def test_models_are_listed_in_the_terminal(eflops, models):
    code, text, err = eflops("evidence", "import", models, "--kind", "epoch")
    assert (code, err) == (0, "")
    said = " ".join(text.split())
    assert "training_runs: 3 rows" in said
    assert "Old [red]" in said
    assert "5 models listed, 3 imported, 3 of them among the 10 largest at their release" in said
    assert "Left out: 2" in said
    assert "1 date is not a day, YYYY-MM-DD: row 5 Vague ('2023')" in said
    assert "! sevilla_large_scale.csv points to" in said
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("isoflop", ["--out", "OUT"], "--source: found nothing"),
        (
            "isoflop",
            ["--source", "nowhere"],
            "--source: found 'nowhere'; expected the id of a registered source",
        ),
        ("isoflop", ["--source", "besiroglu-2024", "--study", "富岳NEXT"], "--study: found '富岳"),
        ("isoflop", ["--top", "5"], "--top: found 5; expected no such option with --kind isoflop"),
        ("isoflop", ["--drop-highest-loss", "40"], "my_runs.csv: found 8 runs"),
        ("isoflop", ["--drop-highest-loss", "60"], "my_runs.csv: found 0 runs"),
        ("isoflop", ["--evidence", "/nonexistent"], "/nonexistent: found no such folder"),
        ("epoch", ["--resamples", "500"], "no such option with --kind epoch"),
        ("epoch", [], "my_runs.csv, header: found no column 'Publication date'"),
        ("isoflop", ["--out", "TAKEN", "--source", "besiroglu-2024"], "nothing is overwritten"),
    ],
)
def test_what_cannot_be_imported_is_one_line(eflops, runs, tmp_path, kind, options, said):
    taken = tmp_path / "taken.csv"
    taken.write_text("years of work")
    places = {"OUT": tmp_path / "out.csv", "TAKEN": taken}
    options = [places.get(option, option) for option in options]
    code, text, err = eflops("evidence", "import", runs, "--kind", kind, *options)
    assert (code, text) == (1, "")
    assert err.startswith("eflops: ")
    assert err.count("\n") == 1
    assert said in err
    assert taken.read_text() == "years of work"
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("isoflop", "N,words,loss\n1e8,1e9,3\n", "header: found 'words'; expected tokens"),
        ("isoflop", "a,b\n1,2\n", "header: found columns 'a', 'b'; expected one for parameters"),
        ("isoflop", "N,Active parameters,D,loss\n4,1,2,3\n", "found 'Active parameters'"),
        ("isoflop", "N,D,loss\n1e8,2e9,3\n1e8,2e9,3\n", "row 3: found the same run as another"),
        (
            "epoch",
            MODELS.replace("(gradients)", "(datapoints)"),
            "the edition of 2025; expected --",
        ),
        ("epoch", MODELS.replace("2024-03-04", "2026-06-01"), "row 3, Publication date: found"),
        ("epoch", MODELS.replace("Domain", "System"), "header: found columns of two editions"),
        ("epoch", MODELS + "New,Lab B,2024-03-04,5e24,,Language,,,\n", "row 7, Training compute"),
    ],
)
def test_what_is_wrong_in_a_file_is_one_line(eflops, tmp_path, kind, text, said):
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    code, out, err = eflops("evidence", "import", path, "--kind", kind)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("eflops: bad.csv")
    assert said in err
    assert "expected" in err


@pytest.mark.parametrize("options", [[], ["--kind", "other"], ["--kind", "isoflop", "--seed", -1]])
def test_usage(eflops, runs, options):
    code, out, _ = eflops("evidence", "import", runs, *options)
    assert (code, out) == (2, "")


@pytest.mark.slow
@needs(FIGURE_4)
def test_the_245_points_are_told_apart_from_the_240(eflops):
    code, text, _ = eflops(
        *("evidence", "import", FIGURE_4, "--kind", "isoflop", "--resamples", 100, "--json"),
        *("--computed-from", "chinchilla-runs", "--drop-highest-loss", 5),
    )
    assert code == 0
    document = json.loads(text)
    chosen, other = document["treatments"]
    assert (chosen["runs"], other["runs"]) == (240, 245)
    assert chosen["a"]["value"] == pytest.approx(0.514, abs=5e-4)
    assert other["a"]["value"] == pytest.approx(0.565, abs=5e-4)
    assert len(document["warnings"]) == 2
    assert "besiroglu-2024" in document["warnings"][1]
    assert document["ignored_columns"] == ["x", "y", "color", "hex_color"]


@pytest.mark.slow
def test_each_data_set_becomes_a_row_of_ones_own(eflops, tmp_path):
    case, mine = CASES / "own_runs" / "pooled_shift2.csv", tmp_path / "mine"
    asked = ("evidence", "import", case, "--kind", "isoflop", "--resamples", 100)
    code, out, err = eflops(*asked)
    assert (code, out) == (1, "")
    assert "--group-by dataset" in err
    options = ("--group-by", "dataset", "--study", "Ours", "--source", "ours", "--title", "Ours")
    code, text, err = eflops(*asked, *options, "--to", mine, "--json")
    assert (code, err) == (0, "")
    groups = json.loads(text)["groups"]
    found = {name: groups[name]["treatments"][0]["a"] for name in ("code", "web")}
    assert found["web"]["value"] == pytest.approx(0.509, abs=1e-3)
    assert found["code"]["value"] == pytest.approx(0.512, abs=1e-3)
    own = load_evidence(mine).own
    assert own == {"scaling_studies": ("ours-code", "ours-web")}
    code, text, _ = eflops(*asked, "--where", "dataset=web", "--json")
    document = json.loads(text)
    assert (document["rows"], document["unmet"]) == (42, 21)
    assert document["treatments"][0]["a"]["value"] == found["web"]["value"]


@pytest.mark.slow
def test_candidates_for_the_next_run_are_listed(eflops, runs):
    code, text, _ = eflops(
        *("evidence", "import", runs, "--kind", "isoflop", "--resamples", 100, "--json")
    )
    assert code == 0
    found = json.loads(text)["next_runs"]
    candidates = found["candidates"]
    assert len(candidates) == 10
    shares = [one["a"]["variance_reduction"] for one in candidates]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < share < 1 for share in shares)
    assert sum(one["best_per_flop"] for one in candidates) == 1
    sd = json.loads(text)["treatments"][0]["a"]["sd"]
    for one in candidates:
        assert one["training_flop"] == pytest.approx(6 * one["parameters"] * one["tokens"])
        left = sd * np.sqrt(1 - one["a"]["variance_reduction"])
        assert one["a"]["sd"] == pytest.approx(left)
