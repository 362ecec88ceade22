"""Levers never fit again: from the cache, from a run, and by a scenario file of one's own."""

import json

import pytest

from model import fit
from priors.scenario import SCENARIOS

LEVERS = (
    *("--year", "2029", "--days", "33", "--lag", "1.5", "--precision", "bf16"),
    *("--devices", "1000"),
)


@pytest.fixture
def no_fit(monkeypatch):
    """A sampler that must not be called."""

    def refuse(*arguments, **options):
        raise AssertionError("a lever fits nothing")

    monkeypatch.setattr(fit, "draw_exactly", refuse)


def results(text, name="roadmap"):
    return json.loads(text)["scenarios"][name]["results"]


def median(rows, quantity, target="roadmap-chain"):
    (row,) = (row for row in rows if (row["quantity"], row["target"]) == (quantity, target))
    return row["quantiles"]["0.5"]


@pytest.mark.usefixtures("no_fit")
def test_a_run_answers_with_other_levers(run, eflops):
    code, out, err = eflops("estimate", "roadmap", "--run", run[0], *LEVERS, "--json")
    assert (code, err) == (0, "")
    rows = results(out)
    assert {(row["year"], row["days"]) for row in rows} == {(2029.0, 33.0)}
    whole, double = (
        results(eflops("estimate", "roadmap", "--run", run[0], "--days", days, "--json")[1])
        for days in ("40", "80")
    )
    ratio = median(whole, "effective_eflops") / median(double, "effective_eflops")
    assert ratio == pytest.approx(2, rel=1e-12)
    both = ("--target", "frontier", "--target", "roadmap-chain", "--days", 40)
    late, now = (
        results(eflops("estimate", "roadmap", "--run", run[0], *both, *lag, "--json")[1])
        for lag in (("--lag", "1"), ())
    )
    behind = median(late, "effective_eflops", "lag")
    assert behind < median(now, "effective_eflops", "frontier")
    assert [row for row in late if row["target"] != "lag"] == now
    assert {row["lag_years"] for row in late if row["target"] == "lag"} == {1.0}


@pytest.mark.usefixtures("no_fit")
def test_a_run_asked_the_same_answers_the_same(run, eflops):
    code, out, _ = eflops("estimate", "--run", run[0], "--json")
    assert code == 0
    assert json.loads(out) == run[1]


def own_file(folder, name, changes):
    """The scenario `roadmap` with further changes, as a user's file."""
    text = (SCENARIOS / "roadmap.toml").read_text(encoding="utf-8")
    for key, value in changes.items():
        text += f'\n[[change]]\nkey = "{key}"\nvalue = {value}\nreason = "As I would buy it."\n'
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("no_fit")
def test_an_own_file_that_changes_levers_only_is_answered_by_the_run(run, eflops, tmp_path):
    path = own_file(tmp_path, "mine", {"levers.days": "[33.0]", "levers.devices": "1000"})
    code, out, err = eflops("estimate", path, "--run", run[0], "--json")
    assert (code, err) == (0, "")
    by_options = eflops(
        *("estimate", "roadmap", "--run", run[0], "--days", 33, "--devices", 1000, "--json")
    )[1]
    assert results(out, "mine") == results(by_options)


def test_an_own_file_of_another_posterior_is_refused_by_the_run(run, eflops, tmp_path):
    path = own_file(tmp_path, "mine", {"trend.since": "2012.0"})
    code, out, err = eflops("estimate", path, "--run", run[0])
    assert (code, out) == (1, "")
    assert "found no posterior that scenario 'mine' shares" in err
    assert err.count("\n") == 1


def test_a_run_of_other_evidence_is_refused_where_it_would_be_mixed(run, eflops, tmp_path):
    from shutil import copytree

    from priors.documents import DATA

    copytree(DATA, tmp_path / "data")
    table = tmp_path / "data" / "evidence" / "ceilings.csv"
    table.write_text(table.read_text().rstrip("\n") + "\n", encoding="utf-8")
    lines = table.read_text().splitlines()
    table.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    code, out, err = eflops("estimate", "--run", run[0], "--evidence", tmp_path / "data/evidence")
    assert (code, out) == (1, "")
    assert "other evidence than are given" in err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--days", "40", "--days", "40"), "each value once"),
        (("--year", "2030", "--year", "2030.0"), "each value once"),
        (("--precision", "BF16", "--precision", "bf16"), "each value once"),
        (("--days", "1e-300"), "greater than or equal to 0.001"),
        (("--days", "1e9"), "less than or equal to 100000"),
        (("--devices", "0"), "greater than 0"),
        (("--lag", "-1"), "greater than or equal to 0"),
        (("--lag", "99"), "less than or equal to 50"),
        (("--precision", "FP4"), "'FP4'"),
        (("--chains", "2"), "--sampler nuts"),
    ],
)
def test_levers_that_make_no_sense_are_one_line(eflops, options, said):
    code, out, err = eflops("estimate", "roadmap", *options)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert said in err


@pytest.mark.parametrize("name", ["=1+1", "-x", "a/../b", " x", "x" * 200, "a\tb"])
def test_a_scenario_file_whose_name_cannot_be_stored_is_refused(eflops, tmp_path, name):
    path = tmp_path / f"{name}.toml"
    code, out, err = eflops("estimate", "--", path)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["nul\0.toml", "x" * 5000, "x" * 5000 + ".toml", "up/../roadmap"])
def test_a_name_that_is_no_path_is_one_line(eflops, name):
    code, out, err = eflops("estimate", name)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert len(err) < 700


