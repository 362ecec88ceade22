"""Power-scaling sensitivity to priors and likelihoods.

Each prior density and each likelihood is raised to a power near 1 and the change of the posterior
measured by importance weights (Kallioinen et al. 2024, doi:10.1007/s11222-023-10366-5; ArviZ
`psense`). Only the priors of parameters that have a row of their own are scaled: yearly changes of
the slope and effects of systems are part of the model, not beliefs that anybody stated.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass

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
from analysis.priors_check.forms_alone import FormAlone
from analysis.priors_check.influenced import influenced_quantities, within_forms
from model.blocks import BLOCKS, LIKELIHOODS
from model.densities import log_prior
from model.given_line.rows import ROWS, LagLaw, log_likelihood_rows
from model.inputs import Inputs
from priors.documents import Json
from priors.parameters import ALL_PARAMETERS, READ_OFF
from priors.scenario import Scenario
from priors.thresholds import thresholds

#: Rows of evidence → the block of parameters that they speak of.
EVIDENCE_OF: Mapping[str, str] = {**{name: one.block for name, one in LIKELIHOODS.items()}, **ROWS}

#: Powers between which the change is measured (the default of Kallioinen et al. 2024).
_POWERS = (0.99, 1.01)


def prior_sensitivity(
    tree: xr.DataTree,
    scenario: Scenario,
    inputs: Inputs,
    alone: Sequence[FormAlone] = (),
) -> Json:
    """Power-scale every prior and every likelihood of a fitted scenario.

    Of a combined trend, draws are moved within each form, whose weights stay. Record, lag and
    length follow the line and do not act back on it; their priors are scaled as if they did.

    Parameters
    ----------
    tree
        Groups `posterior`, `log_prior` and `log_likelihood` of `model.posterior.complete`.
    scenario
        What was fitted; its workload and levers give the requirements, log10 of EFLOPS at its
        first length of campaign (`influenced_quantities`).
    inputs
        What it was fitted to.
    alone
        Forms of a combined trend, each by itself, for the prior that only this form has: its
        sensitivity is that within the form, its shift that times the weight of the form.

    Returns
    -------
    dict
        `components`: one row per prior, block of priors and likelihood, with `sensitivity`
        (quantity → cumulative Jensen–Shannon distance per doubling of the power),
        `shift_per_doubling` (change of a requirement's mean, dex, per doubling of the power: the
        derivative ln 2 · Cov(log density, quantity)) with its `shift_mcse`, `width_per_doubling`
        (relative change of its sd), `pareto_k` and `form`, the form that alone has it, or None;
        `parameters`: what own prior and own evidence do to each, with `verdict` and `diagnosis`;
        `headline`: diagnosis of each requirement; `blocks_without_evidence`: uncertain, and all
        prior; `checks`.
    """
    limit = thresholds("prior_sensitivity")
    whole = Scaled.of(tree, scenario, inputs)
    components, parameters = whole.components(), whole.parameters(limit)
    for one in alone:
        found = Scaled.of(one.tree, scenario, inputs)
        components.append(found.of_form(one))
        parameters += [row for row in found.parameters(limit) if row["name"] == one.spread]
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
        "headline": [diagnose_quantity(str(name), components, limit) for name in whole.required],
        "checks": [asdict(check)],
    }


@dataclass(frozen=True)
class Scaled:
    """Draws of one posterior, with the densities that are raised to a power.

    Attributes
    ----------
    posterior, required
        Parameters, and requirements (`influenced_quantities`); dims chain and draw.
    log_prior, log_likelihood
        Of each parameter and of all rows of each likelihood; dims chain and draw.
    """

    posterior: xr.Dataset
    required: xr.Dataset
    log_prior: xr.Dataset
    log_likelihood: xr.Dataset
    inputs: Inputs

    @classmethod
    def of(cls, tree: xr.DataTree, scenario: Scenario, inputs: Inputs) -> "Scaled":
        """Collect them from the groups of a fit, and of what is read off its line."""
        draws = tree["posterior"].to_dataset()
        levers = scenario.levers
        law = LagLaw(levers.national_funding, levers.national_lag)
        posterior = law.of(draws)
        read_off = {
            name: posterior[name].values
            for name in READ_OFF
            if name in posterior and not is_constant(posterior[name])
        }
        prior = tree["log_prior"].to_dataset().merge(log_prior(read_off, inputs, READ_OFF))
        likelihood = tree["log_likelihood"].to_dataset()
        rows = {
            name: density.sum([dim for dim in density.dims if dim not in {"chain", "draw"}])
            for name, density in likelihood.items()
            if density.size
        }
        if read_off:
            rows |= log_likelihood_rows(draws, inputs, law).data_vars
        form = posterior.get("trend_form")

        def held(densities: Mapping[Hashable, xr.DataArray]) -> xr.Dataset:
            return xr.Dataset({name: within_forms(one, form) for name, one in densities.items()})

        required = influenced_quantities(draws, scenario)
        return cls(posterior, required, held(prior.data_vars), held(rows), inputs)

    def components(self) -> list[Json]:
        """Scale every prior, all priors of a block together, and every likelihood."""
        return [
            _component(self.required, kind, label, block, density)
            for kind, label, block, density in _densities(self.log_prior, self.log_likelihood)
        ]

    def of_form(self, alone: FormAlone) -> Json:
        """Scale the prior that only one form has, whose shift counts by the form's weight."""
        density = self.log_prior[alone.spread]
        row = _component(self.required, "prior", alone.spread, "trend", density)
        for key in ("shift_per_doubling", "shift_mcse"):
            row[key] = {name: alone.weight * value for name, value in row[key].items()}
        return {**row, "form": alone.form}

    def parameters(self, limit: Mapping[str, float]) -> list[Json]:
        """Diagnose each parameter from its own prior and the strongest likelihood of its block."""
        found = []
        for name in map(str, self.log_prior.data_vars):
            draws, block = self.posterior[name], ALL_PARAMETERS[name].block
            own = xr.Dataset({name: draws})
            prior = _sensitivity(own, self.log_prior[name])[name]
            sources = [key for key, of in EVIDENCE_OF.items() if of == block]
            scaled = {
                key: _sensitivity(own, self.log_likelihood[key])[name]
                for key in sources
                if key in self.log_likelihood
            }
            source = max(scaled, key=lambda key: scaled[key], default=sources[0])
            belief = Belief.of(name, self.inputs.priors[name], draws)
            strength = Sensitivity(prior, scaled.get(source))
            found.append(diagnose_parameter(belief, strength, source, limit))
        return found


