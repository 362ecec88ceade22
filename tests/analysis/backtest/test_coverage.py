"""Scores of a prediction against closed forms, and coverage with its exact interval."""

import numpy as np
import pytest
from scipy import stats

from analysis.backtest.coverage import coverage, errors, is_inside, score

MEDIAN, SD = 40.0, 0.15


@pytest.fixture(scope="module")
def lognormal():
    """Evenly spread quantiles of a lognormal, so that there is no Monte Carlo error to speak of."""
    p = (np.arange(100_000) + 0.5) / 100_000
    draws = MEDIAN * 10 ** (SD * stats.norm.ppf(p))
    return np.random.default_rng(0).permutation(draws).reshape(4, -1)


@pytest.mark.parametrize("observed", [18.0, 40.0, 55.0, 90.0])
def test_a_lognormal(lognormal, observed):
    found = score(lognormal, observed)
    z = np.log10(observed / MEDIAN) / SD
    assert found["median"] == pytest.approx(MEDIAN, rel=1e-4)
    assert found["width_factor"] == pytest.approx(10 ** (2 * stats.norm.ppf(0.95) * SD), rel=1e-3)
    assert found["interval_90"] == pytest.approx(
        [MEDIAN * 10 ** (stats.norm.ppf(p) * SD) for p in (0.05, 0.95)], rel=1e-3
    )
    assert found["pit"] == pytest.approx(stats.norm.cdf(z), abs=1e-4)
    assert found["error_dex"] == pytest.approx(z * SD, abs=1e-4)
    assert found["inside_90"] == (abs(z) < stats.norm.ppf(0.95))
    # Gneiting and Raftery 2007, eq. 21, for a normal.
    crps = SD * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert found["crps_dex"] == pytest.approx(crps, rel=1e-3)


def test_units_do_not_matter(lognormal):
    days, hours = score(lognormal, 55.0), score(24 * lognormal, 24 * 55.0)
    for key in ("pit", "width_factor", "error_dex", "crps_dex"):
        assert hours[key] == pytest.approx(days[key], rel=1e-9)


def test_central_intervals():
    assert [is_inside(pit, 0.9) for pit in (0.049, 0.051, 0.5, 0.949, 0.951)] == [
        *(False, True, True, True, False)
    ]
    assert not is_inside(0.2, 0.5)


def test_coverage_counts_and_its_interval_is_that_of_clopper_and_pearson():
    found = coverage([0.01, 0.2, 0.3, 0.5, 0.7, 0.97])
    assert {mass: entry["inside"] for mass, entry in found.items()} == {
        **{"0.5": 3, "0.8": 4, "0.9": 4, "0.95": 5}
    }
    entry = found["0.9"]
    assert (entry["of"], entry["share"]) == (6, pytest.approx(4 / 6))
    assert entry["interval_95"] == pytest.approx(
        [stats.beta.ppf(0.025, 4, 3), stats.beta.ppf(0.975, 5, 2)], rel=1e-6
    )


def test_right_predictions_are_covered_as_often_as_stated():
    """400 values of the predictive distribution itself; 4 binomial sd either way."""
    rng = np.random.default_rng(1)
    draws = 10 ** rng.standard_normal(4000)
    pits = [score(draws, 10**value)["pit"] for value in rng.standard_normal(400)]
    for mass, entry in coverage(pits).items():
        nominal = float(mass)
        allowed = 4 * np.sqrt(nominal * (1 - nominal) / 400)
        assert entry["share"] == pytest.approx(nominal, abs=allowed)


def test_errors():
    rows = [{"error_dex": value, "crps_dex": 0.1} for value in (-0.1, 0.0, 0.4)]
    found = errors(rows)
    assert found["bias_dex"] == pytest.approx(0.1)
    assert found["sd_dex"] == pytest.approx(np.std([-0.1, 0.0, 0.4], ddof=1))
    assert found["standard_error_dex"] == pytest.approx(found["sd_dex"] / np.sqrt(3))
    assert found["crps_dex"] == pytest.approx(0.1)
    assert errors(rows[:1])["standard_error_dex"] is None
