"""`eflops sensitivity` on a finished run: JSON, tables, options, and inputs it must refuse."""

import json

import pytest

from model import fit
from reports.tables.sensitivity import percent


@pytest.fixture
def no_fit(monkeypatch):
    """A sampler that must not be called."""

    def refuse(*arguments, **options):
        raise AssertionError("a finished run is not refitted")

    for name in ("draw_exactly", "draw_back"):
        monkeypatch.setattr(fit, name, refuse)


@pytest.mark.slow
@pytest.mark.usefixtures("no_fit")
def test_json_of_a_finished_run(run, eflops):
    folder, summary = run
    code, out, err = eflops(
        *("sensitivity", "roadmap", "--run", folder, "--days", "40", "--json"),
        *("--cost-too-small", "4", "--loss-scale", "log10", "--quantity", "effective_eflops"),
    )
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["manifest"] == summary["manifest"]
    assert found["question"]["days"] == 40.0
    assert found["decision"]["best_probability"] == 0.8
    (row,) = (
        row
        for row in summary["scenarios"]["roadmap"]["results"]
        if row["quantity"] == "effective_eflops" and row["days"] == 40.0
    )
    assert found["need"]["quantiles"]["0.9"] == pytest.approx(row["quantiles"]["0.9"], rel=1e-9)
    assert found["need"]["sd_log10"] == pytest.approx(row["sd_log10"], rel=1e-9)
    assert found["decision"]["best_eflops"] == pytest.approx(row["assurance"]["0.8"], rel=1e-3)
    shares = {row["block"]: row["first"] for row in found["blocks"]}
    assert shares["trend"] > shares["law"] > 0.2
    assert shares["efficiency"] == shares["campaign"] == 0


@pytest.mark.slow
@pytest.mark.usefixtures("no_fit")
def test_tables_fit_a_hundred_columns(run, eflops):
    code, out, _ = eflops("sensitivity", "roadmap", "--run", run[0])
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "…" not in out
    assert "Shares of the variance of its log10: trend of the frontier" in out
    assert out.index("Shares of the variance") < out.index("Blocks:") < out.index("Inputs:")
    assert "Inputs without an effect on this requirement: trend_later" in out.replace("\n", " ")


@pytest.mark.usefixtures("no_fit")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["roadmap-point"], "scenario roadmap-point: found a point without uncertainty;"),
        (
            [],
            "found no posterior that scenario 'updated' shares; expected one of roadmap-point,",
        ),
        (["roadmap", "--cost-too-large", "0"], "loss cost_too_large: found 0.0; expected greater"),
        (["roadmap", "--precision", "FP8"], "not ['FP8']"),
        (
            ["roadmap", "--days", "0"],
            "roadmap levers.days.0: found 0.0; expected greater than or equal to 0.001",
        ),
        (["roadmap", "--as-of", "2024-01-01"], "expected no --run: a new day is a refit"),
    ],
)
def test_wrong_questions_are_one_line(run, eflops, arguments, line):
    code, out, err = eflops("sensitivity", *arguments, "--run", run[0])
    assert (code, out) == (1, "")
    assert line in err
    assert err.startswith("eflops: ")
    assert len(err.splitlines()) == 1


def test_wrong_options_are_usage(eflops):
    assert eflops("sensitivity", "--quantity", "tokens")[0] == 2
    assert eflops("sensitivity", "--loss-scale", "log")[0] == 2


@pytest.mark.parametrize(
    ("share", "mcse", "text"),
    [
        (0.4383, 0.0068, "44 %"),
        (0.0256, 0.0005, "2.6 %"),
        (0.0040, 0.0001, "0.40 %"),
        (0.0001, 0.0100, "<1 %"),
        (-0.002, 0.0100, "0 %"),
        (0.0, 0.0, "0 %"),
        (1.0, 0.0, "100 %"),
    ],
)
def test_per_cent_with_the_digits_that_stand(share, mcse, text):
    assert percent(share, mcse) == text