def _densities(
    log_prior: xr.Dataset, log_likelihood: xr.Dataset
) -> list[tuple[str, str, str, xr.DataArray]]:
    """Every component that is scaled: kind, name, block and log density over chain and draw."""
    found: list[tuple[str, str, str, xr.DataArray]] = []
    blocks = dict.fromkeys(one.block for one in ALL_PARAMETERS.values())
    for block in blocks:
        names = [str(name) for name in log_prior if ALL_PARAMETERS[str(name)].block == block]
        found += [("prior", name, block, log_prior[name]) for name in names]
        if len(names) > 1:
            total: xr.DataArray = log_prior[names].to_dataarray().sum("variable")
            found.append(("priors of a block", block, block, total))
    found += [
        ("likelihood", str(name), EVIDENCE_OF[str(name)], density)
        for name, density in log_likelihood.items()
    ]
    return found


def _component(
    required: xr.Dataset, kind: str, name: str, block: str, density: xr.DataArray
) -> Json:
    shifts = {str(key): shift_per_doubling(required[key], density) for key in required}
    return {
        "kind": kind,
        "name": name,
        "block": block,
        "sensitivity": _sensitivity(required, density),
        "shift_per_doubling": {key: shift for key, (shift, _) in shifts.items()},
        "shift_mcse": {key: mcse for key, (_, mcse) in shifts.items()},
        "width_per_doubling": {
            str(key): width_per_doubling(required[key], density) for key in required
        },
        "form": None,
        "pareto_k": max(_pareto_k(density, power) for power in _POWERS),
    }


def _sensitivity(quantities: xr.Dataset, density: xr.DataArray) -> dict[str, float]:
    tree = xr.DataTree.from_dict(
        {"posterior": quantities, "log_prior": density.rename("component").to_dataset()}
    )
    found = azs.psense(tree, group="prior", alphas=_POWERS)
    return {str(name): float(found[name]) for name in quantities}


def shift_per_doubling(quantity: xr.DataArray, density: xr.DataArray) -> tuple[float, float]:
    """Return the derivative of a posterior mean in log2 of the power, and its MCSE."""
    product = (quantity - quantity.mean()) * (density - density.mean())
    return math.log(2) * float(product.mean()), math.log(2) * float(azs.mcse(product))


def width_per_doubling(quantity: xr.DataArray, density: xr.DataArray) -> float:
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
