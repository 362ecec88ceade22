"""Identities of the chain from FLOP to EFLOPS, the same for every kind of number."""

import itertools
import math

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pytensor.compile.mode import Mode

from model import chain
from model.requirement import requirement

flops = st.floats(1e16, 1e32)
pivot_flops = st.floats(1e18, 1e21)
pivot_parameters = st.floats(1e7, 1e10)
exponents = st.floats(0.3, 0.7)
days = st.floats(1, 1000)
shares = st.floats(0.01, 1)

#: 1/a magnifies the rounding of a power by up to 3 times log(1e32): 1e-12 would be too strict.
POWER = 1e-11


@given(flops, pivot_flops, pivot_parameters, exponents)
def test_flop_of_optimal_inverts_optimal_parameters(flop, pivot_flop, pivot, a):
    parameters = chain.optimal_parameters(flop, pivot_flop, pivot, a)
    assert math.isclose(
        chain.flop_of_optimal(parameters, pivot_flop, pivot, a), flop, rel_tol=POWER
    )


@given(flops, pivot_flops, pivot_parameters, exponents, st.floats(-0.02, 0.02))
def test_six_n_d_on_the_optimal_path_is_the_budget_up_to_the_closure(
    flop, pivot_flop, pivot, a, closure
):
    """C = 6ND holds where a + b = 1, and misses by (C/C₀)^(a + b − 1) elsewhere."""
    parameters = chain.optimal_parameters(flop, pivot_flop, pivot, a)
    tokens = chain.optimal_tokens(flop, pivot_flop, pivot, 1 - a)
    assert math.isclose(chain.training_flop(parameters, tokens), flop, rel_tol=POWER)
    open_tokens = chain.optimal_tokens(flop, pivot_flop, pivot, 1 - a + closure)
    missed = chain.training_flop(parameters, open_tokens) / flop
    assert math.isclose(missed, (flop / pivot_flop) ** closure, rel_tol=POWER)


@given(pivot_flops, pivot_parameters, exponents)
def test_law_passes_through_its_pivot(pivot_flop, pivot, a):
    assert chain.optimal_parameters(pivot_flop, pivot_flop, pivot, a) == pivot
    assert chain.flop_of_optimal(pivot, pivot_flop, pivot, a) == pivot_flop


@given(flops, days)
def test_halving_the_days_doubles_the_eflops(flop, length):
    assert math.isclose(
        chain.effective_eflops(flop, length / 2), 2 * chain.effective_eflops(flop, length)
    )


@given(flops, days, shares, shares)
def test_peak_falls_with_efficiency_and_exceeds_what_is_effective(flop, length, one, other):
    low, high = sorted((one, other))
    effective = chain.effective_eflops(flop, length)
    assert chain.peak_eflops(effective, low) >= chain.peak_eflops(effective, high) >= effective
    if low < high * (1 - 1e-12):
        assert chain.peak_eflops(effective, low) > chain.peak_eflops(effective, high)


@given(st.tuples(*[shares] * 4), st.tuples(*[shares] * 4))
def test_campaign_efficiency_grows_with_each_of_its_factors(one, other):
    low, high = np.minimum(one, other), np.maximum(one, other)
    assert chain.campaign_efficiency(*low) <= chain.campaign_efficiency(*high) <= high.min()


@given(st.floats(20, 30), st.floats(0.1, 1), st.floats(-10, 20), st.floats(0.01, 5))
def test_frontier_grows_by_its_slope(level, slope, elapsed, later):
    now, then = (chain.frontier_flop(level, slope, t) for t in (elapsed, elapsed + later))
    assert math.isclose(math.log10(then / now), slope * later, rel_tol=1e-9, abs_tol=1e-12)


@given(st.floats(-30, 30))
def test_share_inverts_the_logit(logit):
    share = chain.share(logit)
    assert 0 < share < 1
    assert math.isclose(share + chain.share(-logit), 1)
    assert math.isclose(math.log(share) - math.log(chain.share(-logit)), logit, abs_tol=1e-9)


def test_chain_gives_the_roadmaps_figures():
    """3e26 FLOP in 80 days at 40 %; N = 9e-2 C^0.5; 5e3 E/s for a day is 4.32e26 FLOP."""
    effective = chain.effective_eflops(3e26, 80)
    assert math.isclose(effective, 43.402777777777777, rel_tol=1e-14)
    assert math.isclose(chain.peak_eflops(effective, 0.4), 108.50694444444444, rel_tol=1e-14)
    assert math.isclose(chain.named_parameters(3e26, 9e-2, 0.5), 1.5588457268119894e12)
    assert math.isclose(chain.effective_eflops(4.32e26, 1), 5000)


def examples(*bounds):
    """Seven values inside each pair of bounds, in an order of its own for each."""
    rng = np.random.default_rng(7)
    return [rng.permutation(np.linspace(low, high, 7)) for low, high in bounds]


