"""Each block of the posterior against an independent computation (`oracles`).

Tolerance: 4 standard errors, of the draws' MCSE and the oracle's own error in quadrature.
"""

import arviz_stats as azs
import numpy as np
import oracles
import pytest
from scipy import special, stats
from tolerance import STANDARD_ERRORS, assert_moments, quantile_error

from model.delivered.efficiency import delivered, step_mfu
from model.delivered.step_mfu import COEFFICIENTS
from model.targets import frontier_flop
from model.trend import SPREADS
from priors.machine import Machine

HORIZONS = [2026.0, 2030.0]
DATA_CASES = ["updated", "updated-linear"]
TREND_CASES = [*DATA_CASES, "updated-walk", "updated-saturating"]


def pair(inputs, name):
    """Location and scale of a normal prior, or shape and scale of an LKJ prior."""
    prior = inputs.priors[name].standardised()
    return (prior.loc if prior.family == "normal" else prior.shape, prior.scale)


def scale(inputs, name):
    return inputs.priors[name].standardised().scale


def assert_block(posterior, expected, prefix):
    for name, moments in expected.items():
        assert_moments(posterior[prefix + name], moments, prefix + name)


def with_frontier(posterior):
    """Add log10 FLOP of the frontier at the horizons, as the oracles call it."""
    log10_flop = np.log10(frontier_flop(posterior, np.array(HORIZONS)))
    return posterior.assign(
        {f"trend_frontier_{year:g}": log10_flop.sel(year=year, drop=True) for year in HORIZONS}
    )


@pytest.mark.slow
@pytest.mark.parametrize("case", TREND_CASES)
def test_every_form_of_the_trend_agrees_with_a_grid_over_the_spreads(fit, case):
    fitted = fit(case)
    inputs, form = fitted.inputs, fitted.scenario.trend.form
    own = SPREADS[form]
    expected = oracles.path_trend(
        inputs.trend_years,
        inputs.trend_log10_flop,
        inputs.trend_grade_sd,
        form=form,
        pivot=2020.0,
        horizons=HORIZONS,
        level=pair(inputs, "trend_level"),
        slope=pair(inputs, "trend_slope"),
        noise_scale=scale(inputs, "trend_noise"),
        factor_scale=scale(inputs, "trend_grade_factor"),
        spread_scale=1.0 if own is None else scale(inputs, own),
    )
    assert_block(with_frontier(fitted.posterior), expected, "trend_")


@pytest.mark.slow
@pytest.mark.parametrize("case", [*DATA_CASES, "roadmap"])
def test_scaling_law_agrees_with_a_grid_over_the_spreads(fit, case):
    fitted = fit(case)
    inputs, laws = fitted.inputs, fitted.inputs.studies
    exponents, sizes = len(laws.exponents), len(laws.sizes)
    of_size = scale(inputs, "law_size_spread") > 0
    assert of_size == (case != "roadmap") == (sizes > 5)
    runs = np.concatenate([laws.run_sets, laws.run_sets[laws.sized]])
    expected = oracles.scaling_law(
        np.column_stack(
            [np.repeat([0.0, 1.0], [exponents, sizes]), [1] * exponents + [*laws.from_pivot]]
        ),
        np.concatenate([laws.exponents, laws.sizes]),
        np.concatenate([laws.exponent_sd, laws.size_sd]),
        runs[:, None] == runs,
        means=[pair(inputs, name) for name in ("law_pivot_parameters", "law_exponent_mean")],
        size_scale=scale(inputs, "law_size_spread"),
        exponent_scale=scale(inputs, "law_exponent_spread"),
        lkj=pair(inputs, "law_correlation")[0] if of_size else None,
        nodes=(28, 28, 20) if of_size else (60,),
    )
    assert_block(fitted.posterior, expected, "law_")


