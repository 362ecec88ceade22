"""Record and lag, read off each draw of the line: conjugate answers, an independent computation."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.monte_carlo import mcse_of_quantiles
from model.given_line.lag import draw_lags, years_behind
from model.given_line.read_off import LAG_CASES
from model.given_line.record import draw_excess
from model.given_line.rows import (
    ROWS,
    LagLaw,
    log_likelihood_rows,
    observed_rows,
    replicate_rows,
)
from model.inputs import make_inputs
from model.requirement import log10
from model.targets import frontier_flop, national_lag, record_flop, years_behind_line
from priors.scenario import load_scenario

LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95]


@pytest.fixture(scope="module")
def beliefs(priors):
    return priors.sets["updated"]


def close(draws, reference, *, errors=4.0):
    """Quantiles of draws and of a reference sample, within their joint MCSE."""
    draws, reference = (
        xr.DataArray(np.asarray(x).reshape(1, -1), dims=("chain", "draw"))
        for x in (draws, reference)
    )
    for one in (draws, reference):
        one["draw"] = ("draw", np.arange(one.sizes["draw"]), {"independent": 1})
    scale = np.hypot(*(mcse_of_quantiles(x, LEVELS).values for x in (draws, reference)))
    apart = np.abs(draws.quantile(LEVELS).values - reference.quantile(LEVELS).values)
    assert (apart <= errors * scale).all(), apart / scale


# -------------------------------------------------------------------------------------------- lag


@given(st.floats(0.1, 1.0), st.floats(21, 27), st.floats(2015, 2030))
def test_years_behind_a_straight_line_are_its_inverse(slope, flop, year):
    grid = np.arange(2000.0, 2040.0)
    line = 23 + slope * (grid - 2020)
    behind = years_behind(line[None], grid, np.array([year]), np.array([flop]))
    assert behind[0, 0] == pytest.approx(year - (2020 + (flop - 23) / slope), abs=1e-9)


def test_a_line_that_falls_for_a_while_passed_a_size_when_it_first_did():
    grid = np.array([2020.0, 2021.0, 2022.0, 2023.0])
    line = np.array([[24.0, 25.0, 24.5, 26.0]])
    behind = years_behind(line, grid, np.array([2024.0]), np.array([24.75]))
    assert behind[0, 0] == pytest.approx(2024 - 2020.75)


def lags_by_hand(behind, since, programmes, beliefs, *, growing, count, rng):
    """Importance sampling of (ω, σ, α, κ) with dense covariances: no grid, no rotation."""
    sd = [beliefs[f"lag_{name}_spread"].scale for name in ("programme", "run")]
    omega, sigma = (np.abs(rng.standard_normal(count)) * one for one in sd)
    names = ["lag_level", "lag_growth"][: 1 + growing]
    loc, scale = (np.array([getattr(beliefs[n], key) for n in names]) for key in ("loc", "scale"))
    basis = np.column_stack([np.ones_like(since), since])[:, : len(names)]
    same = np.equal.outer(np.array(programmes), np.array(programmes)).astype(float)
    weights, coefficients = np.empty(count), np.empty((count, len(names)))
    for i in range(count):
        noise = omega[i] ** 2 * same + (sigma[i] ** 2 + 1e-8) * np.eye(len(since))
        whole = noise + (basis * scale**2) @ basis.T
        residual = behind - basis @ loc
        weights[i] = stats.multivariate_normal(cov=whole).logpdf(residual)
        gain = (scale**2 * basis).T @ np.linalg.inv(whole)
        mean, cov = loc + gain @ residual, np.diag(scale**2) - gain @ (basis * scale**2)
        coefficients[i] = rng.multivariate_normal(mean, (cov + cov.T) / 2)
    weights = np.exp(weights - weights.max())
    chosen = rng.choice(count, count, p=weights / weights.sum())
    to_come = np.hypot(omega, sigma)[chosen] * rng.standard_normal(count)
    growth = coefficients[chosen, 1] if growing else np.zeros(count)
    return {
        "lag_level": coefficients[chosen, 0],
        "lag_growth": growth,
        "lag_run_spread": sigma[chosen],
        "lag_deviation": to_come,
        "in_2030": coefficients[chosen, 0] + 6 * growth + to_come,
        "effective": 1 / np.sum((weights / weights.sum()) ** 2),
    }


@pytest.mark.slow
@pytest.mark.parametrize("growing", [True, False])
def test_the_law_of_the_lag_agrees_with_dense_importance_sampling(beliefs, growing):
    rng = np.random.default_rng(5)
    since = np.array([-1.5, -0.8, -0.3, 0.4, 0.9, 1.0, 1.2, 1.7, 1.9])
    programmes = ["a", "b", "c", "a", "d", "b", "e", "a", "f"]
    behind = 3 + 0.4 * since + rng.normal(0, 1, 9)
    expected = lags_by_hand(
        behind, since, programmes, beliefs, growing=growing, count=40_000, rng=rng
    )
    count = int(expected.pop("effective"))
    assert count > 4000
    found = draw_lags(
        np.tile(behind, (20_000, 1)), since, programmes, beliefs, growing=growing, rng=rng
    )
    found["in_2030"] = found["lag_level"] + 6 * found["lag_growth"] + found["lag_deviation"]
    for name, values in expected.items():
        if np.ptp(values) > 0:
            close(found[name], values[:count])
        else:
            assert not found[name].any()


def test_without_flagships_the_lag_is_its_prior(beliefs):
    rng = np.random.default_rng(6)
    nothing = np.empty((20_000, 0))
    found = draw_lags(nothing, np.empty(0), (), beliefs, growing=True, rng=rng)
    for name in ("lag_level", "lag_growth", "lag_run_spread", "lag_programme_spread"):
        prior = beliefs[name].standardised()
        close(found[name], prior.quantiles((np.arange(20_000) + 0.5) / 20_000))


def test_each_draw_of_the_line_gets_a_law_of_its_own(beliefs):
    """Where the line is a year further ahead, the flagships are a year further behind."""
    rng = np.random.default_rng(7)
    since = np.linspace(-1, 2, 30)
    behind = np.full((4000, 30), 2.0)
    behind[2000:] += 1.0
    found = draw_lags(behind, since, [str(i) for i in range(30)], beliefs, growing=False, rng=rng)
    first, second = np.split(found["lag_level"], 2)
    assert second.mean() - first.mean() == pytest.approx(1.0, abs=0.05)


# ----------------------------------------------------------------------------------------- record


@pytest.mark.slow
def test_the_law_of_the_record_agrees_with_dense_importance_sampling(beliefs):
    rng = np.random.default_rng(8)
    excess = np.array([0.74, 0.2, 0.63, 0.45, 0.61, 0.08, 0.68, 0.01])
    count = 40_000
    spread = np.abs(rng.standard_normal(count)) * beliefs["record_spread"].scale
    persistence = beliefs["record_persistence"]
    logit = persistence.loc + persistence.scale * rng.standard_normal(count)
    rho = 1 / (1 + np.exp(-logit))
    mean, scale = beliefs["record_excess"].loc, beliefs["record_excess"].scale
    apart = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    log_weights, level = np.empty(count), np.empty(count)
    for i in range(count):
        whole = spread[i] ** 2 * rho[i] ** apart + scale**2
        log_weights[i] = stats.multivariate_normal(
            cov=whole + 1e-12 * np.eye(8), allow_singular=True
        ).logpdf(excess - mean)
        gain = scale**2 * np.linalg.solve(whole + 1e-12 * np.eye(8), np.ones(8))
        variance = max(scale**2 - gain.sum() * scale**2, 0.0)
        level[i] = rng.normal(mean + gain @ (excess - mean), variance**0.5)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    effective = int(1 / np.sum(weights**2))
    assert effective > 4000
    chosen = rng.choice(count, effective, p=weights)
    found = draw_excess(np.tile(excess, (20_000, 1)), beliefs, rng)
    assert (found["record_last"] == excess[-1]).all()
    for name, values in {
        "record_excess": level,
        "record_spread": spread,
        "record_persistence": logit,
    }.items():
        close(found[name], values[chosen])


def test_without_records_the_excess_is_its_prior(beliefs):
    rng = np.random.default_rng(9)
    found = draw_excess(np.empty((20_000, 0)), beliefs, rng)
    for name in ("record_excess", "record_spread", "record_persistence"):
        prior = beliefs[name].standardised()
        close(found[name], prior.quantiles((np.arange(20_000) + 0.5) / 20_000))


def test_the_record_of_the_last_counted_day_is_what_it_was(fit):
    """And far from it the excess has its long-run mean and spread."""
    posterior = fit("updated").posterior
    records = fit("updated").inputs.records
    last = posterior.attrs["record_until"]
    assert last == records.years[-1] == 2025.0
    known = log10(record_flop(posterior, np.array([last])))
    assert known.values == pytest.approx(np.full_like(known, records.log10_flop[-1]), abs=1e-5)
    far = np.array([2045.0])
    excess = log10(record_flop(posterior, far)) - log10(frontier_flop(posterior, far))
    expected = (
        posterior["record_excess"] + posterior["record_spread"] * posterior["record_deviation"]
    )
    assert 10 ** float(posterior["record_excess"].median()) == pytest.approx(2.7, abs=0.1)  # README
    apart = np.abs(excess.squeeze() - expected)
    assert float(apart.quantile(0.9)) < 0.02


# ------------------------------------------------------------------------------- the whole target


def test_the_national_target_is_the_line_so_many_years_earlier(fit):
    posterior = fit("updated").posterior
    levers = fit("updated").scenario.levers
    years = np.array([2027.5, 2030.0])
    lag = national_lag(posterior, years, levers)
    national = frontier_flop(posterior, years, lag)
    for chain, draw in ((0, 0), (1, 17), (3, -1)):
        at = {"chain": chain, "draw": draw}
        for place, year in enumerate(years):
            behind = float(lag.isel(**at, year=place))
            one = posterior.isel(chain=[chain], draw=[draw])
            alone = frontier_flop(one, np.array([year - behind]))
            assert float(national.isel(**at, year=place)) == pytest.approx(alone.item(), rel=1e-9)


def test_the_years_behind_the_line_take_its_flop_back(fit):
    posterior = fit("updated").posterior
    behind = years_behind_line(posterior, 2030.0, 3e26)
    rising = frontier_flop(posterior, np.arange(2015.0, 2046.0)).diff("year").min("year") > 0
    again = frontier_flop(posterior, np.array([2030.0]), behind.expand_dims(year=[2030.0], axis=-1))
    assert float(rising.mean()) > 0.9
    found = log10(again.squeeze("year").where(rising, 3e26))
    assert float(np.abs(found - np.log10(3e26)).max()) < 1e-6
    assert float(behind.median()) == pytest.approx(3.8, abs=0.1)


def test_every_law_of_the_lag_is_kept_by_name(fit):
    posterior = fit("updated").posterior
    assert list(posterior["lag_case"].values) == list(LAG_CASES)
    constant = posterior["lag_growth"].sel(lag_case="public, constant")
    assert not constant.any()
    growing = posterior["lag_growth"].sel(lag_case="all, growing")
    assert float(growing.mean()) > 0


# ------------------------------------------------------------- rows anew, and their densities

LAW = LagLaw("public+sovereign", "growing")


@pytest.fixture(scope="module")
def straight(priors, evidence):
    """One draw of a straight line and of the laws beside it, as often as is asked."""
    inputs = make_inputs(load_scenario("updated"), evidence, priors)
    truth = {
        "trend_level": 22.4,
        "trend_slope": 0.6,
        "record_excess": 0.5,
        "record_spread": 0.4,
        "record_persistence": 0.8,
        "lag_level": 3.0,
        "lag_growth": 0.3,
        "lag_programme_spread": 0.6,
        "lag_run_spread": 0.4,
        "length_level": 1.8,
        "length_growth": 0.1,
        "length_spread": 0.2,
    }

    def draws(count):
        values = {name: (("chain", "draw"), np.full((1, count), v)) for name, v in truth.items()}
        return xr.Dataset(values)

    return inputs, truth, draws


def by_hand(inputs, truth):
    """Mean and covariance of the rows of record, flagships and lengths, dense."""
    at = {name: inputs.constant(name) for name in ("trend_pivot", "lag_pivot", "length_pivot")}
    level, slope = truth["trend_level"], truth["trend_slope"]
    years = inputs.records.years
    rho = 1 / (1 + np.exp(-truth["record_persistence"]))
    apart = np.abs(np.subtract.outer(years, years))
    flagships = inputs.flagships[LAW.funding]
    since = flagships.years - at["lag_pivot"]
    lag = truth["lag_level"] + truth["lag_growth"] * since
    same = np.equal.outer(np.array(flagships.programmes), np.array(flagships.programmes))
    between, within = truth["lag_programme_spread"], truth["lag_run_spread"]
    lags = between**2 * same + within**2 * np.eye(len(same))
    ahead = inputs.lengths.years - at["length_pivot"]
    return {
        "record_rows": (
            level + slope * (years - at["trend_pivot"]) + truth["record_excess"],
            truth["record_spread"] ** 2 * rho**apart,
            1.0,
        ),
        "flagship_rows": (
            level + slope * (flagships.years - lag - at["trend_pivot"]),
            slope**2 * lags,
            slope ** len(lag),  # a density per year of lag, not per dex
        ),
        "length_rows": (
            truth["length_level"] + truth["length_growth"] * ahead,
            truth["length_spread"] ** 2 * np.eye(len(ahead)),
            1.0,
        ),
    }


@pytest.mark.parametrize("name", ROWS)
def test_rows_anew_have_the_moments_of_the_law(straight, name):
    inputs, truth, draws = straight
    mean, covariance, _ = by_hand(inputs, truth)[name]
    count = 20_000
    rows = replicate_rows(draws(count), inputs, LAW, np.random.default_rng(3))[name][0]
    error = np.sqrt(np.diag(covariance) / count)
    assert (np.abs(rows.mean(axis=0) - mean) < 5 * error).all()
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (rows - mean).T)
    found = np.cov(whitened)
    assert np.abs(found - np.eye(len(found))).max() < 6 * np.sqrt(2 / count)


@pytest.mark.parametrize("name", ROWS)
def test_the_density_of_the_rows_is_that_of_a_dense_normal(straight, name):
    inputs, truth, draws = straight
    mean, covariance, scale = by_hand(inputs, truth)[name]
    rows = observed_rows(inputs, LAW)[name]
    expected = stats.multivariate_normal(mean, covariance).logpdf(rows) + np.log(scale)
    found = log_likelihood_rows(draws(2), inputs, LAW)[name]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
