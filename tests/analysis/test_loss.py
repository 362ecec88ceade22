"""The size that loses least, and curves over sizes, against closed forms."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.loss import best_size, exceedance, expected_loss, loss, sizes
from priors.costs import load_loss

COSTS = st.floats(0.1, 50)


def draws(values) -> xr.DataArray:
    return xr.DataArray(np.reshape(values, (4, -1)), dims=("chain", "draw"))


def normal_evpi(sd, choice):
    """Least expected loss for a need N(m, sd) in dex: (cu + co) sd φ(z_q)."""
    z = stats.norm.ppf(choice.best_probability)
    return (choice.cost_too_small + choice.cost_too_large) * sd * stats.norm.pdf(z)


def lognormal_evpi(sd, choice):
    """The same in EFLOPS for log10 of the need N(0, sd): (cu + co) m (q − Φ(z_q − s)).

    s = sd ln 10, m is the mean, and E[y; y ≤ y_q] = m Φ(z_q − s).
    """
    s, q = sd * np.log(10), choice.best_probability
    below = stats.norm.cdf(stats.norm.ppf(q) - s)
    return (choice.cost_too_small + choice.cost_too_large) * np.exp(s**2 / 2) * (q - below)


@pytest.mark.parametrize("costs", [(3, 1), (1, 1), (1, 4)])
@pytest.mark.parametrize(
    ("scale", "sd", "evpi"),
    [
        ("log10", 0.8, normal_evpi),
        ("linear", 0.2, lognormal_evpi),
    ],
)
def test_newsvendor(costs, scale, sd, evpi):
    choice = load_loss().override(
        {"cost_too_small": costs[0], "cost_too_large": costs[1], "scale": scale}
    )
    need = draws(sd * np.random.default_rng(0).standard_normal(100_000))
    best = best_size(need, choice)
    size = sd * stats.norm.ppf(costs[0] / sum(costs))
    assert float(best["size"]) == pytest.approx(size, abs=4 * float(best["size_mcse"]))
    exact = evpi(sd, choice)
    assert float(best["evpi"]) == pytest.approx(exact, rel=0.01)
    assert float(best["evpi"]) == pytest.approx(exact, abs=4 * float(best["evpi_mcse"]))


@pytest.mark.slow
@given(COSTS, COSTS, st.integers(0, 100))
def test_no_size_loses_less_and_the_scale_does_not_move_it(small, large, seed):
    need = draws(np.random.default_rng(seed).gumbel(3, 0.3, 400))
    for scale in ("log10", "linear"):
        choice = load_loss().override(
            {"cost_too_small": small, "cost_too_large": large, "scale": scale}
        )
        best = best_size(need, choice)
        at_draws = xr.DataArray(np.unique(need.values), dims="size")
        least = float(loss(need, at_draws, choice).mean(("chain", "draw")).min())
        assert float(best["evpi"]) == pytest.approx(least, rel=1e-9)
        suffices = float((need <= best["size"]).mean())
        assert suffices == pytest.approx(small / (small + large), abs=1 / 400)


def test_nothing_is_lost_on_a_size_that_is_needed():
    choice = load_loss()
    need = draws([1.0, 2.0, 3.0, 4.0])
    assert (loss(need, need, choice) == 0).all()
    assert loss(need, xr.DataArray(2.0), choice).values.ravel().tolist() == [1.0, 0.0, 3.0, 6.0]
    linear = choice.override({"scale": "linear"})
    assert loss(need, xr.DataArray(2.0), linear).values.ravel().tolist() == [90.0, 0.0, 2700, 29700]


def test_exceedance_is_the_normals():
    need = draws(np.random.default_rng(1).standard_normal(20_000))
    curve = exceedance(need, sizes(need))
    exact = stats.norm.sf(curve["size"].values)
    error = np.abs(curve["probability"].values - exact)
    assert (error <= 4 * curve["probability_mcse"].values + 1e-3).all()
    assert curve["probability"].values[[0, -1]] == pytest.approx([0.999, 0.001], abs=2e-4)
    assert (np.diff(curve["probability"].values) <= 0).all()
    assert curve["probability_mcse"].values[30] == pytest.approx(np.sqrt(0.25 / 20_000), rel=0.15)


def test_expected_loss_is_least_at_the_best_size_and_convex():
    choice = load_loss()
    need = draws(np.random.default_rng(2).standard_normal(20_000))
    curve = expected_loss(need, sizes(need), choice)
    best = best_size(need, choice)
    assert (curve["loss"] >= best["evpi"]).all()
    assert (np.diff(curve["loss"].values, 2) >= -1e-12).all()
    exact = stats.norm.expect(
        lambda y: 3 * max(y - 1, 0) + max(1 - y, 0), lb=-10, ub=10, points=[1.0]
    )
    at_one = expected_loss(need, xr.DataArray([1.0], dims="size"), choice)
    assert float(at_one["loss"][0]) == pytest.approx(exact, abs=4 * float(at_one["loss_mcse"][0]))


def test_a_need_without_doubt_loses_nothing():
    best = best_size(draws(np.full(400, 2.0)), load_loss())
    assert float(best["size"]) == 2.0
    assert float(best["evpi"]) == float(best["evpi_mcse"]) == float(best["size_mcse"]) == 0.0
    assert float(best["largest"]) == 0.0
