"""A figure that does not agree with its neighbours."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from priors.records.row import Row


@dataclass(frozen=True)
class Finding:
    """A figure that does not agree with what its neighbours imply.

    Attributes
    ----------
    check
        Name of the check.
    table, row
        Where the figure stands.
    found, expected
        The figure, and what the check makes of its neighbours.
    acknowledged
        The row's erratum; None where nobody has explained the figure.
    """

    check: str
    table: str
    row: str
    found: float
    expected: float
    acknowledged: str | None


def flag(
    check: str, table: str, row: Row, *, found: float, expected: float, allowed: float
) -> Iterator[Finding]:
    """Yield a finding where two figures differ by more than a relative amount."""
    if abs(math.log(found / expected)) > math.log1p(allowed):
        yield Finding(check, table, row.id, found, expected, row.erratum)
