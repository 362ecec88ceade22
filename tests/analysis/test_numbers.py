"""Digits follow the Monte Carlo error."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.numbers import by_mcse, in_one_format, probability, significant


@pytest.mark.parametrize(
    ("value", "mcse_log10", "shown"),
    [
        (43.40277, 0.0, "43.40"),
        (37123.0, 0.0078, "37,000"),
        (37123.0, 0.00043, "37,120"),
        (162.59, 0.02, "160"),
        (0.0123456, 0.003, "0.0123"),
        (2_463_000.0, 0.01, "2.5e6"),
        (2.9e26, 0.2, "3e26"),
    ],
)
def test_shown(value, mcse_log10, shown):
    assert by_mcse(value, mcse_log10) == shown


@given(st.floats(1e-3, 9e4), st.floats(1e-4, 0.3))
def test_rounding_is_of_the_order_of_the_error(value, mcse_log10):
    """What is cut off is below five standard errors; what is shown reaches down to one."""
    shown = float(by_mcse(value, mcse_log10).replace(",", ""))
    assert abs(shown - value) <= 5.01 * value * math.log(10) * mcse_log10 + 5e-4 * value


@given(st.floats(1e-30, 1e30), st.integers(1, 6))
def test_significant_keeps_its_digits(value, digits):
    shown = float(significant(value, digits).replace(",", ""))
    assert shown == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "mcse", "shown"),
    [
        (0.0, 3.5e-5, "<0.0001"),
        (1.0, 3.5e-5, ">0.9999"),
        (7.5e-4, 1.9e-4, "0.0008 ± 0.0002"),
        (0.2614, 0.0031, "0.261 ± 0.003"),
        (0.5, 0.0099, "0.500 ± 0.010"),
        (0.4, 0.04, "0.40 ± 0.04"),
    ],
)
def test_probability_is_never_certain_from_draws(value, mcse, shown):
    assert probability(value, mcse) == shown


@given(st.floats(0, 1), st.floats(1e-6, 0.05))
def test_a_bound_on_a_probability_holds(value, mcse):
    shown = probability(value, mcse)
    if shown.startswith("<"):
        assert value < float(shown[1:])
    elif shown.startswith(">"):
        assert value > float(shown[1:])
    else:
        assert float(shown.partition(" ")[0]) == pytest.approx(value, abs=mcse)


def test_a_point_answers_yes_or_no():
    assert probability(1.0, 0.0) == "yes"
    assert probability(0.0, 0.0) == "no"


def test_a_row_has_one_format():
    assert in_one_format([(32_000.0, 0.005), (1.6e5, 0.01)]) == ["3.2e4", "1.6e5"]
    assert in_one_format([(320.0, 0.005), (1600.0, 0.01)]) == ["320", "1,600"]
    assert in_one_format([(2e-5, 0.1), (0.5, 0.1)]) == ["2e-5", "5e-1"]
    assert significant(0.0, 2, powers=True) == "0"
