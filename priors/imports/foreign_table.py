"""Table of others as downloaded: cells by column, not yet judged."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from priors.documents import visible
from priors.errors import EvidenceError
from priors.imports.text_file import read_any_text

#: Columns of the widest table that is read.
MOST_COLUMNS = 4096
#: Rows of the longest one.
MOST_ROWS = 200_000
#: Delimiters that spreadsheets and programs write.
_DELIMITERS = ",;\t| "
#: Lines by which the delimiter is told.
_SAMPLE = 50
#: How the line begins by which Excel is told the delimiter.
_EXCEL_HINT = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
_COMMENT = ("#", "//")
#: A power of ten as it is typeset, which NFKC would run together.
_SUPERSCRIPT = re.compile("10([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


@dataclass(frozen=True)
class Record:
    """One line of the table.

    Attributes
    ----------
    number
        Row in a spreadsheet, where the first line of the file is row 1.
    cells
        Text of each cell as it stands in the file.
    columns
        Column → its place.
    """

    number: int
    cells: tuple[str, ...]
    columns: Mapping[str, int]

    def text(self, column: str | None) -> str:
        """Text of a cell on one line, in NFKC; empty where the table lacks the column."""
        place = None if column is None else self.columns.get(column)
        return "" if place is None else one_line(self.cells[place])


@dataclass(frozen=True)
class ForeignTable:
    """Header and lines of a table.

    Attributes
    ----------
    file
        Its name in messages.
    delimiter
        What separates its cells.
    header
        Names of the columns, on one line and in NFKC.
    records
        Lines with as many cells as the header.
    ragged
        Row → number of cells, of the lines with another number of them.
    """

    file: str
    delimiter: str
    header: tuple[str, ...]
    records: tuple[Record, ...]
    ragged: Mapping[int, int]

    def require_whole(self) -> None:
        """Refuse a table with a line of another number of cells than the header."""
        for number, count in self.ragged.items():
            raise EvidenceError(
                f"{self.file}, row {number}",
                f"{count} cells",
                f"{len(self.header)}, as in the header",
            )


def read_foreign(path: Path) -> ForeignTable:
    """Read a table with a header line, whatever its columns, encoding and delimiter.

    Comma, semicolon, tab, vertical bar or space: that by which most lines have equally many
    cells, as `sep=` in the first line says it, if it does. Blank lines, lines of one cell before
    the header, and lines that begin with `#` or `//` are left out; where such a comment stands
    before numbers, it is the header.

    Raises
    ------
    EvidenceError
        Unreadable file, no rows, more than `MOST_ROWS` or `MOST_COLUMNS`, or a column name that
        stands twice.
    """
    text = read_any_text(path)
    if text.lstrip().startswith(("{", "[{")):
        raise EvidenceError(path.name, "JSON", "a CSV file, with a header line of column names")
    numbered, comment = _lines(text)
    if len(numbered) > MOST_ROWS:
        raise EvidenceError(
            path.name, f"more than {MOST_ROWS} rows", "a row per run or checkpoint, not per step"
        )
    if len(numbered) + bool(comment) < 2:
        raise EvidenceError(path.name, "no rows", "a header line and at least one row")
    hint = _EXCEL_HINT.fullmatch(numbered[0][1].rstrip("\n"))
    if hint:
        numbered = numbered[1:]
    delimiter = hint[1] if hint else _delimiter([line for _, line in numbered[: _SAMPLE + 1]])
    try:
        rows = list(_rows(numbered, delimiter))
    except csv.Error as error:
        raise EvidenceError(path.name, str(error), "quotes in pairs around a cell") from error
    rows = _from_the_header(rows, delimiter, comment)
    if len(rows) < 2:
        raise EvidenceError(path.name, "no rows", "a header line and at least one row")
    header = tuple(one_line(name) for name in rows[0][1])
    _check_header(path, header)
    columns = {name: place for place, name in enumerate(header)}
    records, ragged = [], {}
    for number, found in rows[1:]:
        # Spreadsheets end a line with the delimiters of cells that are empty.
        extra = found[len(header) :]
        cells = found if any(map(str.strip, extra)) else found[: len(header)]
        if len(cells) != len(header):
            ragged[number] = len(cells)
        else:
            records.append(Record(number, tuple(cells), columns))
    table = ForeignTable(one_line(path.name), delimiter, header, tuple(records), ragged)
    if len(ragged) > len(records):
        table.require_whole()
    return table


def one_line(text: str) -> str:
    """Cell on one line, in Unicode's NFKC, with what would act on a terminal as it is spelled.

    NFKC writes full-width letters and digits, which Japanese keyboards type, as the usual ones.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    plain = _SUPERSCRIPT.sub(lambda found: "10^" + found[1], text)
    normal = unicodedata.normalize("NFKC", plain)
    cell: str = visible(re.sub(r"\s+", " ", normal).strip().removeprefix("\ufeff"))
    return cell


