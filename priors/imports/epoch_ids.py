"""Ids of imported runs: a known system keeps its id."""

from collections.abc import Sequence

from priors.records.runs import RunRow
from priors.sources import slug

#: Relative difference below which a FLOP of the table, printed with four digits, is that of a run.
_SAME_FIGURE = 1e-3


def with_ids(runs: Sequence[RunRow], known: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """Give each run an id of its own; other tables keep pointing to the same systems.

    Parameters
    ----------
    runs
        Imported, without ids that can be relied on.
    known
        Rows of the present table. A run is one of them by its name, or else by day and FLOP.

    Returns
    -------
    tuple of RunRow
        In the order given. A run that is not known is called by the slug of its name (its row in
        the file where letters would be lost), with its day or a number after it where that is
        taken.
    """
    ids = _held(runs, known)
    taken = {run.id for run in known}
    for index, run in enumerate(runs):
        if index not in ids:
            ids[index] = _free(run, taken)
            taken.add(ids[index])
    return tuple(run.model_copy(update={"id": ids[index]}) for index, run in enumerate(runs))


def _held(runs: Sequence[RunRow], known: Sequence[RunRow]) -> dict[int, str]:
    """Index of a run → the id it already has, each id at most once."""
    by_name = {run.system: run.id for run in known}
    held = {
        index: by_name.pop(run.system) for index, run in enumerate(runs) if run.system in by_name
    }
    left = [run for run in known if run.id in by_name.values()]
    for index, run in enumerate(runs):
        same = next((other for other in left if _same_figure(run, other)), None)
        if index not in held and same is not None:
            left.remove(same)
            held[index] = same.id
    return held


def _same_figure(run: RunRow, other: RunRow) -> bool:
    return (
        run.published == other.published
        and abs(run.training_flop / other.training_flop - 1) < _SAME_FIGURE
    )


def _free(run: RunRow, taken: set[str]) -> str:
    base = slug(run.system) or run.id
    candidate, number = base, 1
    while candidate in taken:
        candidate = f"{base}-{run.published}" if number == 1 else f"{base}-{run.published}-{number}"
        number += 1
    return candidate
