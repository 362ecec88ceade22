"""What a scenario owes to its priors, and whether its evidence is what they and it expect."""

import xarray as xr
from numpy.random import Generator

from analysis.priors_check.power_scaling import prior_sensitivity
from analysis.priors_check.predictive import predictive_checks
from analysis.summarise import Json
from model.inputs import Inputs
from priors.errors import ScenarioError
from priors.scenario import Scenario

#: Groups of a completed posterior that the check reads.
GROUPS = ("posterior", "prior", "log_prior", "log_likelihood", "observed_data")


def check_priors(tree: xr.DataTree, scenario: Scenario, inputs: Inputs, rng: Generator) -> Json:
    """Power-scale priors and likelihoods, and compare evidence with prior and posterior; no refit.

    Parameters
    ----------
    tree
        The `GROUPS` of a fitted scenario.
    inputs
        What it was fitted to.
    rng
        For the replicated rows of the predictive checks.

    Returns
    -------
    dict
        `scenario`; `power_scaling` (`prior_sensitivity`); `predictive`: the prior and posterior
        `predictive_checks`; `checks` of both.

    Raises
    ------
    ScenarioError
        The tree was fitted to other rows than the inputs hold.
    """
    _require_same_rows(tree["observed_data"].to_dataset(), inputs, scenario.name)
    scaled = prior_sensitivity(tree, scenario, inputs.priors)
    predictive = {
        "prior": predictive_checks(tree["prior"].to_dataset(), inputs, "prior", rng),
        "posterior": predictive_checks(tree["posterior"].to_dataset(), inputs, "posterior", rng),
    }
    return {
        "scenario": scenario.name,
        "power_scaling": scaled,
        "predictive": predictive,
        "checks": [*scaled["checks"], *predictive["posterior"]["checks"]],
    }


def _require_same_rows(observed: xr.Dataset, inputs: Inputs, scenario: str) -> None:
    """Refuse a posterior of other evidence."""
    labels = inputs.labels
    for dim in ("run", "study", "efficiency_row", "campaign"):
        fitted, given = set(map(str, observed[dim].values)), set(labels[dim])
        if fitted != given:
            odd = sorted(fitted ^ given)[0]
            raise ScenarioError(
                f"scenario {scenario}",
                f"a posterior of {len(fitted)} rows for {len(given)} given, {odd!r} among one only",
                "the evidence that the posterior was fitted to",
            )
