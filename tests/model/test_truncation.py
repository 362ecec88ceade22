"""Truncation at walls, against the truncated normal that it is for a normal posterior."""

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats

from model.truncation import Wall, truncated

CHAINS, DRAWS = 4, 20_000
MEAN, SD, WALL, SPREAD = 29.0, 0.8, 30.0, 0.3


@pytest.fixture(scope="module")
def required():
    """Two targets in two years; the second target lies far below every wall."""
    rng = np.random.default_rng(5)
    z = rng.standard_normal((CHAINS, DRAWS, 1, 2))
    log = np.concatenate([MEAN + SD * z, 20.0 + 0.1 * z], axis=2)
    coords = {
        "chain": np.arange(CHAINS),
        "draw": np.arange(DRAWS),
        "target": ["frontier", "small"],
        "year": [2030.0, 2040.0],
    }
    flop = xr.DataArray(10**log, coords, ["chain", "draw", "target", "year"])
    share = flop.isel(target=0, year=0, drop=True) * 0 + rng.random((CHAINS, DRAWS))
    return xr.Dataset({"training_flop": flop, "half": flop / 2, "efficiency": share})


@pytest.fixture(scope="module")
def cut(required):
    walls = [Wall(10.0**WALL, until=2035.0)]
    return truncated(required, walls, SPREAD, np.random.default_rng(6))


def weighted(power):
    """∫ xᵖ φ(x) P(x < limit) dx over the prior, and its mass."""
    density = stats.norm(MEAN, SD).pdf

    def integrand(x):
        return x**power * density(x) * stats.norm.cdf((WALL - x) / SPREAD)

    return integrate.quad(integrand, MEAN - 8 * SD, MEAN + 8 * SD)[0]


def test_mass_and_moments_are_those_of_the_integral(cut):
    mass = weighted(0)
    mean = weighted(1) / mass
    sd = np.sqrt(weighted(2) / mass - mean**2)
    count = CHAINS * DRAWS
    error = np.sqrt(mass * (1 - mass) / count)
    here = {"target": "frontier", "year": 2030.0}
    assert float(cut["removed"].sel(here)) == pytest.approx(1 - mass, abs=4 * error)
    log = np.log10(cut["training_flop"].sel(here))
    bound = 4 * sd * float(cut["mcse_factor"].sel(here)) / np.sqrt(count)
    assert float(log.mean()) == pytest.approx(mean, abs=bound)
    assert float(log.std()) == pytest.approx(sd, rel=0.02)


def test_the_factor_is_that_of_the_effective_draws(cut):
    x = np.random.default_rng(7).normal(MEAN, SD, 400_000)
    weights = stats.norm.cdf((WALL - x) / SPREAD)
    expected = np.sqrt((weights**2).mean()) / weights.mean()
    found = float(cut["mcse_factor"].sel(target="frontier", year=2030.0))
    assert found == pytest.approx(expected, rel=0.01)


def test_a_wall_holds_up_to_its_year_and_far_below_it_nothing_moves(cut, required):
    for here in (
        {"target": "frontier", "year": 2040.0},
        {"target": "small", "year": 2030.0},
    ):
        assert float(cut["removed"].sel(here)) == pytest.approx(0, abs=1e-12)
        before, after = (
            np.sort(one["training_flop"].sel(here).values.ravel()) for one in (required, cut)
        )
        np.testing.assert_array_equal(after, before)


def test_quantities_of_a_draw_stay_together(cut, required):
    np.testing.assert_allclose(cut["half"], cut["training_flop"] / 2)
    before = required["training_flop"].sel(target="frontier", year=2030.0)
    shares = required["efficiency"].values.ravel()
    pairs = dict(zip(before.values.ravel(), shares, strict=True))
    after = cut.sel(target="frontier", year=2030.0)
    flops, shares = after["training_flop"].values.ravel(), after["efficiency"].values.ravel()
    assert all(pairs[flop] == share for flop, share in zip(flops, shares, strict=True))
