"""Fits of the efficiency without some systems."""

from collections.abc import Collection
from dataclasses import replace

from analysis.fit import Fit, fit_scenario
from model.sampling.sampler import Sampler
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

#: No training run, no scaling study: these blocks share no parameter with the efficiency, so
#: that its posterior is the same without them and faster to draw.
_ONLY_EFFICIENCY = {
    "trend.selection": "none",
    "trend.form": "linear",
    "law.studies": "none",
}


def without_systems(evidence: Evidence, systems: Collection[str]) -> Evidence:
    """Leave out every row of some machines or teams, whatever its device count."""
    campaigns = tuple(row for row in evidence.campaigns if row.group not in systems)
    left_out = {row.id for row in evidence.campaigns} - {row.id for row in campaigns}
    return replace(
        evidence,
        utilisation=tuple(row for row in evidence.utilisation if row.group not in systems),
        campaigns=campaigns,
        goodput=tuple(
            row
            for row in evidence.goodput
            if row.campaign_id not in left_out and row.system not in systems
        ),
    )


def fit_without(
    systems: Collection[str],
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
) -> Fit:
    """Fit step MFU, counting and goodput without some machines or teams."""
    return fit_scenario(
        scenario.fitted_part().override(_ONLY_EFFICIENCY),
        without_systems(evidence, systems),
        priors,
        sampler,
        seed=seed,
    )


def failed_checks(fit: Fit) -> list[str]:
    """Names of the checks that the draws of the efficiency did not pass."""
    return list(fit.failed(("efficiency", "campaign")))
