"""Quantiles are matched exactly, and intervals and rounding become standard deviations."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from priors.elicit import (
    TRANSFORMS,
    Standardised,
    half_normal_from_quantiles,
    interval_sd,
    normal_from_quantiles,
    printed_decimals,
    rounding_sd,
)

probabilities = st.floats(0.001, 0.999)
values = st.floats(-1e6, 1e6)


@given(low_p=probabilities, high_p=probabilities, low=values, width=st.floats(1e-3, 1e6))
def test_a_normal_has_its_two_quantiles(low_p, high_p, low, width):
    assume(high_p - low_p > 1e-3)
    prior = normal_from_quantiles({low_p: low, high_p: low + width})
    assert prior.family == "normal"
    tolerance = 1e-9 * (abs(low) + width)
    assert stats.norm.ppf(low_p, prior.loc, prior.scale) == pytest.approx(low, abs=tolerance)
    assert stats.norm.ppf(high_p, prior.loc, prior.scale) == pytest.approx(
        low + width, abs=tolerance
    )
    assert prior.quantile(low_p) == pytest.approx(low, abs=tolerance)


def test_the_order_in_which_quantiles_are_stated_does_not_matter():
    assert normal_from_quantiles({0.95: 2.0, 0.05: 1.0}) == normal_from_quantiles(
        {0.05: 1.0, 0.95: 2.0}
    )


def test_a_central_interval_is_centred():
    prior = normal_from_quantiles({0.05: -1.1, 0.95: 0.1})
    assert prior.loc == pytest.approx(-0.5)
    assert prior.scale == pytest.approx(0.6 / 1.6448536269514722)


@given(probability=probabilities, value=st.floats(1e-6, 1e6))
def test_a_half_normal_has_its_quantile(probability, value):
    prior = half_normal_from_quantiles({probability: value})
    assert (prior.family, prior.loc) == ("half-normal", 0.0)
    assert stats.halfnorm.cdf(value, scale=prior.scale) == pytest.approx(probability, rel=1e-9)
    assert prior.quantile(probability) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("quantiles", [{}, {0.5: 1.0}, {0.1: 1.0, 0.5: 2.0, 0.9: 3.0}])
def test_a_normal_needs_two_quantiles(quantiles):
    with pytest.raises(ValueError, match="two quantiles"):
        normal_from_quantiles(quantiles)


@pytest.mark.parametrize("high", [1.0, 0.5, math.nan])
def test_the_quantiles_of_a_normal_increase(high):
    with pytest.raises(ValueError, match="increase"):
        normal_from_quantiles({0.05: 1.0, 0.95: high})


@pytest.mark.parametrize("quantiles", [{}, {0.1: 1.0, 0.9: 3.0}])
def test_a_half_normal_needs_one_quantile(quantiles):
    with pytest.raises(ValueError, match="one quantile"):
        half_normal_from_quantiles(quantiles)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_a_half_normal_is_above_zero(value):
    with pytest.raises(ValueError, match="above 0"):
        half_normal_from_quantiles({0.5: value})


@pytest.mark.parametrize(
    ("prior", "mean", "sd"),
    [
        (Standardised("normal", 3.0, 2.0), 3.0, 2.0),
        (
            Standardised("half-normal", 0.0, 2.0),
            2 * math.sqrt(2 / math.pi),
            2 * math.sqrt(1 - 2 / math.pi),
        ),
        (Standardised("lkj", -1.0, 2.0, shape=1.0), 0.0, math.sqrt(1 / 3)),
        (Standardised("lkj", -1.0, 2.0, shape=2.0), 0.0, math.sqrt(1 / 5)),
    ],
)
def test_a_standardised_prior_is_loc_plus_scale_times_base(prior, mean, sd):
    assert prior.distribution().mean() == pytest.approx(mean)
    assert prior.distribution().std() == pytest.approx(sd)


def test_a_fixed_value_is_all_of_its_quantiles():
    fixed = Standardised("normal", loc=-0.4, scale=0.0)
    assert [fixed.quantile(p) for p in (0.001, 0.5, 0.999)] == [-0.4] * 3


def test_an_unknown_family_has_no_distribution():
    with pytest.raises(ValueError, match="cauchy"):
        Standardised("cauchy", 0.0, 1.0).distribution()


@given(low=st.floats(-10, 10), width=st.floats(0.01, 10), mass=st.floats(0.01, 0.999))
def test_the_normal_of_an_interval_has_its_mass_inside(low, width, mass):
    normal = stats.norm(low + width / 2, interval_sd(low, low + width, mass))
    inside = normal.cdf(low + width) - normal.cdf(low)
    assert inside == pytest.approx(mass, rel=1e-9)


@pytest.mark.parametrize(
    ("mass", "half_width"),
    [(0.68268949213709, 1.0), (0.8, 1.2815515655446), (0.95, 1.959963984540)],
)
def test_half_an_interval_is_so_many_standard_deviations(mass, half_width):
    assert interval_sd(-half_width, half_width, mass) == pytest.approx(1.0, rel=1e-10)


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_rounding_error_is_uniform_over_the_last_digit(decimals):
    uniform = stats.uniform(-0.5 * 10**-decimals, 10**-decimals)
    assert rounding_sd(decimals) == pytest.approx(uniform.std(), rel=1e-12)


@pytest.mark.parametrize("decimals", [1, 3])
def test_rounding_error_is_that_of_rounded_numbers(decimals):
    exact = np.random.default_rng(20260831).normal(0.4, 0.2, 200_000)
    error = np.round(exact, decimals) - exact
    # the variance of a uniform error is estimated to within sqrt(0.8 / n) of itself
    within = 4 * math.sqrt(0.8 / len(exact)) / 2
    assert error.std() == pytest.approx(rounding_sd(decimals), rel=within)


@pytest.mark.parametrize(
    ("value", "decimals"),
    [
        *((0.326, 3), (0.4, 1), (0.40, 1), (0.5, 1), (0.3452, 4), (1.0, 1)),
        *((43.4, 1), (0.05, 2), (1e-5, 5), (1e22, 1)),
    ],
)
def test_printed_decimals(value, decimals):
    assert printed_decimals(value) == decimals


@given(digits=st.integers(1, 10**6 - 1), decimals=st.integers(1, 6))
def test_a_printed_number_needs_no_more_decimals_than_it_has(digits, decimals):
    value = float(Decimal(digits).scaleb(-decimals))
    needed = printed_decimals(value)
    assert 1 <= needed <= decimals
    assert round(value, needed) == value
    assert needed == 1 or round(value, needed - 1) != value


@pytest.mark.parametrize("name", TRANSFORMS)
@given(share=st.floats(0.001, 0.999))
def test_a_transform_is_undone(name, share):
    to_scale, back = TRANSFORMS[name]
    assert back(to_scale(share)) == pytest.approx(share, rel=1e-12)


@pytest.mark.parametrize("name", TRANSFORMS)
@given(shares=st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999)))
def test_a_transform_keeps_the_order(name, shares):
    low, high = sorted(shares)
    assume(high - low > 1e-9)
    to_scale, _ = TRANSFORMS[name]
    assert to_scale(low) < to_scale(high)


@pytest.mark.parametrize(("name", "zero"), [("identity", 0.0), ("log10", 1.0), ("logit", 0.5)])
def test_what_a_transform_takes_to_zero(name, zero):
    assert TRANSFORMS[name][0](zero) == 0


@pytest.mark.parametrize(
    ("name", "value"), [("log10", 0.0), ("log10", -1.0), ("logit", 0.0), ("logit", 1.0)]
)
def test_a_transform_says_where_it_ends(name, value):
    with pytest.raises(ValueError, match=f"where transform is '{name}'"):
        TRANSFORMS[name][0](value)
