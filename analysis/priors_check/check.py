"""Influence of the priors on a fit, with and without refits."""

from dataclasses import asdict

import numpy as np

from analysis.fit import DEFAULT_SAMPLER, Fit, Progress, check_refits
from analysis.priors_check.forms_alone import forms_alone
from analysis.priors_check.refits import refit_priors
from analysis.priors_check.roadmap_slope import confront_roadmap_slope
from analysis.priors_check.without_refits import check_without_refits
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from priors.documents import Json


def check_priors(
    fit: Fit,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    roadmap_slope: bool = True,
    refit: bool = False,
    progress: Progress | None = None,
) -> Json:
    """Check the influence of the priors on a result, and their conflicts with the evidence.

    Parameters
    ----------
    fit
        A scenario with its posterior.
    sampler, seed
        Of the refits; `seed` also of the replicated rows.
    roadmap_slope
        Whether the roadmap's slope is confronted with later runs, which takes two small fits.
    refit
        Whether the scenario is fitted again with each prior half and twice as wide.
    progress
        Told which fits are done.

    Returns
    -------
    dict
        What `check_without_refits` returns, `roadmap_slope` (`confront_roadmap_slope`, or None),
        `refits` (`refit_priors`) and all `checks`.

    Raises
    ------
    ScenarioError
        The posterior was fitted to other rows than the evidence holds, or draws are to be taken
        out at walls.

    Examples
    --------
    >>> found = check_priors(fit, seed=1, roadmap_slope=False)
    >>> found["refits"], found["roadmap_slope"]
    ([], None)
    """
    fit.require_whole("a check of the priors")
    rng = np.random.default_rng(named_seed(seed, "predictive checks"))
    alone = forms_alone(fit)
    found = {**check_without_refits(fit, alone, rng), "roadmap_slope": None, "refits": []}
    tell = progress or (lambda _label, _done, _of: None)
    if roadmap_slope:
        tell("roadmap-era slope", 0, 1)
        slope = confront_roadmap_slope(fit.evidence, fit.priors, sampler, seed=seed)
        tell("roadmap-era slope", 1, 1)
        found["roadmap_slope"] = slope
        found["checks"] += slope["checks"]
    if refit:
        found["refits"] = refit_priors(fit, alone, sampler, seed=seed, progress=tell)
        failures = {(row["name"], row["factor"]): row["failed_checks"] for row in found["refits"]}
        found["checks"].append(asdict(check_refits("prior_refits", [*failures.values()])))
    return found
