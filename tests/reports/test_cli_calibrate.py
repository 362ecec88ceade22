"""The command `eflops calibrate`: what it prints, keeps, refuses and ends with."""

import json
import re
from functools import partial
from xml.etree import ElementTree

import numpy as np
import pytest

import analysis.calibrate.run
from analysis.calibrate.replication import RANKED_DRAWS, Replication
from reports.figures.calibrate import rank_curves

CALIBRATE = ("calibrate", "updated", "--cores", "1")


def fake(plan, number, low=()):
    """A replication without a fit: uniform ranks, but 0 for the names in `low`."""
    rng = np.random.default_rng([2, number])
    ranks = {name: 0 if name in low else int(rng.integers(RANKED_DRAWS + 1)) for name in plan.names}
    return Replication(number, "exact", 0, 400.0, ranks)


@pytest.fixture
def without_fits(monkeypatch):
    """Replace what makes a replication by `fake`."""
    original = analysis.calibrate.run.replicate_plan

    def replace(**options):
        replicate = partial(original, replicate=partial(fake, **options))
        monkeypatch.setattr(analysis.calibrate.run, "replicate_plan", replicate)

    return replace


@pytest.mark.slow
def test_uniform_ranks_end_with_0_and_leave_replications_result_and_figure(
    eflops, without_fits, tmp_path
):
    without_fits()
    out = tmp_path / "kept"
    code, text, errors = eflops(*CALIBRATE, "--replications", 20, "--out", out)
    assert (code, errors) == (0, "")
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "rank of 20 truths" in text
    assert "log10_peak_eflops" in text
    assert "Self-test" not in text
    names = {path.name for path in out.iterdir()}
    assert names == {
        *("calibration.json", "replications.csv", "summary.json"),
        *("ranks.svg", "ranks.png"),
    }
    assert ElementTree.parse(out / "ranks.svg").getroot().tag.endswith("svg")
    document = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    # Going on with more needs the same plan only; the JSON is what is kept.
    code, text, _ = eflops(*CALIBRATE, "--replications", 25, "--out", out, "--json")
    longer = json.loads(text)
    assert code == 0
    assert longer == json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert longer["quantities"]["trend_noise"]["replications"] == 25
    assert longer.keys() == document.keys()
    assert {"quantities", "checks", "manifest", "power", "ecdf"} <= longer.keys()
    assert len((out / "replications.csv").read_text().splitlines()) == 1 + 25


@pytest.mark.slow
def test_a_quantity_that_fails_is_named_and_ends_with_3(eflops, without_fits):
    without_fits(low=("trend_noise",))
    code, text, errors = eflops(*CALIBRATE, "--replications", 20, "--noise-factor", 2)
    assert code == 3
    (line,) = errors.splitlines()
    assert line.startswith("eflops: check failed: sbc_trend_noise = ")
    assert re.search(r"\b1 of \d+ checks FAILED", text)
    # rich folds notes at the width of a pipe
    assert "every noise sd of the truth times 2" in " ".join(text.split())


def test_a_scenario_without_uncertainty_is_refused(eflops, tmp_path):
    out = tmp_path / "none"
    code, text, errors = eflops("calibrate", "roadmap-point", "--out", out)
    assert (code, text) == (1, "")
    assert "every prior fixed" in errors
    assert not out.exists()


def test_what_an_interruption_keeps_is_neither_mixed_nor_overwritten(eflops, monkeypatch, tmp_path):
    """Another plan goes elsewhere, and so does a run."""

    def interrupted(plan, number):
        if number == 2:
            raise KeyboardInterrupt
        return fake(plan, number)

    replicate = partial(analysis.calibrate.run.replicate_plan, replicate=interrupted)
    monkeypatch.setattr(analysis.calibrate.run, "replicate_plan", replicate)
    started = (*CALIBRATE, "--out", tmp_path)
    code, _, errors = eflops(*started)
    assert code == 130
    assert f"interrupted, 2 finished; the same command goes on with those in {tmp_path}" in errors
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert before.keys() == {"calibration.json", "replications.csv"}
    for arguments, reason in (
        ((*started, "--seed", 2), "found replications with another seed;"),
        ((*started, "--noise-factor", 1.5), "found replications with another noise_factor;"),
        ((*started, "--form", "linear"), "found replications with another form, scenarios;"),
        (("estimate", "roadmap-point", "--out", tmp_path), "which is no file of a run"),
    ):
        code, text, errors = eflops(*arguments)
        assert (code, text) == (1, "")
        (line,) = errors.splitlines()
        assert reason in line
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_the_figure_has_a_panel_a_quantity_and_marks_those_outside(eflops, without_fits):
    without_fits(low=("trend_noise",))
    _, text, _ = eflops(*CALIBRATE, "--replications", 20, "--json")
    document = json.loads(text)
    figure = rank_curves(document)
    panels = {axes.get_title(): axes for axes in figure.axes if axes.get_visible()}
    assert panels.keys() == {
        f"{name}: outside" if name == "trend_noise" else name for name in document["quantities"]
    }
    curve = panels["trend_slope"].lines[-1]
    difference = document["ecdf"]["difference"]["trend_slope"]
    np.testing.assert_allclose(curve.get_ydata(), [0, *difference, 0])


@pytest.mark.slow
def test_the_real_command_goes_on_to_the_same_result(eflops, tmp_path):
    """3 replications at once, and 2 and then one more: the same, whichever were there."""
    options = (*CALIBRATE, "--form", "linear", "--json", "--replications")
    whole = json.loads(eflops(*options, 3)[1])
    eflops(*options, 2, "--out", tmp_path)
    parts = json.loads(eflops(*options, 3, "--out", tmp_path)[1])
    del whole["manifest"], parts["manifest"]
    assert whole == parts
    assert whole["form"] == "linear"
    assert {entry["replications"] for entry in whole["quantities"].values()} == {3}
