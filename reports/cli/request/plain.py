"""Numbers and days of the command line, written plainly."""

import math
import re
from datetime import datetime

import typer

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def plain_number(text: str) -> float | None:
    """Value of a finite number in ASCII digits; None of anything else, such as nan or 2_030."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def number(text: str) -> float:
    """Parse the value of an option.

    Raises
    ------
    BadParameter
        It is not written as a number; Typer names the option.
    """
    value = plain_number(str(text))
    if value is None:
        raise typer.BadParameter(f"{text!r} is not a number.")
    return value


def plain_day(text: str) -> datetime | None:
    """Read an ISO day, YYYY-MM-DD; None of anything else."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return None


def day(text: str) -> datetime:
    """Parse the value of an option.

    Raises
    ------
    BadParameter
        It is no ISO day; Typer names the option.
    """
    value = plain_day(str(text))
    if value is None:
        raise typer.BadParameter(f"{text!r} is not a day, YYYY-MM-DD.")
    return value