@pytest.mark.slow
@pytest.mark.parametrize("case", DATA_CASES)
def test_step_mfu_agrees_with_a_grid_over_the_spreads(fit, case):
    fitted = fit(case)
    inputs = fitted.inputs
    levers = fitted.scenario.override(
        {
            "levers.precisions": ["FP8"],
            "levers.moe": True,
            "levers.open_hpc_stack": True,
        }
    ).levers
    expected = oracles.step_mfu(
        inputs.mfu_basis,
        inputs.mfu_logit,
        inputs.mfu_rounding_sd,
        inputs.mfu_membership,
        coefficients=[pair(inputs, name) for name in COEFFICIENTS],
        between_scale=scale(inputs, "mfu_system_spread"),
        within_scale=scale(inputs, "mfu_run_spread"),
        predicted=np.ones(len(COEFFICIENTS)),
    )
    predicted = special.logit(
        step_mfu(fitted.posterior, levers.machines(100_000)).sel(precision="FP8")
    )
    posterior = fitted.posterior.assign(mfu_predicted=(("chain", "draw"), predicted.values))
    assert_block(posterior, expected, "mfu_")


@pytest.mark.slow
def test_campaigns_agree_with_weighted_draws_of_the_priors(fit):
    """Also the factor of a campaign to come, of a mixture of experts on 100,000 devices."""
    fitted = fit("updated")
    inputs = fitted.inputs
    normal = ("counting", "goodput", "goodput_devices", "goodput_moe")
    expected = oracles.campaign(
        inputs.campaigns,
        normal={name: pair(inputs, f"campaign_{name}") for name in normal},
        spreads={
            name: scale(inputs, f"campaign_{name}")
            for name in ("counting_spread", "goodput_spread")
        },
        decades=1.0,
        moe=1.0,
    )
    posterior = fitted.posterior
    machine = Machine(devices=100_000, moe=True, open_hpc_stack=False, precision="BF16")
    factor = np.log(delivered(posterior, [machine]) / step_mfu(posterior, [machine]))
    posterior = posterior.assign(campaign_factor=factor.isel(precision=0, drop=True))
    assert_block(posterior, expected, "campaign_")


@pytest.mark.parametrize("name", ["trend_level", "trend_slope", "law_pivot_parameters"])
def test_without_data_a_parameter_keeps_its_prior(fit, name):
    fitted = fit("roadmap")
    loc, sd = pair(fitted.inputs, name)
    draws = fitted.posterior[name]
    assert_moments(draws, oracles.Moments(loc, sd, 0.0, 0.0), name)
    for probability in (0.05, 0.95):
        wanted = stats.norm.ppf(probability, loc, sd)
        assert abs(draws.quantile(probability) - wanted) <= quantile_error(draws, probability)


def test_roadmap_frontier_of_2030_is_the_calculation_by_hand(fit):
    """Level N(22.965, 0.122) at 2019.617, slope N(0.370, 0.0666) OOM/yr: a normal log10 FLOP."""
    log10_flop = np.log10(frontier_flop(fit("roadmap").posterior, np.array([2030.0]))).squeeze()
    by_hand = stats.norm(22.965 + 0.370 * 10.383, np.hypot(0.122, 0.0666 * 10.383))
    for probability in (0.05, 0.5, 0.95):
        found = float(log10_flop.quantile(probability))
        assert abs(found - by_hand.ppf(probability)) <= quantile_error(log10_flop, probability)


def test_roadmap_frontier_of_2030_is_that_of_the_design(fit):
    """Median 6.4e26 FLOP to 5 %, ends of the 90 % interval 4.5e25 and 9.2e27 to 0.05 dex.

    These are rounded figures of an independent calculation; 4 MCSE come on top.
    """
    log10_flop = np.log10(frontier_flop(fit("roadmap").posterior, np.array([2030.0]))).squeeze()
    low, median, high = (float(log10_flop.quantile(p)) for p in (0.05, 0.5, 0.95))
    median_error = STANDARD_ERRORS * azs.mcse(log10_flop.values, method="median") * np.log(10)
    assert abs(10**median / 6.4e26 - 1) <= 0.05 + median_error
    assert abs(low - np.log10(4.5e25)) <= 0.05 + quantile_error(log10_flop, 0.05)
    assert abs(high - np.log10(9.2e27)) <= 0.05 + quantile_error(log10_flop, 0.95)
