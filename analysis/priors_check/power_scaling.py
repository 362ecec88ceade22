"""Power-scaling sensitivity to priors and likelihoods.

Each prior density and each likelihood is raised to a power near 1 and the change of the posterior
measured by importance weights (Kallioinen et al. 2024, doi:10.1007/s11222-023-10366-5; ArviZ
`psense`). Only the priors of parameters that have a row of their own are scaled: yearly changes of
the slope and effects of systems are part of the model, not beliefs that anybody stated.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import arviz_stats as azs
import xarray as xr
from arviz_stats import accessors  # noqa: F401 - registers `.azstats`

from analysis.checks import Check, is_constant
from analysis.priors_check.diagnosis import (
    Belief,
    Sensitivity,
    diagnose_parameter,
    diagnose_quantity,
)
from model.blocks import BLOCKS, LIKELIHOODS
from model.requirement import log10, requirement
from priors.documents import Json
from priors.parameters import PARAMETERS
from priors.prior_rows import Prior
from priors.scenario import Scenario
from priors.thresholds import thresholds

#: Powers between which the change is measured (the default of Kallioinen et al. 2024).
_POWERS = (0.99, 1.01)


def prior_sensitivity(tree: xr.DataTree, scenario: Scenario, priors: Mapping[str, Prior]) -> Json:
    """Power-scale every prior and every likelihood of a fitted scenario.

    Parameters
    ----------
    tree
        Groups `posterior`, `log_prior` and `log_likelihood` of `model.posterior.complete`.
    scenario
        What was fitted; its workload and levers give the headline, log10 of effective and peak
        EFLOPS at its first length of campaign (another length shifts it by a constant).
    priors
        The prior row of every parameter (`model.inputs.Inputs.priors`).

    Returns
    -------
    dict
        `components`: one row per prior, block of priors and likelihood, with `sensitivity`
        (quantity → cumulative Jensen–Shannon distance per doubling of the power),
        `shift_per_doubling` (change of a headline's mean, dex, per doubling of the power: the
        derivative ln 2 · Cov(log density, quantity)) with its `shift_mcse`, `width_per_doubling`
        (relative change of its sd) and `pareto_k`;
        `parameters`: what own prior and own evidence do to each, with `verdict` and `diagnosis`;
        `headline`: diagnosis of each headline; `blocks_without_evidence`: uncertain, and all
        prior; `checks`.
    """
    limit = thresholds("prior_sensitivity")
    posterior = tree["posterior"].to_dataset()
    log_prior, log_likelihood = (
        tree[name].to_dataset() for name in ("log_prior", "log_likelihood")
    )
    headline = headline_quantities(posterior, scenario)
    quantities = headline.merge(posterior[list(log_prior.data_vars)])
    components = [
        _component(quantities, headline, kind, label, block, density)
        for kind, label, block, density in _densities(log_prior, log_likelihood)
    ]
    by_label = {(row["kind"], row["name"]): row for row in components}
    parameters = []
    for name in map(str, log_prior.data_vars):
        belief = Belief.of(name, priors[name], posterior[name])
        sources = [key for key, one in LIKELIHOODS.items() if one.block == PARAMETERS[name].block]
        scaled = [by_label[key] for key in (("likelihood", s) for s in sources) if key in by_label]
        evidence = max(scaled, key=lambda row: row["sensitivity"][name], default=None)
        strength = Sensitivity(
            prior=by_label["prior", name]["sensitivity"][name],
            likelihood=None if evidence is None else evidence["sensitivity"][name],
        )
        source = sources[0] if evidence is None else evidence["name"]
        parameters.append(diagnose_parameter(belief, strength, source, limit))
    worst = max((row["pareto_k"] for row in components), default=None)
    check = Check.at_most(
        "power_scaling_pareto_k",
        worst,
        limit["pareto_k"],
        "largest Pareto k of the weights of power-scaling",
    )
    bare = [block for block in BLOCKS if _is_bare(block, components)]
    return {
        "components": components,
        "blocks_without_evidence": bare,
        "parameters": parameters,
        "headline": [diagnose_quantity(str(name), components, limit) for name in headline],
        "checks": [asdict(check)],
    }


def strongest_priors(found: Json, count: int) -> list[str]:
    """Name the priors that move a headline most, the strongest first.

    Parameters
    ----------
    found
        From `prior_sensitivity`.
    """
    headline = [row["quantity"] for row in found["headline"]]
    strength = {
        row["name"]: max(row["sensitivity"][name] for name in headline)
        for row in found["components"]
        if row["kind"] == "prior"
    }
    return sorted(strength, key=lambda name: -strength[name])[:count]


def headline_quantities(draws: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    """Log10 of effective EFLOPS and of each peak for the headline target, dims chain and draw.

    One variable per year, and per precision of a peak.
    """
    levers = scenario.levers.only(scenario.levers.headline)
    required = requirement(draws, scenario.workload, levers).isel(days=0, target=0, drop=True)
    variables = {}
    for year in scenario.levers.years:
        at = required.sel(year=year, drop=True)
        variables[f"effective {year:g}"] = log10(at["effective_eflops"])
        for precision in scenario.levers.precisions:
            peak = log10(at["peak_eflops"].sel(precision=precision, drop=True))
            variables[f"peak {precision} {year:g}"] = peak
    return xr.Dataset(variables)


def _densities(
    log_prior: xr.Dataset, log_likelihood: xr.Dataset
) -> list[tuple[str, str, str, xr.DataArray]]:
    """Every component that is scaled: kind, name, block and log density over chain and draw."""
    found = []
    for block in BLOCKS:
        names = [str(name) for name in log_prior if PARAMETERS[str(name)].block == block]
        found += [("prior", name, block, log_prior[name]) for name in names]
        if len(names) > 1:
            total: xr.DataArray = log_prior[names].to_dataarray().sum("variable")
            found.append(("priors of a block", block, block, total))
    for name, likelihood in LIKELIHOODS.items():
        density = log_likelihood[name]
        rows = [dim for dim in density.dims if dim not in {"chain", "draw"}]
        if density.size:
            found.append(("likelihood", name, likelihood.block, density.sum(rows)))
    return found


def _component(
    quantities: xr.Dataset,
    headline: xr.Dataset,
    kind: str,
    name: str,
    block: str,
    density: xr.DataArray,
) -> Json:
    """Scale one component: it can move the headline and the parameters of its own block only."""
    own = [key for key in quantities if str(key) in headline or _block(str(key)) == block]
    sensitivity = _sensitivity(quantities[own], density)
    shifts = {str(key): _shift(headline[key], density) for key in headline}
    widths = {str(key): _width(headline[key], density) for key in headline}
    return {
        "kind": kind,
        "name": name,
        "block": block,
        "sensitivity": sensitivity,
        "shift_per_doubling": {key: shift for key, (shift, _) in shifts.items()},
        "shift_mcse": {key: mcse for key, (_, mcse) in shifts.items()},
        "width_per_doubling": widths,
        "pareto_k": max(_pareto_k(density, power) for power in _POWERS),
    }


def _sensitivity(quantities: xr.Dataset, density: xr.DataArray) -> dict[str, float]:
    tree = xr.DataTree.from_dict(
        {"posterior": quantities, "log_prior": density.rename("component").to_dataset()}
    )
    found = azs.psense(tree, group="prior", alphas=_POWERS)
    return {str(name): float(found[name]) for name in quantities}


def _shift(quantity: xr.DataArray, density: xr.DataArray) -> tuple[float, float]:
    """Return the derivative of a posterior mean in log2 of the power, and its MCSE."""
    product = (quantity - quantity.mean()) * (density - density.mean())
    return math.log(2) * float(product.mean()), math.log(2) * float(azs.mcse(product))


def _width(quantity: xr.DataArray, density: xr.DataArray) -> float:
    """Relative change of a posterior sd per doubling of the power; 0 for a constant."""
    variance = float(quantity.var())
    if is_constant(quantity):
        return 0.0
    squared = (quantity - quantity.mean()) ** 2
    covariance = float((squared * (density - density.mean())).mean())
    return math.log(2) * covariance / (2 * variance)


def _pareto_k(density: xr.DataArray, power: float) -> float:
    weights = (power - 1) * density
    found: xr.DataArray = weights.azstats.pareto_khat(
        sample_dims=["chain", "draw"], log_weights=True
    )
    return float(found)


def _is_bare(block: str, components: Sequence[Json]) -> bool:
    """Whether a block is uncertain and has no row of evidence."""
    kinds = {row["kind"] for row in components if row["block"] == block}
    return "prior" in kinds and "likelihood" not in kinds


def _block(name: str) -> str | None:
    return PARAMETERS[name].block if name in PARAMETERS else None
