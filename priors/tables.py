"""Evidence tables as CSV: strict reading, writing, digests.

A UTF-8 byte order mark and Windows line ends are accepted. Anything else that is wrong is
reported with file, row and column.
"""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from priors.documents import read_utf8, validate
from priors.errors import EvidenceError
from priors.records.row import Row


def read_table[R: Row](path: Path, row_type: type[R]) -> tuple[R, ...]:
    """Read and validate every row of a table.

    Parameters
    ----------
    path
        CSV with a header line of column names.
    row_type
        The record that a line of this table is.

    Returns
    -------
    tuple of `row_type`
        In the order of the file.

    Raises
    ------
    EvidenceError
        Unreadable or empty file, missing or unknown column, a value that breaks the schema, an
        id or a whole row that stands twice.
    """
    try:
        lines = list(csv.reader(StringIO(read_text(path)), strict=True))
    except csv.Error as error:
        raise EvidenceError(path.name, str(error), "quotes in pairs around a cell") from error
    if not any(any(cells) for cells in lines[1:]):
        raise EvidenceError(path.name, "no rows", "a header line and at least one row")
    header = lines[0]
    _check_header(path, header, row_type)
    rows = []
    seen: dict[str, int] = {}
    for number, cells in _data_lines(lines):
        row = _row(path, number, header, cells, row_type)
        if row.id in seen:
            raise EvidenceError(
                f"{path.name}, row {number}, id",
                f"{row.id!r} again (first in row {seen[row.id]})",
                "every row once, under an id of its own",
            )
        seen[row.id] = number
        rows.append(row)
    _check_duplicates(path, header, lines)
    return tuple(rows)


def digest(path: Path) -> str:
    """SHA-256 of a table's text, the same whatever its line ends and byte order mark."""
    return hashlib.sha256(read_text(path).encode()).hexdigest()


def read_text(path: Path) -> str:
    """Text of a file in UTF-8; raises `EvidenceError` where there is none."""
    return read_utf8(path, EvidenceError, "a readable file in UTF-8")


def _data_lines(lines: list[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Lines after the header with their number in the file, blank lines left out."""
    return ((number, cells) for number, cells in enumerate(lines[1:], start=2) if any(cells))


def _check_header(path: Path, header: list[str], row_type: type[Row]) -> None:
    fields = row_type.model_fields
    required = [name for name, field in fields.items() if field.is_required()]
    for name in required:
        if name not in header:
            raise EvidenceError(
                f"{path.name}, header", f"no column {name!r}", f"columns {', '.join(required)}"
            )
    for name in header:
        if name not in fields or header.count(name) > 1:
            raise EvidenceError(
                f"{path.name}, header",
                f"column {name!r}",
                f"each of {', '.join(fields)} at most once",
            )


def _row[R: Row](
    path: Path, number: int, header: list[str], cells: list[str], row_type: type[R]
) -> R:
    where = f"{path.name}, row {number}"
    if len(cells) != len(header):
        raise EvidenceError(where, f"{len(cells)} cells", f"{len(header)}, as in the header")
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    whole = ("record", f"id {values.get('id')!r}")
    return validate(row_type, values, f"{where},", EvidenceError, whole=whole)


def _check_duplicates(path: Path, header: list[str], lines: list[list[str]]) -> None:
    """Refuse a row that repeats another in everything but its id and note."""
    free = {"id", "note"}
    seen: dict[tuple[str, ...], int] = {}
    for number, cells in _data_lines(lines):
        content = tuple(
            cell.strip() for name, cell in zip(header, cells, strict=True) if name not in free
        )
        if content in seen:
            raise EvidenceError(
                f"{path.name}, row {number}",
                f"the same figures as row {seen[content]}",
                "every row once",
            )
        seen[content] = number


def table_text(rows: Sequence[Row]) -> str:
    """Write rows of one table, with every column that their record knows.

    Parameters
    ----------
    rows
        At least one; reading the text back gives rows equal to them.

    Raises
    ------
    ValueError
        No rows: an empty table cannot be read back.
    """
    if not rows:
        raise ValueError("no rows to write")
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(type(rows[0]).model_fields)
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
