"""Selection of the scaling studies that a law is fitted to."""

from collections.abc import Iterable
from typing import Literal

from priors.records.laws import StudyRow

#: Which studies: none, those of the roadmap's Table 2, or all that are not merely listed.
type Studies = Literal["none", "roadmap", "all"]

_SETS: dict[Studies, frozenset[str]] = {
    "none": frozenset(),
    "roadmap": frozenset({"roadmap"}),
    "all": frozenset({"roadmap", "updated"}),
}


def select_studies(studies: Iterable[StudyRow], which: Studies) -> list[StudyRow]:
    """Select the rows of a law.

    A row that another one of the selection corrects is left out: both speak of the same runs, and
    the first is known to be wrong. On a day before the correction the first is what was known.

    Returns
    -------
    list of StudyRow
        In the order of the table.
    """
    chosen = [row for row in studies if row.set in _SETS[which]]
    ids = {row.id for row in chosen}
    return [row for row in chosen if row.superseded_by not in ids]
