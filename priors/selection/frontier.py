"""Selection of the training runs at the frontier."""

from collections.abc import Sequence
from typing import Literal

from priors.evidence import Evidence
from priors.records.runs import RunRow

type Selection = Literal["none", "top-10", "record", "large-scale"]


def select_runs(evidence: Evidence, selection: Selection, since: float) -> tuple[RunRow, ...]:
    """Select the runs that a trend is fitted to.

    Parameters
    ----------
    evidence
        As known on the day of the analysis.
    selection
        `top-10`: among the 10 largest runs at release, as compiled where the table says so.
        `record`: larger than every run before.
        `large-scale`: the 19 systems of Sevilla et al. 2022 with their values.
        `none`: no data, the trend is its prior.
    since
        First decimal year.

    Returns
    -------
    tuple of RunRow
        By date. A system keeps its rank at release: what came later does not remove it.
    """
    if selection == "none":
        return ()
    if selection == "large-scale":
        runs: Sequence[RunRow] = evidence.sevilla_large_scale
    elif selection == "record":
        runs = running_top(evidence.training_runs, rank=1)
    else:
        ranked = {run.id for run in running_top(evidence.training_runs, rank=10)}
        runs = [run for run in by_date(evidence.training_runs) if _is_frontier(run, ranked)]
    return tuple(run for run in runs if run.year >= since)


def by_date(runs: Sequence[RunRow]) -> list[RunRow]:
    """Sort runs by date, and by id within a day."""
    return sorted(runs, key=lambda run: (run.published, run.id))


def running_top(runs: Sequence[RunRow], rank: int) -> tuple[RunRow, ...]:
    """Keep the runs that were among the `rank` largest published up to their own date.

    An earlier run of the same size ranks above; runs of the same day and size share a rank.
    """
    ordered = by_date(runs)
    return tuple(run for run in ordered if sum(_outranks(other, run) for other in ordered) < rank)


def _outranks(other: RunRow, run: RunRow) -> bool:
    if other.training_flop == run.training_flop:
        return other.published < run.published
    return other.training_flop > run.training_flop and other.published <= run.published


def _is_frontier(run: RunRow, ranked: set[str]) -> bool:
    """Trust the rank in the whole database where the compiler gives it: a table is a part."""
    return run.id in ranked if run.frontier_as_compiled is None else run.frontier_as_compiled
