"""Evidence, beliefs and scenarios: what is known and believed.

The public names are imported when they are first used, so that nobody waits for what is not asked.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from priors.costs import load_loss
    from priors.evidence import load_evidence
    from priors.prior_rows import load_priors
    from priors.scenario import builtin_scenarios, load_scenario

__all__ = [
    "builtin_scenarios",
    "load_evidence",
    "load_loss",
    "load_priors",
    "load_scenario",
]

#: Public name → module that defines it.
_HOMES = {
    "builtin_scenarios": "priors.scenario",
    "load_evidence": "priors.evidence",
    "load_loss": "priors.costs",
    "load_priors": "priors.prior_rows",
    "load_scenario": "priors.scenario",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