@pytest.mark.slow
def test_the_cache_is_shown_cleared_and_bypassed(eflops, monkeypatch, tmp_path):
    monkeypatch.setenv("EFLOPS_CACHE", str(tmp_path / "cache"))
    small = ("estimate", "roadmap", "--draws", "3000", "--json")
    first = eflops(*small, "--no-cache")[1]
    shown = json.loads(eflops("cache", "--json")[1])
    assert shown == {**{"folder": str(tmp_path / "cache"), "entries": 0, "bytes": 0, "removed": 0}}
    assert eflops(*small)[1] == first
    with monkeypatch.context() as patch:
        patch.setattr(fit, "draw_exactly", None)
        assert eflops(*small)[1] == first
        code, out, _ = eflops("cache")
    assert code == 0
    assert "1 fits" in out
    assert json.loads(eflops("cache", "--clear", "--json")[1])["removed"] == 1
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.slow
def test_a_damaged_entry_is_said_in_one_line(eflops, monkeypatch, tmp_path):
    monkeypatch.setenv("EFLOPS_CACHE", str(tmp_path))
    small = ("estimate", "roadmap", "--draws", "3000", "--json")
    first = eflops(*small)[1]
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(b"")
    code, out, err = eflops(*small)
    assert (code, out) == (0, first)
    assert err.startswith("eflops: warning: cache entry")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_a_result_with_a_number_that_is_not_finite_is_never_published(
    eflops, monkeypatch, tmp_path
):
    """Not even marked as failed: JSON has no such number, and no buyer can use it."""
    import numpy as np

    monkeypatch.setenv("EFLOPS_CACHE", str(tmp_path))
    real = fit.draw_back

    def broken(*arguments, **options):
        drawn = real(*arguments, **options)
        level = np.array(drawn["trend_level"])
        level[1, 3] = np.nan
        return {**drawn, "trend_level": level}

    monkeypatch.setattr(fit, "draw_back", broken)
    for options in ((), ("--allow-failed-checks",), ("--json", "--allow-failed-checks")):
        code, out, err = eflops("estimate", "roadmap", "--draws", "3000", *options)
        assert code == 3
        assert out == ""
        assert "check failed: roadmap: not_finite" in err


@pytest.mark.slow
def test_campaigns_as_long_as_the_frontiers_runs(eflops):
    code, out, _ = eflops("estimate", "updated", "--days", "frontier", "--json")
    assert code == 0
    found = json.loads(out)["scenarios"]["updated"]
    assert {row["days"] for row in found["results"]} == {None}
    (year,) = found["run_length"]["by_year"]
    frontier = {
        row["quantity"]: row["quantiles"]["0.5"]
        for row in found["results"]
        if row["target"] == "frontier" and row["precision"] is None
    }
    seconds = 86_400 * year["quantiles"]["0.5"]
    need = frontier["training_flop"] / seconds / 1e18
    assert frontier["effective_eflops"] == pytest.approx(need, rel=0.3)
    assert {"notes.run_length", "notes.growths"} <= {note["key"] for note in found["notes"]}
    code, out, _ = eflops("estimate", "updated", "--days", "frontier")
    assert code == 0
    assert "as long as the frontier's runs: required EFLOPS" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("updated", "--days", "frontier", "--days", 80), "found 'frontier 80'; expected numbers"),
        (("updated", "--days", "long"), "--days: found 'long'"),
        (("roadmap", "--days", "frontier"), "knows nothing of the frontier's run length"),
    ],
)
def test_a_length_that_cannot_be_is_refused(eflops, arguments, message):
    code, out, err = eflops("estimate", *arguments)
    assert (code, out) == (1, "")
    assert message in err


@pytest.mark.slow
def test_scenarios_without_a_common_length_are_not_compared(eflops, tmp_path):
    other = tmp_path / "longer.toml"
    other.write_text(
        'title = "As long as the frontier"\n[[change]]\nkey = "levers.run_length"\n'
        'value = "frontier"\nreason = "As long as the others."\n',
        encoding="utf-8",
    )
    code, out, err = eflops("compare", "updated", other)
    assert (code, out) == (1, "")
    assert "no length of a campaign in common" in err
    assert eflops("compare", "updated", other, "--days", "frontier")[0] == 0


@pytest.mark.slow
def test_needs_beyond_walls_may_be_taken_out(eflops, tmp_path):
    path = tmp_path / "possible.toml"
    path.write_text(
        'title = "What is possible"\n[[change]]\nkey = "levers.walls"\n'
        'value = "truncate"\nreason = "No run beyond the latency wall."\n',
        encoding="utf-8",
    )
    found = {}
    for name in ("updated", path):
        code, out, _ = eflops("estimate", name, "--days", 80, "--json")
        assert code == 0
        (one,) = json.loads(out)["scenarios"].values()
        found[name] = {
            row["target"]: row for row in one["results"] if row["quantity"] == "training_flop"
        }
        assert ("notes.truncated" in {note["key"] for note in one["notes"]}) == (name == path)
    whole, cut = found["updated"]["record"], found[path]["record"]
    assert whole["removed_at_walls"] is None
    beyond = next(flag for flag in whole["flags"] if flag["kind"] == "wall")
    assert 1 < cut["removed_at_walls"] / beyond["probability_beyond"] < 10
    assert cut["quantiles"]["0.975"] < whole["quantiles"]["0.975"]
    assert cut["mcse_log10"]["0.5"] > 0
    for command in ("sensitivity", "priors check"):
        code, out, err = eflops(*command.split(), path)
        assert (code, out) == (1, "")
        assert "levers.walls 'truncate'" in err
    code, _, err = eflops("compare", "updated", path)
    assert code == 1
    assert "levers.walls 'truncate' with a comparison" in err
