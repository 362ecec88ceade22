"""A fit beside the main one, and whether its sampler can be trusted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import xarray as xr

from analysis.blocks import BLOCKS
from analysis.checks import Check, check_sampling, diagnose
from analysis.estimate import fit_posterior
from model.sampling.sampler import Sampler
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario
from priors.thresholds import thresholds


@dataclass(frozen=True)
class Refit:
    """A fitted scenario.

    Attributes
    ----------
    tree
        As `model.posterior.complete` describes it.
    failed
        Names of the checks of the sampler that did not pass.
    """

    tree: xr.DataTree
    failed: tuple[str, ...]

    @property
    def posterior(self) -> xr.Dataset:
        """Dims chain and draw."""
        return self.tree["posterior"].to_dataset()


def refit(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    blocks: Collection[str] = tuple(BLOCKS),
) -> Refit:
    """Fit a scenario and judge the sampler.

    Parameters
    ----------
    blocks
        Names of `analysis.blocks.BLOCKS` whose parameters are judged; the others are not asked
        for anything.
    """
    tree = fit_posterior(scenario, evidence, priors, sampler, seed=seed)
    posterior = tree["posterior"].to_dataset()
    prefixes = tuple(prefix for block in blocks for prefix in BLOCKS[block])
    judged = posterior[[name for name in posterior if str(name).startswith(prefixes)]]
    stats = tree["sample_stats"].to_dataset()
    checks = check_sampling(diagnose(judged, stats), stats, [])
    return Refit(tree, tuple(check.name for check in checks if not check.passed))


def check_refits(name: str, failures: Sequence[Sequence[str]]) -> Check:
    """Judge several refits together.

    Parameters
    ----------
    failures
        Of each refit, the names of its failed checks.
    """
    limit = thresholds("refits")["failed"]
    count = sum(bool(failed) for failed in failures)
    about = f"refits, of {len(failures)}, that fail a check of the sampler"
    return Check.at_most(name, float(count), limit, about)
