"""What a model requires without each of the scaling studies."""

import math

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.words import noted, say
from model.densities import law_log_likelihood
from model.gaussian import Array
from model.law.scaling_law import MEANS, SPREADS
from model.law.studies import Studies
from model.posterior import draw_law
from model.requirement import requirement
from model.sampling.exact import draw_exactly
from model.sampling.pareto import shape_of_tail
from model.sampling.seeds import named_rng, named_seed
from priors.documents import Json
from priors.levers import Target
from priors.thresholds import thresholds

#: Targets whose FLOP follow by the law.
BY_THE_LAW: tuple[Target, ...] = ("model-size", "roadmap-chain")
#: The median, and the end of the 95 % interval that a buyer would regret.
_PROBABILITIES = (0.5, 0.975)


def leave_studies_out(fit: Fit, target: Target) -> list[Json]:
    """Take one study after the other out of the law, and ask again.

    The draws of the law are weighed by 1 / p(study | the other studies of its runs, law)
    (Gelfand, Dey and Chang 1992); where Pareto k̂ says that this is not reliable the law is drawn
    again, exactly.

    Parameters
    ----------
    target
        One of `BY_THE_LAW`; asked in the scenario's last year and for its longest campaign.

    Returns
    -------
    list of dict
        One row per study: its id `study`, `target`, effective EFLOPS at the quantiles `0.5` and
        `0.975` with all studies (`whole`) and without it (`without`), `change` (relative, of the
        0.975 quantile), `pareto_k`, `drawn_again`, and `moves`: whether that change reaches the
        threshold. Empty where there are fewer than two studies.
    """
    limit = thresholds("studies_left_out")
    studies = fit.inputs.studies
    names = studies.labels["study"]
    if len(names) < 2:
        return []
    draws = fit.posterior
    whole = _effective(fit, draws, target)
    everywhere = np.quantile(whole, _PROBABILITIES)
    law = {name: draws[name].values for name in (*MEANS, *SPREADS)}
    of_runs = law_log_likelihood(law, studies)
    rows = []
    for number, name in enumerate(names):
        others = np.arange(len(names)) != number
        same_runs = studies.run_sets == studies.run_sets[number]
        rest = law_log_likelihood(law, studies.only(others & same_runs)).sum(-1)
        less = of_runs[..., studies.run_sets[number]] - rest
        weights = np.exp(less.min() - less)
        k = shape_of_tail(weights.ravel(), thresholds("exact")["harmless_weight"])
        again = k > limit["pareto_k"]
        if again:
            without = np.quantile(
                _effective(fit, _drawn(fit, studies.only(others)), target), _PROBABILITIES
            )
        else:
            without = _quantiles(whole, weights.ravel())
        change = float(without[1] / everywhere[1] - 1)
        rows.append(
            {
                "study": name,
                "target": target,
                "whole": _named(everywhere),
                "without": _named(without),
                "change": change,
                "pareto_k": k if math.isfinite(k) else None,
                "drawn_again": again,
                "moves": abs(change) >= limit["moved"],
            }
        )
    return rows


def study_notes(fit: Fit) -> list[Json]:
    """Name the studies without which a target's upper end would be another one."""
    found = []
    for target in (one for one in fit.scenario.levers.asked if one in BY_THE_LAW):
        rows = leave_studies_out(fit, target)
        moving = sorted((row for row in rows if row["moves"]), key=lambda row: -abs(row["change"]))
        limit = thresholds("studies_left_out")["moved"]
        if moving:
            parts = ", ".join(
                say("studies_left_out.one", study=row["study"], change=row["change"])
                for row in moving
            )
            found.append(noted("studies_left_out.moved", target=target, limit=limit, studies=parts))
        elif rows:
            found.append(noted("studies_left_out.none", target=target, limit=limit))
    return found


def _effective(fit: Fit, draws: xr.Dataset, target: Target) -> Array:
    """Effective EFLOPS of a target at each draw."""
    levers = fit.scenario.levers.only(target)
    required = requirement(draws, fit.scenario.workload, levers)["effective_eflops"]
    if "days" in required.dims:
        required = required.isel(days=int(np.argmax(levers.lengths)))
    at = required.isel(year=-1, target=0)
    return np.asarray(at.transpose("chain", "draw").values.ravel())


def _drawn(fit: Fit, studies: Studies) -> xr.Dataset:
    """Draws of the posterior with the law of some of the studies only."""
    shape = fit.posterior["law_a"].shape
    arrays = {**fit.inputs.arrays("linear"), **studies.arrays()}
    count = int(np.prod(shape))
    seed = named_seed(fit.seed, "studies left out")
    (made,) = draw_exactly("linear", arrays, count, seed=seed, only=["law"])
    sampled = {name: values.reshape(shape) for name, values in made.draws.items()}
    law = draw_law(arrays, sampled, rng=named_rng(seed, "drawn back"))
    dims = fit.posterior["law_a"].dims
    return fit.posterior.assign({name: (dims, values) for name, values in law.items()})


def _quantiles(values: Array, weights: Array) -> Array:
    """Quantiles of weighted draws: where the cumulative weight passes a probability."""
    order = np.argsort(values)
    upto = np.cumsum(weights[order]) - weights[order] / 2
    return np.asarray(np.interp(_PROBABILITIES, upto / weights.sum(), values[order]))


def _named(quantiles: Array) -> dict[str, float]:
    pairs = zip(_PROBABILITIES, quantiles, strict=True)
    return {f"{probability:g}": float(value) for probability, value in pairs}
