"""Summaries of draws with a known distribution."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from analysis.estimate.summary import REPORTED, result_rows
from analysis.levels import ASSURANCE, QUANTILES
from analysis.reproduce.roadmap_values import RoadmapValues

MU, SD = 1.9, 0.5
CHAINS, DRAWS = 4, 2500


def required(seed, sd=SD):
    """Effective EFLOPS at 80 days are lognormal; the peak is 2.5 times as much."""
    rng = np.random.default_rng(seed)
    log = MU + sd * rng.standard_normal((CHAINS, DRAWS, 1))
    at_80 = xr.DataArray(10**log, dims=("chain", "draw", "year"), coords={"year": [2030.0]})
    at_80 = at_80.expand_dims(target=["frontier"], axis=2)
    days = xr.DataArray([40.0, 80.0], dims="days", coords={"days": [40.0, 80.0]})
    effective = at_80 * 80 / days
    efficiency = xr.DataArray([0.4], dims="precision", coords={"precision": ["BF16"]})
    return xr.Dataset(
        {
            "effective_eflops": effective,
            "peak_eflops": effective / efficiency,
            "training_flop": at_80 * 80 * 86_400 * 1e18,
            "parameters": xr.full_like(at_80, 1e12),
            "tokens": at_80 * 1e11,
        }
    )


@pytest.fixture(scope="module")
def rows(evidence):
    return result_rows(required(seed=3), RoadmapValues(evidence))


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


def test_every_quantity_has_one_row_a_year_and_length(rows):
    assert [row["quantity"] for row in rows] == list(REPORTED) * 2


def test_quantiles_lie_within_four_mcse_of_the_truth(rows):
    row = pick(rows, quantity="effective_eflops", days=80.0)
    for p in QUANTILES:
        truth = MU + SD * stats.norm.ppf(p)
        error = abs(np.log10(row["quantiles"][f"{p:g}"]) - truth)
        assert error < 4 * row["mcse_log10"][f"{p:g}"]


def test_mcse_of_independent_draws_is_the_analytic_one(rows):
    """sqrt(p (1 − p) / n) / density; ESS is estimated, so within 25 %."""
    row = pick(rows, quantity="effective_eflops", days=80.0)
    for p in (0.05, 0.5, 0.95):
        density = stats.norm.pdf(stats.norm.ppf(p)) / SD
        analytic = np.sqrt(p * (1 - p) / (CHAINS * DRAWS)) / density
        assert row["mcse_log10"][f"{p:g}"] == pytest.approx(analytic, rel=0.25)


def test_probability_that_the_roadmap_suffices(rows):
    row = pick(rows, quantity="effective_eflops", days=80.0)
    truth = stats.norm.cdf((np.log10(43.45) - MU) / SD)
    mcse = np.sqrt(truth * (1 - truth) / (CHAINS * DRAWS))
    assert abs(row["probability_roadmap_suffices"] - truth) < 4 * mcse
    assert row["probability_mcse"] == pytest.approx(mcse, rel=0.1)
    assert pick(rows, quantity="parameters", days=80.0)["probability_roadmap_suffices"] is None


def test_the_roadmaps_peak_is_of_16_bits(evidence):
    """108.5 EFLOPS say nothing about FP8."""
    known = required(seed=2)
    both = known.reindex(precision=["BF16", "FP8"], method="ffill")
    rows = result_rows(both, RoadmapValues(evidence))
    sixteen, eight = (
        pick(rows, quantity="peak_eflops", days=80.0, precision=name) for name in ("BF16", "FP8")
    )
    assert sixteen["roadmap_value"] == 108.5
    assert eight["roadmap_value"] is eight["probability_roadmap_suffices"] is None
    assert eight["quantiles"] == sixteen["quantiles"]


def test_half_the_days_need_twice_the_eflops(rows):
    short, long = (pick(rows, quantity="effective_eflops", days=d) for d in (40.0, 80.0))
    for key, value in long["quantiles"].items():
        assert short["quantiles"][key] == pytest.approx(2 * value, rel=1e-12)
    assert short["mcse_log10"] == long["mcse_log10"]


def test_assurance_levels_are_quantiles(rows):
    row = pick(rows, quantity="peak_eflops", days=40.0)
    assert list(row["assurance"]) == [f"{p:g}" for p in ASSURANCE]
    assert row["assurance"]["0.9"] == row["quantiles"]["0.9"]
    assert row["precision"] == "BF16"


def test_a_point_has_no_error_and_meets_itself(evidence):
    point = result_rows(required(seed=1, sd=0.0) * (43.4027777 / 10**MU), RoadmapValues(evidence))
    row = pick(point, quantity="effective_eflops", days=80.0)
    assert set(row["mcse_log10"].values()) == {0.0}
    assert row["probability_roadmap_suffices"] == 1.0
    assert row["probability_mcse"] == 0.0