LAW = ((1e18, 1e20), (1e8, 1e9), (0.4, 0.6))
FUNCTIONS = [
    (chain.frontier_flop, examples((22, 24), (0.2, 0.8), (-5, 15), (-0.5, 0.5))),
    (chain.named_parameters, examples((1e20, 1e28), (1e-2, 1), (0.4, 0.6))),
    (chain.optimal_parameters, examples((1e20, 1e28), *LAW)),
    (chain.optimal_tokens, examples((1e20, 1e28), *LAW)),
    (chain.pivot_tokens, examples(*LAW[:2])),
    (chain.flop_of_optimal, examples((1e9, 1e13), *LAW)),
    (chain.training_flop, examples((1e9, 1e13), (1e10, 1e14))),
    (chain.effective_eflops, examples((1e24, 1e28), (10, 100))),
    (chain.flop_of_campaign, examples((1, 1e5), (10, 100))),
    (chain.peak_eflops, examples((1, 1000), (0.1, 0.6))),
    (chain.campaign_efficiency, examples((0.1, 0.6), (0.8, 1.1), (0.5, 1), (0.5, 1))),
    (chain.devices, examples((1, 1e5), (100, 5000))),
    (chain.megawatts, examples((1e3, 1e7), (0.5, 3))),
    (chain.share, examples((-5, 5))),
]


@pytest.mark.parametrize(
    ("function", "arguments"), FUNCTIONS, ids=lambda x: getattr(x, "__name__", "")
)
def test_every_kind_of_number_gives_the_same(function, arguments):
    expected = [function(*(float(x) for x in row)) for row in zip(*arguments, strict=True)]
    symbols = [pt.dvector() for _ in arguments]
    compiled = pytensor.function(symbols, function(*symbols), mode=Mode("py", None))
    for found in (
        function(*arguments),
        function(*(xr.DataArray(x, dims="row") for x in arguments)),
        compiled(*arguments),
    ):
        np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12)


def test_every_function_of_the_chain_is_tried():
    public = {
        value
        for name, value in vars(chain).items()
        if callable(value) and getattr(value, "__module__", None) == chain.__name__
    }
    assert public == {function for function, _ in FUNCTIONS}


TARGETS = ["frontier", "lag", "model-size", "roadmap-chain"]
LEVERS = {
    "levers.targets": TARGETS,
    "levers.years": [2015.5, 2027.0, 2030.25],
    "levers.days": [40.0, 77.0],
    "levers.lag_years": 1.5,
    "levers.tokens_ratio": 1.7,
    "levers.precisions": ["FP8", "BF16"],
    "levers.devices": 40_000,
    "levers.moe": True,
    "levers.open_hpc_stack": True,
    "levers.uptime": 0.9,
}


def one_draw(at, scenario, target, year, length, precision):
    """The requirement of one draw in plain floats; `at` gives the draw's value of a variable."""
    levers = scenario.levers
    pivot = 4e25, 10 ** at("law_size")
    a, b = at("law_a"), at("law_b")
    moment = year - (1.5 if target == "lag" else 0.0)
    drift = 0.0
    if scenario.trend.form == "drifting":
        for turn, step in zip(range(2010, 2046), at("trend_steps"), strict=True):
            part = moment - turn if turn >= 2020 else moment - turn - 1
            drift += float(step) * (min(max(part, 0), 1) if turn >= 2020 else max(min(part, 0), -1))
    frontier = chain.frontier_flop(at("trend_level"), at("trend_slope"), moment - 2020.0, drift)
    if target in {"frontier", "lag"}:
        flop = levers.tokens_ratio * frontier
        parameters = chain.optimal_parameters(frontier, *pivot, a)
        tokens = levers.tokens_ratio * chain.optimal_tokens(frontier, *pivot, b)
    else:
        parameters = 1.59e12
        if target == "roadmap-chain":
            parameters = chain.named_parameters(frontier, 9e-2, 0.5)
        budget = chain.flop_of_optimal(parameters, *pivot, a)
        tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, b)
        flop = chain.training_flop(parameters, tokens)
    effective = chain.effective_eflops(flop, length)
    logit = at("mfu_median") + at("mfu_moe") + at("mfu_hpc") + at("mfu_new_system")
    logit += at("mfu_devices") * math.log10(4.0) + (at("mfu_fp8") if precision == "FP8" else 0.0)
    goodput = at("campaign_goodput") + at("campaign_goodput_moe") + at("campaign_goodput_new")
    goodput -= at("campaign_goodput_devices") * math.log10(4.0)
    counting = math.exp(at("campaign_counting_new"))
    mfu = chain.share(logit)
    efficiency = chain.campaign_efficiency(mfu, counting, chain.share(goodput), 0.9)
    peak = chain.peak_eflops(effective, efficiency)
    devices = peak * 1e18 / ({"BF16": 2.5e15, "FP8": 5e15}[precision])
    return {
        "effective_eflops": effective,
        "peak_eflops": chain.peak_eflops(effective, efficiency),
        "training_flop": flop,
        "parameters": parameters,
        "tokens": tokens,
        "devices": devices,
        "megawatts": devices * 1.875e-3,
        "efficiency": efficiency,
    }


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
def test_requirement_is_the_chain_applied_to_each_draw(fit, case):
    fitted = fit(case)
    scenario = fitted.scenario.override(LEVERS)
    draws = fitted.posterior.isel(draw=[0, 1777, -1])
    required = requirement(draws, scenario.workload, scenario.levers)
    levers = scenario.levers
    for chain_, draw in itertools.product((0, 3), range(3)):
        row = draws.isel(chain=chain_, draw=draw)
        for point in itertools.product(TARGETS, levers.years, levers.days, levers.precisions):
            expected = one_draw(lambda name, row=row: row[name].values, scenario, *point)
            assert set(required) - {"held"} == set(expected)
            assert not required["held"].any()
            where = dict(zip(("target", "year", "days", "precision"), point, strict=True))
            for name, value in expected.items():
                found = required[name].isel(chain=chain_, draw=draw)
                found = found.sel({dim: where[dim] for dim in found.dims})
                assert math.isclose(found, value, rel_tol=1e-12), (name, where)
