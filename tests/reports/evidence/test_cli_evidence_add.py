"""`eflops evidence add`: a row goes in whole or not at all, and moves the answer."""

import csv
import json
import re
import shutil

import pytest
from case_files import CASES

from priors.evidence import load_evidence

GOODPUT = [
    *("--set", "system=Ours", "--set", "architecture=dense", "--set", "devices=1024"),
    *("--set", "goodput=0.93", "--set", "bound=value", "--set", "use=goodput"),
    *("--set", "confidence=measured", "--set", "definition=effective over wall-clock time"),
]
SOURCE = ["--source", "our-run", "--title", "Our run of 2026", "--published", "2026-09-30"]
ROWS = CASES / "rows"


@pytest.fixture
def mine(tmp_path):
    return tmp_path / "mine"


def test_a_row_and_its_source_make_a_folder(eflops, mine):
    code, text, err = eflops("evidence", "add", "goodput", "--to", mine, *GOODPUT, *SOURCE)
    assert (code, err) == (0, "")
    said = " ".join(text.split())
    assert "1 row(s) added to goodput.csv" in said
    assert "ends on 2026-09-30" in said
    code, text, _ = eflops("evidence", "list", "goodput", "--evidence", mine, "--json")
    rows = json.loads(text)["goodput"]
    assert rows[-1]["id"] == "ours"
    assert rows[-1]["source"] == "our-run"
    code, text, _ = eflops("evidence", "list", "goodput", "--json")
    assert json.loads(text)["goodput"] == rows[:-1]


def test_rows_of_a_file_are_added_to_those_of_the_folder(eflops, mine):
    eflops("evidence", "add", "goodput", "--to", mine, *GOODPUT, *SOURCE)
    case = ROWS / "study_row_gemstones.csv"
    code, text, err = eflops(
        "evidence", "add", "scaling_studies", "--to", mine, "--from", case, "--json"
    )
    assert (code, err) == (0, "")
    document = json.loads(text)
    assert [row["id"] for row in document["rows"]] == ["own-runs-of-gem-hot-100b"]
    assert sorted(path.name for path in mine.iterdir()) == [
        *("goodput.csv", "scaling_studies.csv", "sources.toml"),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["nowhere", *GOODPUT, *SOURCE], "table: found 'nowhere'; expected one of"),
        (["goodput", *SOURCE], "--set and --from: found both or neither"),
        (["goodput", *GOODPUT], "--source: found nothing"),
        (["goodput", *GOODPUT, "--source", "x"], "--source: found 'x'; expected the id of a reg"),
        (["goodput", *GOODPUT, "--source", "A B", "--title", "T"], "--source: found 'A B'"),
        (["goodput", *GOODPUT, *SOURCE[:-1], "2099-01-01"], "--published: found 2099-01-01"),
        (["goodput", *GOODPUT, *SOURCE, "--set", "goodput=1"], "each column once"),
        (["goodput", *GOODPUT, *SOURCE, "--set", "colour=red"], "--set colour: found 'red'"),
        (["goodput", *SOURCE, "--set", "goodput=93"], "expected"),
        (["goodput", *SOURCE, "--from", "missing.csv"], "missing.csv: found No such file"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(eflops, mine, options, said):
    code, text, err = eflops("evidence", "add", "--to", mine, *options)
    assert (code, text) == (1, "")
    assert err.startswith("eflops: ")
    assert err.count("\n") == 1
    assert said in err
    assert not mine.exists()


def test_a_row_that_does_not_go_with_the_folder_leaves_it_as_it_was(eflops, mine):
    eflops("evidence", "add", "goodput", "--to", mine, *GOODPUT, *SOURCE)
    before = {path.name: path.read_bytes() for path in mine.iterdir()}
    for options in (GOODPUT, [*GOODPUT, "--set", "id=again"]):
        code, _, err = eflops(
            "evidence", "add", "goodput", "--to", mine, *options, "--source", "our-run"
        )
        assert (code, err.count("\n")) == (1, 1)
    assert {path.name: path.read_bytes() for path in mine.iterdir()} == before


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (
            0,
            "h200-sparse: found 1979 (one dense peak per device); expected 989, at which the "
            "efficiency is 0.425",
        ),
        (
            1,
            "h100-sparse-7b: found 1979 (one dense peak per device); expected 989, at which the "
            "efficiency is 0.485",
        ),
        (
            2,
            "fp8-on-bf16-peak: found 989 (one dense peak per device); expected 1979, at which the "
            "efficiency is 0.323",
        ),
    ],
)
def test_a_peak_that_contradicts_the_device_is_named(eflops, mine, tmp_path, number, said):
    with (ROWS / "utilisation_sparse_rows.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    one = tmp_path / "one.csv"
    with one.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, rows[number]])
    code, _, err = eflops("evidence", "add", "utilisation", "--to", mine, "--from", one)
    assert code == 1
    assert said in err
    assert not mine.exists()


