"""Which training runs make the frontier."""

from collections.abc import Sequence
from typing import Literal

from priors.evidence import Evidence
from priors.records import RunRow

type Selection = Literal["none", "top-10", "record", "large-scale"]

#: How many systems a running selection keeps.
_RANKS = {"top-10": 10, "record": 1}


def select_runs(evidence: Evidence, selection: Selection, since: float) -> tuple[RunRow, ...]:
    """Select the runs that a trend is fitted to.

    Parameters
    ----------
    evidence
        As known on the day of the analysis.
    selection
        `top-10` and `record`: among the 10, or the 1, largest runs known at release.
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
    else:
        runs = running_top(evidence.training_runs, _RANKS[selection])
    return tuple(run for run in runs if run.year >= since)


def running_top(runs: Sequence[RunRow], rank: int) -> tuple[RunRow, ...]:
    """Runs that were among the `rank` largest published up to their own date."""
    ordered = sorted(runs, key=lambda run: (run.published, run.id))
    return tuple(
        run
        for run in ordered
        if sum(
            other.training_flop > run.training_flop and other.published <= run.published
            for other in ordered
        )
        < rank
    )
