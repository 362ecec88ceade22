"""The thresholds of every check, from `checks.toml`."""

import tomllib
from functools import cache
from typing import Any

from priors.evidence import DATA


def thresholds(section: str) -> dict[str, float]:
    """Name → threshold of one section of `checks.toml`, such as `sampling` or `exact`."""
    return {name: float(value) for name, value in _document()[section].items()}


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads((DATA / "checks.toml").read_text(encoding="utf-8"))
