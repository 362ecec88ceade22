"""Requirements beside planned machines and beyond ceilings, against the draws themselves."""

import numpy as np
import pytest

from analysis.estimate.summary import summarise_fit
from analysis.fit import fit_scenario
from model.delivered.efficiency import delivered
from model.sampling.sampler import Sampler
from priors.offers import load_yardsticks
from priors.scenario import load_scenario
from reports.cli.request.options import stdout
from reports.tables.estimate import print_summary


@pytest.fixture(scope="module")
def fit(evidence, priors):
    scenario = load_scenario("updated").override(
        {"levers.years": [2029.0, 2031.0], "levers.precisions": ["BF16", "FP8"]}
    )
    return fit_scenario(scenario, evidence, priors, Sampler(draws=500, chains=2), seed=0)


@pytest.fixture(scope="module")
def summary(fit):
    return summarise_fit(fit)


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


AT = {"target": "frontier", "year": 2029.0, "days": 80.0}


def test_efficiency_is_that_of_the_devices_that_the_size_takes(fit):
    """Peak, number of devices and step MFU at that number agree, draw by draw, within the range."""
    required = fit.required().sel({**AT, "target": "national", "precision": "BF16"})
    posterior, levers = fit.posterior, fit.scenario.levers
    low, high = levers.device_range
    for chain, draw in ((0, 3), (1, 77), (0, 410), (1, 256)):
        at = {"chain": chain, "draw": draw}
        count = float(required["devices"].isel(at))
        assert count == pytest.approx(float(required["peak_eflops"].isel(at)) * 1e6 / 2500)
        one = posterior.isel(chain=[chain], draw=[draw])
        machines = levers.machines(min(max(count, low), high))
        expected = delivered(one, machines).sel(precision="BF16").item()
        assert low < count < high or bool(required["held"].isel(at))
        assert float(required["efficiency"].isel(at)) == pytest.approx(expected, rel=1e-9)


def test_a_given_number_of_devices_overrides_the_size(fit):
    given = fit.ask({"levers.devices": 5000}).required()
    assert "target" not in given["efficiency"].dims
    expected = delivered(fit.posterior, fit.scenario.levers.machines(5000))
    np.testing.assert_allclose(given["efficiency"], expected)
    assert not given["held"].any()


def test_each_ceiling_has_the_share_of_the_draws_beyond_it(fit, summary):
    required = fit.required().sel(AT)
    row = pick(summary["results"], **AT, quantity="training_flop")
    found = {flag["source"]: flag["probability_beyond"] for flag in row["flags"]}
    assert found == {
        "epoch-scaling-2030": float((required["training_flop"] > 2e29).mean()),
        "epoch-data-movement": float((required["training_flop"] > 2e31).mean()),
    }
    peak = pick(summary["results"], **AT, quantity="peak_eflops", precision="BF16")
    beyond = {flag["quantity"]: flag["probability_beyond"] for flag in peak["flags"]}
    sixteen = required.sel(precision="BF16")
    assert beyond["peak_eflops"] == float((sixteen["peak_eflops"] > 2e4).mean())
    assert beyond["devices"] == float((sixteen["devices"] > 2e6).mean())


def test_a_ceiling_of_a_peak_is_of_16_bits_and_one_of_a_year_ends_with_it(summary):
    eight = pick(summary["results"], **AT, quantity="peak_eflops", precision="FP8")
    assert {flag["quantity"] for flag in eight["flags"]} == {"devices", "megawatts"}
    later = pick(summary["results"], **{**AT, "year": 2031.0}, quantity="training_flop")
    assert [flag["kind"] for flag in later["flags"]] == ["wall"]


def test_the_yardstick_is_the_median_over_the_machines_own(summary):
    fugakunext = load_yardsticks()["fugakunext"]
    effective = pick(summary["results"], **AT, quantity="effective_eflops")
    median = effective["quantiles"]["0.5"]
    assert effective["yardstick"] == {"over_fugakunext": median / fugakunext.goal_effective_eflops}
    for precision, own in {"BF16": 150.0, "FP8": 300.0}.items():
        row = pick(summary["results"], **AT, quantity="peak_eflops", precision=precision)
        found = row["yardstick"]
        assert found["over_fugakunext"] == row["quantiles"]["0.5"] / own
        per_device = {"BF16": 2500e12, "FP8": 5000e12}[precision]
        devices = row["quantiles"]["0.5"] * 1e18 / per_device
        assert found["devices"] == pytest.approx(devices, rel=1e-2)
        assert found["megawatts"] == pytest.approx(found["devices"] * 1.875e-3)


