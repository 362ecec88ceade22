"""Tables fit the columns of a pipe, cut nothing, and say what the result says."""

import csv
import json

import pytest

from analysis.fit import fit_scenario
from analysis.numbers import by_mcse
from analysis.priors_check.check import check_priors
from model.sampling.sampler import Sampler
from priors.scenario import SCENARIOS, load_scenario
from reports.cli.request.options import stdout
from reports.tables.backtest import print_campaigns
from reports.tables.priors_check import print_priors_check

WIDTH = 100


def whole(text):
    """The text on one line, after a look at its width."""
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "…" not in text
    return " ".join(text.split())


# -------------------------------------------------------------------------------------- compare


def test_comparison_of_a_run(run, eflops):
    code, out, _ = eflops("compare", "--run", run[0], "--json")
    assert code == 0
    found = json.loads(out)
    assert found["baseline"] == "roadmap-point"
    code, out, _ = eflops("compare", "--run", run[0])
    text = whole(out)
    assert code == 0
    assert "roadmap against roadmap-point: what each requires" in text
    assert "different posteriors, and no joint distribution" in text
    assert "P(more)" not in text
    for row in found["comparisons"]["roadmap"]:
        ratio = by_mcse(row["ratio"]["0.5"], row["ratio_mcse_log10"]["0.5"])
        assert f" {ratio} " in text
        needed = row["first"]["quantiles"]["0.5"], row["first"]["mcse_log10"]["0.5"]
        assert row["quantity"] == "efficiency" or f" {by_mcse(*needed)} " in text
    trend = found["shift_log10"]["roadmap"]["effective_eflops"]["trend"]
    assert f"Shift of the mean log10 of effective_eflops, in dex: trend {trend:+.2f}" in text


def test_scenarios_of_one_posterior_are_compared_draw_by_draw(run, eflops, tmp_path):
    """And what is not the same on both sides is named."""
    half = "\n[[change]]\nkey = 'levers.uptime'\nvalue = 0.5\nreason = 'It fails half of the time.'"
    text = (SCENARIOS / "roadmap.toml").read_text()
    (tmp_path / "broken.toml").write_text(text + half)
    arguments = ("compare", "roadmap", tmp_path / "broken.toml", "--run", run[0], "--days", 80)
    code, out, _ = eflops(*arguments)
    said = whole(out)
    assert code == 0
    assert "each draw is compared with itself" in said
    assert "peak BF16 2.000 2.000 2.000 yes" in said
    assert "effective 1.000 1.000 1.000 no" in said


@pytest.mark.slow
def test_a_comparison_is_kept_in_a_folder(run, eflops, tmp_path):
    kept = tmp_path / "kept"
    code, out, _ = eflops("compare", "--run", run[0], "--json", "--out", kept)
    assert code == 0
    assert sorted(path.name for path in kept.iterdir()) == ["comparison.csv", "comparison.json"]
    assert json.loads((kept / "comparison.json").read_text()) == json.loads(out)
    with (kept / "comparison.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    rows = json.loads(out)["comparisons"]["roadmap"]
    assert [line["quantity"] for line in lines] == [row["quantity"] for row in rows]
    assert [float(line["ratio_0.5"]) for line in lines] == [row["ratio"]["0.5"] for row in rows]
    (kept / "mine.txt").write_text("mine")
    code, _, err = eflops("compare", "--run", run[0], "--out", kept)
    assert code == 1
    assert "mine.txt" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["roadmap"], "scenarios: found 1 named"), (["roadmap", "roadmap"], "'roadmap' twice")],
)
def test_a_comparison_takes_two_scenarios(eflops, arguments, said):
    code, out, err = eflops("compare", *arguments)
    assert (code, out) == (1, "")
    assert said in err


def test_a_run_of_one_scenario_is_no_comparison(run, eflops):
    code, out, err = eflops("compare", "roadmap", "--run", run[0])
    assert (code, out) == (1, "")
    assert "found one scenario" in err


# --------------------------------------------------------------------------------- priors check


