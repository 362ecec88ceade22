"""Thresholds of all checks, from `checks.toml`."""

from functools import cache
from typing import Any

from priors.documents import DATA, read_toml
from priors.errors import PriorError


def thresholds(section: str) -> dict[str, float]:
    """Name → threshold of one section of `checks.toml`, such as `sampling` or `exact`."""
    return {name: float(value) for name, value in _document()[section].items()}


@cache
def _document() -> dict[str, Any]:
    return read_toml(DATA / "checks.toml", PriorError)
