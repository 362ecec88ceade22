"""CSV table as downloaded: cells by column, not yet judged."""

import csv
import math
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from priors.documents import visible
from priors.errors import EvidenceError
from priors.tables import read_text


@dataclass(frozen=True)
class Record:
    """One line of the table.

    Attributes
    ----------
    number
        Row in a spreadsheet: the header is row 1.
    cells
        Column → text, runs of white space (line ends too) as one space.
    """

    number: int
    cells: dict[str, str]

    def text(self, column: str | None) -> str:
        """Text of a cell; empty where the table lacks the column."""
        return "" if column is None else self.cells.get(column, "")


@dataclass(frozen=True)
class ForeignTable:
    """Header and lines of a CSV file; `file` is its name in messages."""

    file: str
    header: tuple[str, ...]
    records: tuple[Record, ...]


def read_foreign(path: Path) -> ForeignTable:
    """Read a CSV file with a header line, whatever its columns.

    Raises
    ------
    EvidenceError
        Unreadable file, no rows, a column name that stands twice, or a line with another number
        of cells than the header.
    """
    try:
        lines = list(csv.reader(StringIO(read_text(path)), strict=True))
    except csv.Error as error:
        raise EvidenceError(path.name, str(error), "quotes in pairs around a cell") from error
    if not any(any(cells) for cells in lines[1:]):
        raise EvidenceError(path.name, "no rows", "a header line and at least one row")
    header = tuple(_one_line(name) for name in lines[0])
    for name in header:
        if name and header.count(name) > 1:
            raise EvidenceError(f"{path.name}, header", f"column {name!r} twice", "each once")
    records = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            raise EvidenceError(
                f"{path.name}, row {number}",
                f"{len(cells)} cells",
                f"{len(header)}, as in the header",
            )
        records.append(Record(number, dict(zip(header, map(_one_line, cells), strict=True))))
    return ForeignTable(path.name, header, tuple(records))


def positive_number(text: str) -> float | None:
    """Value of a cell that holds one positive finite number; None of any other."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value > 0 and math.isfinite(value) else None


def _one_line(text: str) -> str:
    """Cell on one line, with what would act on a terminal as it is spelled."""
    one_line: str = visible(re.sub(r"\s+", " ", text).strip())
    return one_line