def _lines(text: str) -> tuple[list[tuple[int, str]], str]:
    """Lines that are neither blank nor a comment, with the row of a spreadsheet they stand in.

    A line that ends within quotes goes with the one that continues it. The other result is the
    last comment before the first line, without its mark.
    """
    lines: list[tuple[int, str]] = []
    comment = ""
    held: list[str] = []
    row, quotes = 0, 0
    for line in StringIO(text, newline=None):
        if not held:
            row += 1
            bare = line.lstrip(' "\ufeff')
            if not line.strip():
                continue
            if bare.startswith(_COMMENT):
                comment = comment if lines else bare.lstrip("#/ ")
                continue
        held.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            if len(lines) > MOST_ROWS:
                return lines, comment
            lines.append((row, "".join(held)))
            held, quotes = [], 0
    if held:
        lines.append((row, "".join(held)))
    return lines, comment


def _delimiter(lines: Sequence[str]) -> str:
    """Delimiter by which most lines have the same number of cells, of more than one."""

    def fit(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(next(csv.reader([line], delimiter=delimiter))) for line in lines)
        width, alike = max(
            ((width, count) for width, count in widths.items() if width > 1),
            key=lambda found: (found[1], found[0]),
            default=(0, 0),
        )
        return alike, width

    try:
        found = {delimiter: fit(delimiter) for delimiter in _DELIMITERS}
    except csv.Error:
        return _DELIMITERS[0]
    # Spaces stand in texts: they delimit where nothing else does.
    others = [delimiter for delimiter in _DELIMITERS if delimiter != " "]
    best = max(others, key=found.__getitem__)
    return best if found[best][0] > len(lines) / 2 else max(_DELIMITERS, key=found.__getitem__)


def _from_the_header(
    rows: Sequence[tuple[int, list[str]]], delimiter: str, comment: str
) -> list[tuple[int, list[str]]]:
    """Leave out titles before the header, or take the comment for it where there is none."""
    titles = 0
    while titles < len(rows) - 1 and sum(bool(cell.strip()) for cell in rows[titles][1]) < 2:
        titles += 1
    kept = list(rows[titles:] if titles < len(rows) - 1 else rows)
    if comment and kept and all(_is_number(cell) for cell in kept[0][1]):
        names = next(csv.reader([comment.rstrip("\n")], delimiter=delimiter))
        if len(names) == len(kept[0][1]):
            return [(0, names), *kept]
    return kept


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True


def _rows(lines: Sequence[tuple[int, str]], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        for cells in csv.reader(StringIO(line, newline=""), delimiter=delimiter, strict=True):
            if any(cell.strip() for cell in cells):
                yield number, cells


def _check_header(path: Path, header: Sequence[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise EvidenceError(
            f"{path.name}, header", f"{len(header)} columns", f"at most {MOST_COLUMNS}"
        )
    for name, count in Counter(header).items():
        if name and count > 1:
            raise EvidenceError(f"{path.name}, header", f"column {name!r} twice", "each once")
