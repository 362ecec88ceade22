"""Numbers with the digits that their Monte Carlo error supports."""

import math
from collections.abc import Sequence

from priors.documents import Json

#: A log10 whose sd is below this is one value: every prior behind it is degenerate.
NO_SPREAD = 1e-9


def in_one_format(numbers: Sequence[tuple[float, float]]) -> list[str]:
    """Write the numbers of a row alike: all in plain form, or all in powers of ten.

    Parameters
    ----------
    numbers
        Each with the Monte Carlo standard error of its log10 (`by_mcse`).

    Examples
    --------
    >>> in_one_format([(32_000.0, 0.005), (1.6e5, 0.01)])
    ['3.2e4', '1.6e5']
    >>> in_one_format([(320.0, 0.005), (1600.0, 0.01)])
    ['320', '1,600']
    """
    powers = any("e" in by_mcse(*number) for number in numbers)
    return [by_mcse(*number, powers=powers) for number in numbers]


def by_mcse(value: float, mcse_log10: float, *, powers: bool = False) -> str:
    """Write a positive number with the digits that its Monte Carlo error leaves standing.

    Parameters
    ----------
    value
        In natural units.
    mcse_log10
        Monte Carlo standard error of its log10; 0 for an exact number (4 digits).
    powers
        Whether to write it as a power of ten whatever its size.

    Returns
    -------
    str
        The last digit shown is the first that one standard error reaches; 4 digits at most, 1 at
        least.
    """
    relative = math.log(10) * mcse_log10
    digits = 4 if relative <= 0 else max(1, min(4, math.floor(-math.log10(relative)) + 1))
    return significant(value, digits, powers=powers)


def with_interval(need: Json) -> str:
    """Write a median with its 95 % interval; the median alone where there is no spread.

    Parameters
    ----------
    need
        `quantiles` in natural units and their `mcse_log10`, by probability.
    """
    median, low, high = in_one_format(
        [(need["quantiles"][key], need["mcse_log10"][key]) for key in ("0.5", "0.025", "0.975")]
    )
    return median if low == high else f"{median} ({low}–{high})"


def significant(value: float, digits: int, *, powers: bool = False) -> str:
    """Write a number with so many significant digits, in plain form between 0.001 and 1e5.

    Parameters
    ----------
    powers
        Whether to write it as a power of ten whatever its size.
    """
    if value == 0:
        return "0"
    rounded = float(f"{value:.{digits - 1}e}")
    magnitude = math.floor(math.log10(abs(rounded)))
    if powers or not -4 < magnitude < 5:
        return (
            f"{rounded:.{digits - 1}e}".replace("e+", "e").replace("e0", "e").replace("e-0", "e-")
        )
    return f"{rounded:,.{max(0, digits - 1 - magnitude)}f}"


def probability(value: float, mcse: float) -> str:
    """Write a probability with its Monte Carlo error; never 0 or 1 where only the sample is.

    Parameters
    ----------
    value
        Share of the draws.
    mcse
        Its Monte Carlo standard error; 0 where the draws are one value, so that the share is a
        plain yes or no.

    Examples
    --------
    >>> probability(0.2614, 0.0031), probability(0.0, 0.00004), probability(1.0, 0.0)
    ('0.261 ± 0.003', '<0.0001', 'yes')
    """
    if mcse == 0:
        return "yes" if value else "no"
    bound = 10.0 ** math.ceil(math.log10(2 * mcse))
    if value < 2 * mcse:
        return f"<{bound:.{_decimals(bound)}f}"
    if value > 1 - 2 * mcse:
        return f">{1 - bound:.{_decimals(bound)}f}"
    digits = _decimals(mcse)
    return f"{value:.{digits}f} ± {mcse:.{digits}f}"


def _decimals(value: float) -> int:
    """Decimals with which the first significant digit of a number below 1 is shown."""
    return max(0, -math.floor(math.log10(value) + 1e-12))
