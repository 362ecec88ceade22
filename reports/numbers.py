"""Numbers with the digits that their Monte Carlo error supports."""

import math


def by_mcse(value: float, mcse_log10: float) -> str:
    """Write a positive number with the digits that its Monte Carlo error leaves standing.

    Parameters
    ----------
    value
        In natural units.
    mcse_log10
        Monte Carlo standard error of its log10; 0 for an exact number (4 digits).

    Returns
    -------
    str
        The last digit shown is the first that one standard error reaches; 4 digits at most, 1 at
        least.
    """
    relative = math.log(10) * mcse_log10
    digits = 4 if relative <= 0 else max(1, min(4, math.floor(-math.log10(relative)) + 1))
    return significant(value, digits)


def significant(value: float, digits: int) -> str:
    """Write a number with so many significant digits, in plain form between 0.001 and 1e5."""
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    magnitude = math.floor(math.log10(abs(rounded)))
    if not -4 < magnitude < 5:
        return f"{rounded:.{digits - 1}e}".replace("e+", "e").replace("e0", "e")
    return f"{rounded:,.{max(0, digits - 1 - magnitude)}f}"


def probability(value: float, draws: int, *, exact: bool = False) -> str:
    """Write a probability estimated from draws; never 0 or 1 where only the sample is.

    Parameters
    ----------
    value
        Share of the draws.
    draws
        Their number.
    exact
        Whether the draws are one value, so that the share is a plain yes or no.
    """
    if exact:
        return "yes" if value else "no"
    smallest = 10 ** -math.floor(math.log10(draws) / 2 + 0.5)
    if value < smallest:
        return f"<{smallest:g}"
    if value > 1 - smallest:
        return f">{1 - smallest:g}"
    return f"{value:.2f}"
