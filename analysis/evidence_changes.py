"""How far each correction of the evidence moved the requirement."""

from collections.abc import Sequence

import numpy as np

from analysis.fit import DEFAULT_SAMPLER, Fit, Progress, fit_scenario
from analysis.moved import moved, one_question, requirements
from model.inputs import Inputs, make_inputs
from model.sampling.sampler import Sampler
from priors.changes import EvidenceChange, undone
from priors.documents import Json


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
    asked = one_question(fit)
    one, now = asked.scenario.levers, requirements(asked)
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
            {**one, "moved": moved(one, after)}
            for one, after in zip(requirements(refit), now, strict=True)
        ]
        if enters
        else [],
        "failed": list(refit.failed()),
    }


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
