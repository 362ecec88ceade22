"""Scores of forecasts against closed forms, and baselines on systems whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from analysis.backtest.baselines import bootstrap_least_squares, last_record, least_squares
from analysis.backtest.forecasts import Forecast, crps

INFINITE = np.array([np.inf])


def normal(mean, sd):
    return Forecast(np.array([[mean]]), np.array([[sd]]), INFINITE)


@pytest.mark.parametrize(("mean", "sd", "observed"), [(0.0, 1.0, 0.3), (25.0, 0.4, 26.0)])
def test_scores_of_a_normal_are_the_closed_ones(mean, sd, observed):
    score = normal(mean, sd).score(np.array([observed]), np.random.default_rng(1)).isel(system=0)
    z = (observed - mean) / sd
    # Gneiting and Raftery 2007, eq. 21.
    expected = sd * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    # sd of |X - y| and of the spread term are below sd: 4 standard errors of 4000 draws.
    assert float(score["crps"]) == pytest.approx(expected, abs=4 * sd / np.sqrt(4000))
    assert float(score["log_score"]) == pytest.approx(stats.norm.logpdf(observed, mean, sd))
    assert float(score["pit"]) == pytest.approx(stats.norm.cdf(z))
    assert float(score["error"]) == pytest.approx(
        observed - mean, abs=4 * 1.26 * sd / np.sqrt(4000)
    )


def test_a_mixture_averages_densities_and_probabilities():
    forecast = Forecast(np.array([[0.0], [3.0]]), np.array([[1.0], [2.0]]), np.array([np.inf, 4.0]))
    at = np.array([1.0])
    density = (stats.norm.pdf(1.0) + stats.t.pdf(-1.0, 4) / 2) / 2
    assert np.exp(forecast.log_density(at)[0]) == pytest.approx(density)
    assert forecast.pit(at)[0] == pytest.approx((stats.norm.cdf(1.0) + stats.t.cdf(-1.0, 4)) / 2)
    draws = forecast.draw(np.random.default_rng(2), 40_000)
    share = (draws <= 1.0).mean()
    assert share == pytest.approx(forecast.pit(at)[0], abs=4 * 0.5 / np.sqrt(40_000))


def test_crps_of_two_draws():
    # E|X - y| = 1 and E|X - X'| = 2 for the draws -1 and 1 as independent pairs.
    assert crps(np.array([[-1.0], [1.0]]), np.array([0.0]))[0] == pytest.approx(0.0)


def test_a_prediction_interval_of_ols_holds_what_it_promises():
    rng = np.random.default_rng(3)
    replications = 400
    inside = 0
    for _ in range(replications):
        years = np.sort(rng.uniform(2010, 2020, 12))
        values = 20 + 0.5 * (years - 2010) + 0.4 * rng.standard_normal(12)
        at = np.array([2024.0])
        truth = 20 + 0.5 * 14 + 0.4 * rng.standard_normal(1)
        inside += abs(least_squares(years, values, at, rng).pit(truth)[0] - 0.5) <= 0.4
    low, high = stats.binom.interval(0.999, replications, 0.8)
    assert low <= inside <= high


def test_bootstrap_lines_centre_on_the_line_of_ols():
    rng = np.random.default_rng(4)
    years = np.linspace(2010, 2020, 60)
    values = 20 + 0.5 * (years - 2010) + 0.3 * rng.standard_normal(60)
    at = np.array([2022.0])
    drawn = bootstrap_least_squares(years, values, at, rng)
    line = least_squares(years, values, at, rng)
    error = drawn.mean.std() / np.sqrt(len(drawn.mean))
    assert drawn.mean.mean() == pytest.approx(line.mean[0, 0], abs=6 * error)


def test_the_last_record_stays_and_its_variance_grows():
    years = np.array([2010.0, 2011.0, 2012.0, 2014.0])
    values = np.array([20.0, 21.0, 20.5, 23.0])
    forecast = last_record(years, values, np.array([2015.0, 2018.0]), np.random.default_rng(0))
    assert forecast.mean.tolist() == [[23.0, 23.0]]
    # Steps of 1 and 2 decades in 4 years: a variance of 5 / 4 a year.
    assert forecast.scale[0] == pytest.approx(np.sqrt([1.25, 5.0]))
