"""Selection of the flagships of national programmes."""

from collections.abc import Collection, Iterable
from typing import Literal

from priors.records.runs import Funding, NationalRunRow

#: Whose flagships a national target follows.
type FundingClass = Literal["public", "public+sovereign", "all"]
#: Whether the lag of flagships goes on growing as estimated, or stays as it has been.
type LagGrowth = Literal["growing", "constant"]

GROWTHS: tuple[LagGrowth, ...] = ("growing", "constant")
#: Class → fundings of the runs that belong to it.
CLASSES: dict[FundingClass, frozenset[Funding]] = {
    "public": frozenset({"public"}),
    "public+sovereign": frozenset({"public", "sovereign"}),
    "all": frozenset({"public", "sovereign", "mixed", "non-profit"}),
}


def select_flagships(
    runs: Iterable[NationalRunRow], funding: FundingClass, in_trend: Collection[str]
) -> tuple[NationalRunRow, ...]:
    """Select the runs that were the largest so far of their programme.

    Only runs from scratch whose figures were read count. There is no floor of FLOP, which would
    cut the early lags off.

    Parameters
    ----------
    funding
        Runs of other classes are left out before the largest are sought.
    in_trend
        Ids of the runs that the trend is fitted to: a run among them is the line's alone.

    Returns
    -------
    tuple of NationalRunRow
        By date.
    """
    largest: dict[str, float] = {}
    flagships = []
    for run in sorted(runs, key=lambda run: (run.published, -run.training_flop, run.id)):
        counts = run.from_scratch and run.verification != "unchecked"
        if not counts or run.funding not in CLASSES[funding]:
            continue
        if run.training_flop > largest.get(run.programme, 0.0):
            largest[run.programme] = run.training_flop
            if run.training_run_id not in in_trend:
                flagships.append(run)
    return tuple(flagships)
