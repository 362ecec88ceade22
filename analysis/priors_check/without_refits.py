"""Power-scaling and predictive checks of one fit."""

from collections.abc import Sequence

import xarray as xr
from numpy.random import Generator

from analysis.fit import Fit
from analysis.priors_check.forms_alone import FormAlone
from analysis.priors_check.power_scaling import prior_sensitivity
from analysis.priors_check.predictive import predictive_checks
from model.blocks import LIKELIHOODS
from model.given_line.rows import LagLaw
from model.inputs import Inputs
from priors.documents import Json
from priors.errors import ScenarioError


def check_without_refits(fit: Fit, alone: Sequence[FormAlone], rng: Generator) -> Json:
    """Power-scale priors and likelihoods, and compare evidence with prior and posterior; no refit.

    Parameters
    ----------
    alone
        Forms of a combined trend by themselves (`forms_alone`).
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
        The posterior was fitted to other rows than the evidence holds.
    """
    scenario, inputs = fit.scenario, fit.inputs
    _require_same_rows(fit.stored["observed_data"].to_dataset(), inputs, scenario.name)
    scaled = prior_sensitivity(fit.tree, scenario, inputs, alone)
    law = LagLaw(scenario.levers.national_funding, scenario.levers.national_lag)
    prior = fit.tree["prior"].to_dataset()
    predictive = {
        "prior": predictive_checks(prior, inputs, "prior", rng, law),
        "posterior": predictive_checks(fit.posterior, inputs, "posterior", rng, law),
    }
    return {
        "scenario": scenario.name,
        "power_scaling": scaled,
        "predictive": predictive,
        "checks": [*scaled["checks"], *predictive["posterior"]["checks"]],
    }


def _require_same_rows(observed: xr.Dataset, inputs: Inputs, scenario: str) -> None:
    """Refuse a posterior of other evidence."""
    for dim in (one.dim for one in LIKELIHOODS.values()):
        fitted, given = set(map(str, observed[dim].values)), set(inputs.labels[dim])
        if fitted != given:
            odd = sorted(fitted ^ given)[0]
            raise ScenarioError(
                f"scenario {scenario}",
                f"a posterior of {len(fitted)} rows for {len(given)} given, {odd!r} among one only",
                "the evidence that the posterior was fitted to",
            )
