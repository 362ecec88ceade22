"""Conversion factors and decimal years.

FLOP is a count and FLOP/s a rate. 1 EFLOPS is 1e18 FLOP/s, a day has 86 400 s.
"""

from datetime import date

SECONDS_PER_HOUR = 3600.0
MINUTES_PER_HOUR = 60.0
HOURS_PER_DAY = 24.0
SECONDS_PER_DAY = 86_400.0
DAYS_PER_MONTH = 30.0
DAYS_PER_YEAR = 365.25
FLOP_PER_EXAFLOP = 1e18
FLOP_PER_TERAFLOP = 1e12
KILOWATTS_PER_MEGAWATT = 1e3
WATTS_PER_KILOWATT = 1e3

#: Training FLOP per parameter and token of a dense transformer: 2 forward, 4 backward
#: (Kaplan et al. 2020, section 2.1; attention excluded).
FLOP_PER_PARAMETER_TOKEN = 6.0


def decimal_year(day: date) -> float:
    """Decimal year of the start of a day, so that 1 January of year Y is Y.0."""
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - start) / (end - start)
