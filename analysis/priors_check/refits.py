"""Refits with each prior wider and narrower, as power-scaling foretells.

A normal or half-normal prior whose scale is halved is that prior to the fourth power, and one whose
scale is doubled that to the power 1/4: power-scaling foretells what a refit then finds, from its
slope at the power 1, or with importance weights at the full power.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from analysis.fit import Fit, Progress
from analysis.monte_carlo import mcse_of_mean, mcse_of_quantiles
from analysis.priors_check.forms_alone import FormAlone
from analysis.priors_check.influenced import form_means, influenced_quantities
from analysis.priors_check.power_scaling import (
    Scaled,
    shift_per_doubling,
    width_per_doubling,
)
from analysis.words import say
from model.blocks import BLOCKS
from model.fit import fit as draw
from model.inputs import make_inputs
from model.sampling.pareto import shape_of_tail
from model.sampling.sampler import Sampler
from model.stacking.weights import FORMS, Weights, weigh_forms
from priors.documents import Json
from priors.parameters import ALL_PARAMETERS, READ_OFF
from priors.prior_rows import Prior
from priors.scenario import Scenario
from priors.thresholds import thresholds

#: Factors on the scale of a prior.
FACTORS = (0.5, 2.0)
#: Blocks that the line does not depend on, nor what is read off it.
_ASIDE = frozenset(BLOCKS) - {"trend"}
#: Blocks that follow the line and do not act back on it.
READ_OFF_BLOCKS = frozenset(one.block for one in READ_OFF.values())


def rescaled(prior: Prior, factor: float) -> dict[str, Any]:
    """Record of a prior with its scale multiplied, its centre (or start at 0) kept.

    A correlation, whose range is given, has the power of its prior that goes with the factor:
    shape − 1 is multiplied by 1 / factor². The support is dropped: the question is what a wider
    prior would do, not whether one would believe it.
    """
    made = prior.standardised()
    record = {
        "family": made.family,
        "unit": prior.unit,
        "transform": prior.transform,
        "scale": made.scale * factor,
        "rationale": f"Scale times {factor:g}. {prior.rationale}",
        "sources": prior.sources,
    }
    if made.family == "normal":
        record["loc"] = made.loc
    if made.family == "lkj":
        del record["scale"]
        record["shape"] = 1 + (made.shape - 1) * power_of(factor)
    return record


def power_of(factor: float) -> float:
    """Power of a normal, half-normal or LKJ prior that goes with a factor on its scale."""
    return factor**-2


def refit_priors(
    fit: Fit,
    alone: Sequence[FormAlone],
    sampler: Sampler,
    *,
    seed: int,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
) -> list[Json]:
    """Refit a scenario with the scale of one prior after the other halved and doubled.

    A trend is weighed anew with each of its priors; blocks that do not depend on the changed one
    keep their draws.

    Parameters
    ----------
    fit
        The scenario with its posterior.
    alone
        Forms of a combined trend by themselves (`forms_alone`).
    seed
        One for all fits, so that differences hold little Monte Carlo noise.
    only
        Parameters whose priors are changed; None: all that are uncertain.

    Returns
    -------
    list of dict
        One row per parameter, factor and requirement that the prior can move: `shift` of the
        median (dex) with `shift_mcse`, `width_ratio` of the central 90 % intervals (dex over dex),
        `mean_shift` (dex) and `sd_ratio`; what power-scaling foretells of both,
        `foretold_shift` and `foretold_sd_ratio` from its slope, and `reweighted_shift` from
        weights at the full power with their `reweighted_pareto_k`; `by_weights`, the part of
        `mean_shift` that is due to other weights of the forms; `agrees`, `why` in a word and
        `diagnosis` in a sentence; `failed_checks` of the refit.
    """
    refits = _Refits(fit, sampler, seed)
    whole = Scaled.of(fit.tree, fit.scenario, fit.inputs)
    foreseen = {str(name): _Foreseen(str(name), whole, 1.0) for name in whole.log_prior}
    for one in alone:
        own = Scaled.of(one.tree, fit.scenario, fit.inputs)
        foreseen[one.spread] = _Foreseen(one.spread, own, one.weight)
    chosen = [name for name in foreseen if only is None or name in only]
    asked = [(name, factor) for name in chosen for factor in FACTORS]
    rows = []
    for done, (name, factor) in enumerate(asked):
        if progress is not None:
            progress("prior refits", done, len(asked))
        before, after, weights = refits.around(name, factor)
        for quantity in map(str, before.required):
            first, other = before.required[quantity], after.required[quantity]
            if (first == other).all():
                continue
            found = {"name": name, "factor": factor, "quantity": quantity}
            found |= _difference(first, other)
            found |= foreseen[name].of(quantity, factor, first)
            found["by_weights"] = weights.get(quantity, 0.0)
            found |= compare_with_refit(found)
            rows.append({**found, "failed_checks": list(after.failed)})
    if progress is not None:
        progress("prior refits", len(asked), len(asked))
    return rows


@dataclass(frozen=True)
class _Refit:
    """Requirements of a posterior, and the checks that its draws failed."""

    required: xr.Dataset
    form: xr.DataArray | None
    failed: tuple[str, ...]


class _Refits:
    """Posteriors of one scenario with one prior or another."""

    def __init__(self, fit: Fit, sampler: Sampler, seed: int) -> None:
        self.fit, self.sampler, self.seed = fit, sampler, seed
        self.scenario = fit.scenario
        self.weights = weigh_forms(fit.inputs) if self.stacked else None
        self.before: dict[bool, _Refit] = {}

    @property
    def stacked(self) -> bool:
        return self.scenario.trend.form == "stacked"

    def around(self, name: str, factor: float) -> tuple[_Refit, _Refit, dict[str, float]]:
        """Posterior before and after a change, and what other weights of forms do to means."""
        aside = ALL_PARAMETERS[name].block in _ASIDE
        if aside not in self.before:
            self.before[aside] = self._draw(self.scenario, self.weights, aside=aside)
        record = rescaled(self.fit.inputs.priors[name], factor)
        changed = self.scenario.override({f"prior.{name}": record})
        weights, moved = self.weights, {}
        if self.stacked and ALL_PARAMETERS[name].block == "trend":
            weights = weigh_forms(make_inputs(changed, self.fit.evidence, self.fit.priors))
        after = self._draw(changed, weights, aside=aside)
        if weights is not None and self.weights is not None and after.form is not None:
            change = weights.weight - self.weights.weight
            moved = {
                str(key): float(change @ form_means(after.required[key], after.form, len(FORMS)))
                for key in after.required
            }
        return self.before[aside], after, moved

    def _draw(self, scenario: Scenario, weights: Weights | None, *, aside: bool) -> _Refit:
        inputs = make_inputs(scenario, self.fit.evidence, self.fit.priors)
        inputs = inputs.fitted_only() if aside else inputs
        tree = draw(scenario.trend.form, inputs, self.sampler, seed=self.seed, weights=weights)
        other = Fit(scenario, self.fit.evidence, self.fit.priors, tree, self.seed)
        required = influenced_quantities(other.posterior, self.fit.scenario)
        return _Refit(required, other.posterior.get("trend_form"), other.failed())


@dataclass(frozen=True)
class _Foreseen:
    """What power-scaling of one prior says of a requirement.

    Attributes
    ----------
    weight
        Of the part of the draws that the prior acts on.
    """

    name: str
    scaled: Scaled
    weight: float

    def of(self, quantity: str, factor: float, first: xr.DataArray) -> Json:
        """Foretell the change of mean and sd, from the slope and from weights."""
        values, density = self.scaled.required[quantity], self.scaled.log_prior[self.name]
        doublings = math.log2(power_of(factor))
        shift, mcse = shift_per_doubling(values, density)
        of_variance = 2 * width_per_doubling(values, density) * float(values.var())
        ratio = math.exp(doublings * self.weight * of_variance / (2 * float(first.var())))
        moved, pareto_k = self._reweighted(values, density, factor)
        return {
            "foretold_shift": doublings * self.weight * shift,
            "foretold_mcse": abs(doublings) * self.weight * mcse,
            "foretold_sd_ratio": ratio,
            "reweighted_shift": self.weight * moved,
            "reweighted_pareto_k": pareto_k,
        }

    def _reweighted(
        self, values: xr.DataArray, density: xr.DataArray, factor: float
    ) -> tuple[float, float]:
        """Change of the mean with each draw weighed by the changed prior, within each form."""
        log = (power_of(factor) - 1) * density.values.ravel()
        form = self.scaled.posterior.get("trend_form")
        code = np.zeros(log.size) if form is None else form.transpose(*values.dims).values.ravel()
        at, moved, worst = values.values.ravel(), 0.0, -math.inf
        for number in np.unique(code):
            mine = code == number
            weights = np.exp(log[mine] - log[mine].max())
            mean = float(np.average(at[mine], weights=weights))
            moved += mine.mean() * (mean - at[mine].mean())
            worst = max(worst, shape_of_tail(weights, thresholds("exact")["harmless_weight"]))
        return float(moved), worst if math.isfinite(worst) else 0.0


def _difference(first: xr.DataArray, other: xr.DataArray) -> Json:
    (low, median, high), (low_2, median_2, high_2) = (
        np.quantile(draws, (0.05, 0.5, 0.95)) for draws in (first.values, other.values)
    )
    errors = [float(mcse_of_quantiles(draws, [0.5])[0]) for draws in (first, other)]
    means = [float(mcse_of_mean(draws)) for draws in (first, other)]
    return {
        "shift": float(median_2 - median),
        "shift_mcse": math.hypot(*errors),
        "width_ratio": float((high_2 - low_2) / (high - low)),
        "mean_shift": float(other.mean() - first.mean()),
        "mean_shift_mcse": math.hypot(*means),
        "sd_ratio": float(other.std() / first.std()),
    }


def compare_with_refit(found: Json) -> Json:
    """Say whether power-scaling foretold what the refit found, and if not, why."""
    limit = thresholds("prior_refits")
    noise = math.hypot(found["mean_shift_mcse"], found["foretold_mcse"])
    near = limit["difference"] + limit["errors"] * noise
    missed = found["mean_shift"] - found["foretold_shift"]
    sd = abs(math.log(found["sd_ratio"] / found["foretold_sd_ratio"]))
    reached = found["reweighted_pareto_k"] <= limit["pareto_k"]
    if abs(missed) <= near and sd <= math.log1p(limit["sd_ratio"]):
        why = "agrees"
    elif abs(found["by_weights"]) > max(abs(missed) / 2, limit["difference"] / 2):
        why = "weights"
    elif not reached:
        why = "out_of_reach"
    elif abs(found["mean_shift"] - found["by_weights"] - found["reweighted_shift"]) <= near:
        why = "bent"
    elif ALL_PARAMETERS[found["name"]].block in READ_OFF_BLOCKS:
        why = "cut"
    else:
        why = "unexplained"
    return {"agrees": why == "agrees", "why": why, "diagnosis": say(f"prior_refits.{why}", **found)}