@pytest.mark.parametrize(
    ("device", "precision", "peak", "dense"),
    [
        ("A100 80GB", "BF16", 624, 312),
        ("H100 SXM5 80GB", "BF16", 1979, 989),
        ("H200", "FP8", 3958, 1979),
        ("MI300X", "BF16", 2615, 1307),
        ("B200 SXM", "BF16", 4500, 2250),
        ("A100", "BF16", 312, None),
        ("H100 PCIe", "BF16", 756, None),
        ("no such device", "BF16", 1979, None),
    ],
)
def test_peaks_of_known_devices(eflops, mine, device, precision, peak, dense):
    cells = {
        **{"system": "Ours", "accelerator": device, "devices": 64, "peak_tflops": peak},
        **{"precision": precision, "definition": "MFU", "efficiency": 0.2, "kind": "production"},
        **{"stack": "hyperscale", "confidence": "measured", "use": "step-mfu"},
    }
    options = [part for name, value in cells.items() for part in ("--set", f"{name}={value}")]
    code, _, err = eflops("evidence", "add", "utilisation", "--to", mine, *options, *SOURCE)
    if dense is None:
        assert (code, err) == (0, "")
    else:
        assert code == 1
        assert f"found {peak} (one dense peak per device); expected {dense}, at which" in err


def test_an_efficiency_above_one_asks_for_the_peak(eflops, mine):
    case = ROWS / "utilisation_mfu_over_one.csv"
    code, _, err = eflops("evidence", "add", "utilisation", "--to", mine, "--from", case)
    assert code == 1
    assert "row 2, efficiency: found '1.04'; expected a share below 1" in err
    assert "is 312.0 that of another device than H100" in err
    assert "0.0104" not in err


