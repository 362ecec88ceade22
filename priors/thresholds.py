"""The thresholds of every check, from `checks.toml`."""

import tomllib

from priors.evidence import DATA


def thresholds(section: str) -> dict[str, float]:
    """Name → threshold of one section: `sampling`, `evidence` or `reproduce`."""
    document = tomllib.loads((DATA / "checks.toml").read_text(encoding="utf-8"))
    return {name: float(value) for name, value in document[section].items()}