def test_no_number_of_the_tables_is_cut(summary, capsys):
    print_summary({"scenarios": {"updated": summary}}, stdout())
    text = capsys.readouterr().out
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 100
    flagged = pick(summary["results"], **{**AT, "year": 2031.0}, quantity="training_flop")
    assert "epoch-data-movement" in text
    assert f"{flagged['flags'][0]['probability_beyond']:.2f}"[:3] in text
    for case in summary["lag"]["cases"]:
        assert f"{case['lag_years']['quantiles']['0.5']:.1f} (" in text


def test_the_scenarios_device_is_one_of_the_published(fit):
    """Peaks of the baseline's device in the rows of step MFU that were measured on it."""
    levers = fit.scenario.levers
    rows = [row for row in fit.evidence.utilisation if row.accelerator == levers.device.name]
    peaks = {row.precision: row.peak_tflops for row in rows if row.peak_tflops}
    assert {name: peaks[name] for name in levers.device.tflops if name in peaks}
    for name, peak in peaks.items():
        if name in levers.device.tflops:
            assert levers.device.tflops[name] == pytest.approx(peak, rel=0.03)


def test_the_share_held_is_that_of_the_draws_whose_mfu_follows_no_further(fit, summary):
    """More devices than the range: the efficiency is that of its end, whatever the number.

    Or that of the number from which on more devices deliver less.
    """
    row = pick(summary["results"], quantity="peak_eflops", precision="BF16", **AT)
    required = fit.required().sel(AT, drop=True).sel(precision="BF16")
    _, high = fit.scenario.levers.device_range
    at_end = delivered(fit.posterior, fit.scenario.levers.machines(high)).sel(precision="BF16")
    held = np.isclose(required["efficiency"], at_end, rtol=1e-9)
    assert held.mean() <= row["yardstick"]["held"] == required["held"].mean()
    earlier = required["held"].astype(bool).values & ~held
    slope = fit.posterior["campaign_goodput_devices"].values[earlier]
    assert (slope > 1.5).all()  # near ln 10: as many more fail as there are
    assert 0 < row["yardstick"]["held"] < 1
    given = summarise_fit(fit.ask({"levers.devices": 5000}))["results"]
    one = pick(given, quantity="peak_eflops", precision="BF16", **AT)
    assert one["yardstick"]["held"] is None


def test_every_printed_error_is_inside_the_gate(summary):
    """The worst error that a check states is the worst of all that the summary holds."""
    checks = {check["name"]: check["value"] for check in summary["checks"]}
    lag = [
        error
        for part in (*summary["lag"]["cases"], *summary["lag"]["implied_by_roadmap"])
        for error in part["lag_years"]["mcse"].values()
    ]
    assert checks["mcse_lag_years"] == max(lag)
    dex = [
        (float(level), error)
        for part in (
            *(row["mcse_log10"] for row in summary["results"]),
            *(row["assurance_mcse_log10"] for row in summary["results"]),
            *(case["effective_eflops"]["mcse_log10"] for case in summary["lag"]["cases"]),
            *(year["mcse_log10"] for year in summary["run_length"]["by_year"]),
        )
        for level, error in part.items()
    ]
    assert checks["mcse_quantile_dex"] == max(e for level, e in dex if 0.05 <= level <= 0.95)
    assert checks["mcse_tail_dex"] == max(e for level, e in dex if not 0.05 <= level <= 0.95)
    probabilities = [
        error
        for part in (
            *summary["results"],
            *summary["lag"]["cases"],
            *(flag for row in summary["results"] for flag in row["flags"]),
            *({"probability_mcse": r["yardstick"].get("held_mcse")} for r in summary["results"]),
        )
        if (error := part["probability_mcse"]) is not None
    ]
    assert checks["mcse_probability"] == max(probabilities)
