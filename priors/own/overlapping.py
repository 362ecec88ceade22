"""Studies that rest on the same points."""

from collections.abc import Iterable, Iterator

from priors.errors import EvidenceError
from priors.imports.point_sketch import overlap
from priors.records.laws import StudyRow
from priors.thresholds import thresholds


def overlapping(row: StudyRow, others: Iterable[StudyRow]) -> Iterator[tuple[StudyRow, float]]:
    """Studies that enter a fit and have points of another one, with the share of the smaller."""
    for other in others:
        if row.points and other.points and other.id != row.id and other.set != "listed":
            share = overlap(row.points, other.points)
            if share >= thresholds("isoflop")["shared_points"]:
                yield other, share


def refuse_overlapping_studies(studies: Iterable[StudyRow]) -> None:
    """Refuse two studies that enter a fit and rest on the same points.

    Raises
    ------
    EvidenceError
        Naming both.
    """
    entering = [row for row in studies if row.set != "listed"]
    for number, row in enumerate(entering):
        for other, share in overlapping(row, entering[:number]):
            raise EvidenceError(
                f"scaling_studies.csv, {row.id}",
                f"{share:.0%} of its points in {other.id}",
                "set 'listed' with a reason for one of them: the same runs would speak twice "
                "(double counting)",
            )
