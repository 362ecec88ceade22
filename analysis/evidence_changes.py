"""How far each correction of the evidence moved the requirement."""

import math
from collections.abc import Sequence

import numpy as np

from analysis.fit import DEFAULT_SAMPLER, Fit, Progress, fit_scenario
from analysis.monte_carlo import reported_quantiles
from model.inputs import Inputs, make_inputs
from model.requirement import log10
from model.sampling.sampler import Sampler
from priors.changes import EvidenceChange, undone
from priors.documents import Json

QUANTITIES = ("effective_eflops", "peak_eflops")


def weigh_changes(
    fit: Fit,
    changes: Sequence[EvidenceChange],
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    progress: Progress | None = None,
) -> Json:
    """Undo each correction alone, fit again and set the requirements beside each other.

    Parameters
    ----------
    fit
        The scenario with the evidence as it is; its last year, its longest campaign and its first
        precision are asked.
    changes
        From `priors.changes.load_changes`.

    Returns
    -------
    dict
        `now`: per target and quantity the quantiles in natural units and their `mcse_log10`.
        `changes`: per correction `id`, `date`, `reason`, `source`, `tables`, `enters` (whether the
        scenario's model reads anything that it concerns), the same results `before` it, where it
        does, and `failed`, the names of the checks that the refit did not pass.
        Each result says whether its median or an end of its 95 % interval `moved` by more than two
        Monte Carlo errors.
    """
    levers = fit.scenario.levers
    asked = fit.ask(
        {
            "levers.years": [levers.years[-1]],
            "levers.days": [max(levers.days)],
            "levers.precisions": [levers.precisions[0]],
        }
    )
    one, now = asked.scenario.levers, _results(asked)
    weighed = []
    for done, change in enumerate(changes, start=1):
        weighed.append(_weigh(asked, change, now, sampler))
        if progress is not None:
            progress("corrections", done, len(changes))
    return {
        "scenario": asked.scenario.name,
        "year": one.years[0],
        "days": one.days[0],
        "precision": one.precisions[0],
        "now": now,
        "changes": weighed,
    }


def _weigh(fit: Fit, change: EvidenceChange, now: Sequence[Json], sampler: Sampler) -> Json:
    before = undone(fit.evidence, change)
    enters = not _equal(fit.inputs, make_inputs(fit.scenario, before, fit.priors))
    refit = (
        fit_scenario(fit.scenario, before, fit.priors, sampler, seed=fit.seed) if enters else fit
    )
    return {
        "id": change.id,
        "date": str(change.date),
        "reason": change.reason,
        "source": change.source,
        "tables": list(change.tables),
        "enters": enters,
        "before": [
            {**one, "moved": _moved(one, after)}
            for one, after in zip(_results(refit), now, strict=True)
        ]
        if enters
        else [],
        "failed": list(refit.failed()),
    }


def _results(fit: Fit) -> list[Json]:
    required = fit.required()
    return [
        {
            "target": str(target),
            "quantity": name,
            **reported_quantiles(
                log10(required[name].sel(target=target)).squeeze(
                    [dim for dim in ("year", "days", "precision") if dim in required[name].dims],
                    drop=True,
                )
            ),
        }
        for target in required["target"].values
        for name in QUANTITIES
    ]


def _moved(before: Json, now: Json) -> bool:
    """Whether a shown quantile differs by more than two Monte Carlo errors."""
    return any(
        abs(math.log10(before["quantiles"][key] / now["quantiles"][key]))
        > 2 * math.hypot(before["mcse_log10"][key], now["mcse_log10"][key])
        for key in ("0.025", "0.5", "0.975")
    )


def _equal(first: Inputs, second: Inputs) -> bool:
    """Whether two inputs hold the same numbers."""
    return _numbers(first) == _numbers(second)


def _numbers(inputs: Inputs) -> list[bytes]:
    arrays = list(inputs.arrays("linear").values())
    if inputs.records is not None:
        arrays += [inputs.records.years, inputs.records.log10_flop]
    for flagships in (inputs.flagships or {}).values():
        arrays += [flagships.years, flagships.log10_flop]
    return [np.asarray(array).tobytes() for array in arrays]