@pytest.mark.slow
def test_every_verdict_of_priors_check_is_whole(evidence, priors, capsys):
    few = Sampler(draws=1000)
    fit = fit_scenario(load_scenario("updated"), evidence, priors, few, seed=1)
    document = check_priors(fit, few, seed=1)
    print_priors_check(document, stdout())
    text = whole(capsys.readouterr().out)
    rows = document["predictive"]["posterior"]["rows"]
    assert len(rows) > 10
    assert text.count("as expected") >= sum(row["verdict"] == "as expected" for row in rows) / 2
    for row in document["power_scaling"]["parameters"]:
        assert row["name"] in text
        assert row["verdict"] in {"conflict", "potential conflict", "no evidence"} | {
            *("prior", "data", "neither")
        }
    assert document["roadmap_slope"]["diagnosis"].split(":")[0] in text
    assert f"{len(document['checks'])} checks passed" in text


@pytest.mark.slow
def test_refits_stand_beside_power_scaling(call, capsys, monkeypatch):
    code, out, err = call(capsys, monkeypatch, "priors", "check", "roadmap", "--refit", "--json")
    assert code == 0, err
    document = json.loads(out)
    refits = document["refits"]
    asked = {row["name"] for row in refits}
    assert asked == {row["name"] for row in document["power_scaling"]["parameters"]}
    assert {row["factor"] for row in refits} == {0.5, 2.0}
    print_priors_check(document, stdout())
    text = whole(capsys.readouterr().out)
    assert "Refits with each prior half and twice as wide" in text
    for name in asked:
        at = [row for row in refits if row["name"] == name and row["factor"] == 2.0]
        assert any(f"{row['shift']:+.3f}" in text for row in at)
    apart = [row for row in refits if not row["agrees"]]
    assert f"foretells the mean and the sd of {len(refits) - len(apart)} of" in text
    for row in apart:
        assert row["diagnosis"] in text


# ------------------------------------------------------------------------------------- backtest


def campaign(system, *, inside=True, width=2.5):
    days = {"observed_days": 50.0, "median": 48.2, "interval_90": [30.1, 75.4]}
    machine = {"system": system, "devices": 16384, "precision": "BF16"}
    return {**machine, **days, "width_factor": width, "pit": 0.55, "inside_90": inside}


def covered(inside, of):
    return {"inside": inside, "of": of, "share": inside / of, "interval_95": [0.5, 0.99]}


def document(*, held=True, passed=True, spread=0.12):
    coverage = {mass: covered(9, 10) for mass in ("0.5", "0.8", "0.9")}
    error = {"bias_dex": 0.02, "sd_dex": spread, "crps_dex": 0.05, "standard_error_dex": 0.03}
    group = {
        **{"kind": "devices", "group": "below 1,000", "rows": 12, "systems": 7},
        **{"systems_left": 21, "coverage": coverage, "held": held, "width_factor": 2.2},
        "error": {"bias_dex": -0.11},
    }
    check = {"name": "campaign_coverage_90", "value": 0.4, "threshold": 0.6, "relation": ">="}
    return {
        "scenario": "updated",
        "campaigns": [campaign("Llama 3.1-405B"), campaign("GLM-130B", inside=False, width=9.9)],
        "groups": [group],
        "coverage": coverage,
        "error": error,
        "width_factor": {"median": 2.5, "largest": 9.9},
        "wider": ["GLM-130B"],
        "excluded": {"palm-campaign": "no length", "opt-campaign": "no length"},
        "checks": [{**check, "passed": passed, "about": "share of campaigns inside"}],
    }


def printed(capsys, **options):
    print_campaigns(document(**options), stdout())
    return whole(capsys.readouterr().out)


def test_campaigns_that_pass(capsys):
    text = printed(capsys)
    assert "Llama 3.1-405B 16,384 BF16 50 48 30–75 2.5 0.55 inside" in text
    assert "GLM-130B 16,384 BF16 50 48 30–75 9.9 0.55 outside" in text
    assert "devices: below 1,000 12 7 21 9/10 9/10 -0.11 2.2" in text
    assert "+0.020 ± 0.030 dex on average (sd 0.120)" in text
    assert "Interval wider than the limit: GLM-130B." in text
    assert "Left out, no length: palm, opt." in text
    assert "1 checks passed" in text
    assert "missed" not in text


def test_campaigns_that_fail(capsys):
    text = printed(capsys, held=False, passed=False)
    assert "2.2 missed" in text
    assert "Not predicted by the other systems: step MFU of devices below 1,000." in text
    assert "FAILED: campaign_coverage_90 = 0.4, expected >= 0.6 (share of campaigns inside)" in text


def test_one_campaign_has_no_spread(capsys):
    assert "+0.020 dex on average; CRPS" in printed(capsys, spread=None)