@pytest.mark.slow
def test_an_own_row_changes_the_answer_and_it_is_said_by_how_much(eflops, mine, tmp_path):
    """The row of the Gemstones file: a = 0.70 beside laws of 0.43 to 0.53."""
    case = ROWS / "study_row_gemstones.csv"
    eflops("evidence", "add", "scaling_studies", "--to", mine, "--from", case)
    asked = ("estimate", "updated", "--days", 60, "--target", "model-size", "--json")
    _, before, _ = eflops(*asked)
    out = tmp_path / "run"
    code, text, err = eflops(*asked, "--evidence", mine, "--out", out)
    assert (code, err) == (0, "")
    with_own, without = json.loads(text), json.loads(before)
    stated = with_own["manifest"]["own_evidence"]
    assert stated["count"] == 1
    assert stated["rows"] == {"scaling_studies": ["own-runs-of-gem-hot-100b"]}
    assert without["manifest"]["own_evidence"] == {"count": 0, "rows": {}, "moved": {}}
    found = with_own["scenarios"]["updated"]["own_evidence"]
    assert without["scenarios"]["updated"]["own_evidence"] is None
    effective = next(one for one in found["moved"] if one["quantity"] == "effective_eflops")
    assert effective["moved"]
    assert stated["moved"] == {"updated": found["moved"]}
    kept = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert kept["own_evidence"] == stated
    code, _, err = eflops("sensitivity", "updated", "--run", out, "--target", "model-size")
    assert code == 1
    assert "expected --evidence with the folder of its own rows, scaling_studies" in err
    for document, side in ((with_own, "with"), (without, "without")):
        row = next(
            row
            for row in document["scenarios"]["updated"]["results"]
            if row["quantity"] == "effective_eflops"
        )
        quantiles = effective[side]["quantiles"]
        assert quantiles["0.5"] == pytest.approx(row["quantiles"]["0.5"])
        width = row["quantiles"]["0.975"] / row["quantiles"]["0.025"]
        assert effective[side]["width"] == pytest.approx(width)
    notes = [note["text"] for note in with_own["scenarios"]["updated"]["notes"]]
    (moved,) = (note for note in notes if note.startswith("Own rows move"))
    assert re.search(r"median from [\d.]+ to [\d.]+ effective EFLOPS", moved)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert moved in page
    assert "own-runs-of-gem-hot-100b" in page
    _, after, _ = eflops(*asked)
    assert after == before


def test_other_commands_say_that_own_rows_are_used(eflops, mine):
    eflops("evidence", "add", "goodput", "--to", mine, *GOODPUT, *SOURCE)
    code, out, err = eflops("specify", "updated", "--evidence", mine, "--json")
    assert code == 0
    assert err == "eflops: Own rows of evidence are used: 1 (goodput: ours).\n"
    assert json.loads(out)["manifest"]["own_evidence"]["rows"] == {"goodput": ["ours"]}


def test_models_of_an_import_are_laid_over_the_built_in_ones(eflops, mine, evidence):
    case = CASES / "models" / "epoch_frontier_only.csv"
    code, _, err = eflops(
        *("evidence", "import", case, "--kind", "epoch", "--to", mine),
        *("--source", "epoch-models-2026-01"),
    )
    assert (code, err) == (0, "")
    code, text, _ = eflops("evidence", "list", "training_runs", "--evidence", mine, "--json")
    assert code == 0
    ids = {row["id"] for row in json.loads(text)["training_runs"]}
    assert ids >= {row.id for row in evidence.training_runs}


def test_rows_that_contradict_their_neighbours_are_said_whoever_wrote_them(eflops, mine):
    mine.mkdir()
    shutil.copy(ROWS / "utilisation_sparse_rows.csv", mine / "utilisation.csv")
    code, _, err = eflops("specify", "updated", "--evidence", mine)
    assert code == 0
    assert "Own row h200-sparse of utilisation contradicts its neighbours (one dense peak" in err
    assert "1979, where 989 is expected" in err
    assert err.count("one dense peak per device") == 3


def test_a_newer_edition_of_the_list_moves_the_day_the_evidence_ends(eflops, mine, tmp_path):
    text = (CASES / "models" / "epoch_ok.csv").read_text(encoding="utf-8")
    models = tmp_path / "models.csv"
    models.write_text(
        text + "Newest,Language,Lab,2026-09-15,1e12,9e26,15e12,Likely\n", encoding="utf-8"
    )
    asked = ("evidence", "import", models, "--kind", "epoch", "--to", mine)
    code, _, err = eflops(
        *asked, "--source", "epoch-2026-10", "--title", "October 2026", "--published", "2026-10-31"
    )
    assert (code, err) == (0, "")
    own = load_evidence(mine)
    assert str(own.as_of) == "2026-09-15"
    assert "newest" in own.own["training_runs"]
    code, _, err = eflops(*asked, "--source", "epoch-2026-10", "--title", "Another title")
    assert code == 1
    assert "epoch-2026-10 is registered as another source" in err
