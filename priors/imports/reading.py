"""What a user says of a file beside the file itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from priors.errors import ScenarioError
from priors.imports.foreign_table import ForeignTable, Record, one_line
from priors.imports.quantities import KNOWN, Unit, unit_of

#: Meaning of a column that names the run.
RUN = "run"


@dataclass(frozen=True)
class Condition:
    """Rows that are read: those whose cell is, or is not, a value."""

    column: str
    value: str
    equal: bool

    def __str__(self) -> str:
        return f"{self.column}{'=' if self.equal else '!='}{self.value}"

    def holds(self, record: Record) -> bool:
        """Whether a record is read; numbers are compared as numbers, texts whatever their case."""
        return _same(record.text(self.column), self.value) == self.equal


@dataclass(frozen=True)
class Reading:
    """How a file is to be read where its header does not say it, or says it otherwise.

    Attributes
    ----------
    columns
        Meaning → column and, where it is given, unit.
    where
        Conditions that every row read fulfils.
    pool
        Columns whose values share one law although they might split the runs.
    decimal
        Decimal mark, `.` or `,`; None: told by the cells.
    """

    columns: Mapping[str, tuple[str, Unit | None]] = field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    pool: tuple[str, ...] = ()
    decimal: str | None = None

    def only(self, column: str, value: str) -> Self:
        """Return the same with one condition more."""
        return replace(self, where=(*self.where, Condition(column, value, equal=True)))


def reading_of(
    table: ForeignTable,
    *,
    columns: Sequence[str] = (),
    where: Sequence[str] = (),
    pool: Sequence[str] = (),
    decimal: str | None = None,
) -> Reading:
    """Make a reading of a table from options.

    Parameters
    ----------
    columns
        Each `MEANING=COLUMN` or `MEANING=COLUMN:UNIT`.
    where
        Each `COLUMN=VALUE` or `COLUMN!=VALUE`.
    pool
        Names of columns.
    decimal
        `.`, `,` or None.

    Raises
    ------
    ScenarioError
        An unknown meaning, column or unit, or an option of another form.
    """
    if decimal not in {None, ".", ","}:
        raise ScenarioError("--decimal", repr(decimal), "'.' or ','")
    return Reading(
        columns=dict(_column(table, text) for text in columns),
        where=tuple(_condition(table, text) for text in where),
        pool=tuple(find_column(table, name, "--pool") for name in pool),
        decimal=decimal,
    )


def find_column(table: ForeignTable, name: str, option: str) -> str:
    """Name of a column as the header has it, whatever its case.

    Raises
    ------
    ScenarioError
        No column of that name, or several.
    """
    wanted = one_line(name)
    if wanted in table.header:
        return wanted
    alike = [column for column in table.header if column.casefold() == wanted.casefold()]
    if len(alike) != 1:
        listed = ", ".join(map(repr, table.header))
        raise ScenarioError(option, repr(name), f"one of the columns {listed}"[:200])
    return alike[0]


def _column(table: ForeignTable, text: str) -> tuple[str, tuple[str, Unit | None]]:
    meaning, equals, rest = text.partition("=")
    meaning = meaning.strip().lower().replace("-", "_")
    if not equals or meaning not in {*KNOWN, RUN}:
        raise ScenarioError(
            "--column", repr(text), f"MEANING=COLUMN, with {', '.join(KNOWN)} or {RUN}"
        )
    name, colon, unit_name = rest.rpartition(":")
    if not colon or one_line(rest) in table.header:
        return meaning, (find_column(table, rest, "--column"), None)
    column = find_column(table, name, "--column")
    unit = None if meaning == RUN else unit_of(unit_name, meaning)
    if unit is None:
        known = KNOWN.get(meaning, "no unit")
        raise ScenarioError("--column", repr(text), f"{meaning} in {known}")
    return meaning, (column, unit)


def _condition(table: ForeignTable, text: str) -> Condition:
    left, equals, value = text.partition("=")
    if not equals:
        raise ScenarioError("--where", repr(text), "COLUMN=VALUE or COLUMN!=VALUE")
    name = left.removesuffix("!")
    return Condition(find_column(table, name, "--where"), one_line(value), left == name)


def _same(cell: str, value: str) -> bool:
    try:
        return float(cell) == float(value)
    except ValueError:
        return cell.casefold() == value.casefold()
