"""Evidence, beliefs and scenarios: what is known and believed.

The public names are imported when they are first used, so that nobody waits for what is not asked.
"""

from typing import TYPE_CHECKING

from priors.lazy import lazy

if TYPE_CHECKING:
    from priors.costs import load_loss
    from priors.evidence import load_evidence
    from priors.offers import builtin_machines, load_machine
    from priors.prior_rows import load_priors
    from priors.scenario import builtin_scenarios, load_scenario

__all__ = [
    "builtin_machines",
    "builtin_scenarios",
    "load_evidence",
    "load_loss",
    "load_machine",
    "load_priors",
    "load_scenario",
]

#: Public name → module that defines it.
_HOMES = {
    "builtin_machines": "priors.offers",
    "load_machine": "priors.offers",
    "builtin_scenarios": "priors.scenario",
    "load_evidence": "priors.evidence",
    "load_loss": "priors.costs",
    "load_priors": "priors.prior_rows",
    "load_scenario": "priors.scenario",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
