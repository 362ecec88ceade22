"""Days and decimal years, and the conversion factors."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priors.units import (
    FLOP_PER_EXAFLOP,
    FLOP_PER_PARAMETER_TOKEN,
    FLOP_PER_TERAFLOP,
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    decimal_year,
)

days = st.dates(date(1950, 1, 1), date(2100, 12, 31))


@given(year=st.integers(1950, 2100))
def test_a_whole_year_is_its_first_of_january(year):
    assert decimal_year(date(year, 1, 1)) == year


@given(first=days, second=days)
def test_decimal_years_keep_the_order_of_days(first, second):
    assert (first < second) == (decimal_year(first) < decimal_year(second))


@given(day=days)
def test_a_decimal_year_lies_in_its_year(day):
    assert day.year <= decimal_year(day) < day.year + 1


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2023, 7, 2), 2023 + 182 / 365),
        (date(2024, 7, 2), 2024.5),
        (date(2024, 12, 31), 2024 + 365 / 366),
    ],
)
def test_leap_years_are_longer(day, year):
    assert decimal_year(day) == pytest.approx(year, abs=1e-12)


def test_factors():
    assert timedelta(days=1).total_seconds() == SECONDS_PER_DAY == HOURS_PER_DAY * SECONDS_PER_HOUR
    assert FLOP_PER_EXAFLOP == FLOP_PER_TERAFLOP * 10**6 == 10**18
    assert FLOP_PER_PARAMETER_TOKEN == 2 + 4
