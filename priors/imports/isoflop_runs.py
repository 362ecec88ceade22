"""Own training runs from a table, and which run a row is of."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from priors.errors import EvidenceError
from priors.imports.foreign_table import ForeignTable, Record, read_foreign
from priors.imports.isoflop_columns import Column, find_columns, run_columns, words
from priors.imports.isoflop_rows import MOST_GROUPS, LeftOut, choose_rows, refuse_pooled
from priors.imports.plausible import LARGEST_LOSS, refuse_implausible
from priors.imports.quantities import NATURAL, marks_that_fit, number, number_and_unit, unit_of
from priors.imports.reading import Reading, find_column
from priors.units import FLOP_PER_PARAMETER_TOKEN

#: Rows of the largest table that is fitted: more are checkpoints that say little anew.
MOST_RUNS = 20_000
_ANY = Reading()


@dataclass(frozen=True)
class IsoflopRuns:
    """Training runs of one family of dense models.

    Attributes
    ----------
    file
        Name of the file they were read from.
    parameters, tokens, loss
        Shape (row,): counts, and loss in nats per token.
    columns
        Meaning → column of the file it was read from, with its unit where it is not the natural
        one.
    ignored
        Columns that were not used.
    runs
        Shape (row,): number of the run that a row is of. Rows of one run (checkpoints, seeds) are
        not independent. None: each row is a run.
    run_column
        What the runs were told by; None where each row is one.
    left_out
        Rows that were not read, with the reason.
    unmet
        How many rows did not fulfil the conditions that were asked.
    flop_over_6nd
        Shape (row,): stated FLOP over 6 N D, where the file has all three.
    """

    file: str
    parameters: NDArray[np.float64]
    tokens: NDArray[np.float64]
    loss: NDArray[np.float64]
    columns: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    runs: NDArray[np.intp] | None = None
    run_column: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    unmet: int = 0
    flop_over_6nd: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def clusters(self) -> NDArray[np.intp]:
        """Shape (row,): the run that a row is of, 0, 1, …; each row's own where none is named."""
        if self.runs is None:
            return np.arange(len(self))
        return np.unique(self.runs, return_inverse=True)[1]

    def without_highest_loss(self, dropped: int) -> Self:
        """Return a copy without the rows of highest loss; of equal losses the later goes first."""
        remaining = max(0, len(self) - dropped)
        return self.take(np.sort(np.argsort(self.loss, kind="stable")[:remaining]))

    def take(self, kept: NDArray[np.intp]) -> Self:
        """Return a copy of some rows."""
        optional = {
            name: None if values is None else values[kept]
            for name, values in (("runs", self.runs), ("flop_over_6nd", self.flop_over_6nd))
        }
        return replace(
            self,
            parameters=self.parameters[kept],
            tokens=self.tokens[kept],
            loss=self.loss[kept],
            **optional,  # type: ignore[arg-type]
        )


def read_isoflop_runs(path: Path, reading: Reading = _ANY) -> IsoflopRuns:
    """Read parameters, loss, and tokens or training FLOP of each run; see `isoflop_runs_of`."""
    return isoflop_runs_of(read_foreign(path), reading)


def isoflop_runs_of(table: ForeignTable, reading: Reading = _ANY) -> IsoflopRuns:
    """Make runs of a table.

    Where it has FLOP and no tokens, tokens are C / 6N (Kaplan et al. 2020, section 2.1; attention
    left out), as in Hoffmann et al. 2022 and its replications. A row that cannot be read is left
    out and counted.

    Raises
    ------
    EvidenceError
        A column that is missing, stands for another quantity or has a rival; runs of several data
        sets; numbers whose decimal mark or unit is in doubt; more rows that cannot be read than
        rows that can.
    """
    columns = find_columns(table, reading)
    chosen = choose_rows(table, reading)
    mark = _decimal_mark(table, chosen.records, columns, reading)
    values, kept, unread = _values(table, chosen.records, columns, mark)
    refuse_implausible(table.file, columns, values)
    tokens = values.get("tokens")
    implied = FLOP_PER_PARAMETER_TOKEN * values["parameters"]
    flop_over_6nd = None
    if tokens is None:
        tokens = values["training_flop"] / implied
    elif "training_flop" in values:
        flop_over_6nd = values["training_flop"] / (implied * tokens)
    used = {column.name for column in columns.values()}
    named = run_columns(table, reading, used)
    runs, told_by = _runs(table, kept, named, np.column_stack([values["parameters"], tokens]))
    other = [name for name in table.header if name not in used | {*named, *chosen.marks}]
    judged = {rule.column for rule in reading.where}
    refuse_pooled(table, kept, [name for name in other if name not in judged], reading)
    return IsoflopRuns(
        file=table.file,
        parameters=values["parameters"],
        tokens=tokens,
        loss=values["loss"],
        columns={
            meaning: column.name
            if column.unit is NATURAL[meaning]
            else f"{column.name} [{column.unit.name}]"
            for meaning, column in columns.items()
        },
        ignored=tuple(other),
        runs=runs,
        run_column=told_by,
        left_out=tuple(sorted((*chosen.left_out, *unread))),
        unmet=chosen.unmet,
        flop_over_6nd=flop_over_6nd,
    )


def groups_of(table: ForeignTable, reading: Reading, column: str | None) -> dict[str, Reading]:
    """Value of a column → reading of its rows alone; one nameless group without a column.

    Raises
    ------
    ScenarioError
        No such column.
    EvidenceError
        A column with more than `MOST_GROUPS` values, or with none.
    """
    if column is None:
        return {"": reading}
    name = find_column(table, column, "--group-by")
    values = {record.text(name) for record in table.records} - {""}
    if not 1 <= len(values) <= MOST_GROUPS:
        raise EvidenceError(
            f"{table.file}, {name}", f"{len(values)} values", f"1 to {MOST_GROUPS} data sets"
        )
    return {value: reading.only(name, value) for value in sorted(values)}


def _decimal_mark(
    table: ForeignTable,
    records: Sequence[Record],
    columns: Mapping[str, Column],
    reading: Reading,
) -> str:
    """Tell the decimal mark by the numbers, and where they leave it open by the loss.

    No loss per token lies beyond `LARGEST_LOSS` or below its inverse, so that 3,746 is not 3746.
    """
    if reading.decimal is not None:
        return reading.decimal
    numbers = {
        meaning: {number_and_unit(record.text(column.name))[0] for record in records} - {""}
        for meaning, column in columns.items()
    }
    wrong = marks_that_fit(text for texts in numbers.values() for text in texts)
    fewest = min(wrong.values())
    possible = [mark for mark, count in wrong.items() if count == fewest]
    texts = sorted(set().union(*numbers.values()))
    telling = [text for text in texts if number(text, ".") != number(text, ",")]
    if len(possible) == 1 or not telling:
        return possible[0]
    plausible = [mark for mark in possible if _is_a_loss(numbers["loss"], mark)]
    if len(plausible) == 1:
        return plausible[0]
    raise EvidenceError(
        table.file,
        f"{telling[0]!r}, which may be {number(telling[0], '.'):g} or {number(telling[0], ','):g}",
        "--decimal . or --decimal ,",
    )


def _is_a_loss(texts: set[str], mark: str) -> bool:
    values = [value for text in texts if (value := number(text, mark)) is not None]
    return all(1 / LARGEST_LOSS < value < LARGEST_LOSS for value in values)


def _values(
    table: ForeignTable, records: Sequence[Record], columns: Mapping[str, Column], mark: str
) -> tuple[dict[str, NDArray[np.float64]], list[Record], list[LeftOut]]:
    """Read the quantities of every record; leave out those that cannot be read or stand twice."""
    read: dict[tuple[float, ...], Record] = {}
    unread = [
        LeftOut(row, "another number of cells", f"{count} of {len(table.header)}")
        for row, count in table.ragged.items()
    ]
    names = [name for name in table.header if words(name) == "seed"]
    for record in records:
        run: list[float] = []
        for meaning, column in columns.items():
            value = _value(record, meaning, column, mark)
            if value is None:
                shown = repr(record.text(column.name)) if record.text(column.name) else "nothing"
                reason = f"{column.name} is not a positive number"
                unread.append(LeftOut(record.number, reason, shown))
                break
            run.append(value)
        else:
            key = (*run, *(hash(record.text(name)) for name in names))
            earlier = read.setdefault(key, record)
            if earlier is not record:
                reason = "the same run as another row, which would count twice"
                unread.append(LeftOut(record.number, reason, f"row {earlier.number}"))
    if unread and len(unread) >= len(read):
        first = min(unread)
        raise EvidenceError(
            f"{table.file}, row {first.row}",
            f"{first.reason} ({first.detail}); so {len(unread)} rows",
            f"more rows that can be read than the {len(read)} that can",
        )
    if len(read) > MOST_RUNS:
        raise EvidenceError(
            table.file, f"{len(read)} rows", f"at most {MOST_RUNS}; --where chooses among them"
        )
    points = np.array(list(read))[:, : len(columns)].reshape(-1, len(columns))
    return dict(zip(columns, points.T, strict=True)), list(read.values()), unread


def _value(record: Record, meaning: str, column: Column, mark: str) -> float | None:
    """Quantity of a cell in its natural unit; None of anything but a positive number."""
    digits, unit_name = number_and_unit(record.text(column.name))
    value = number(digits, mark)
    unit = column.unit
    if unit_name:
        own = unit_of(unit_name, meaning)
        if own is None:
            return None
        unit = own
    if value is None or not value > 0:
        return None
    natural = unit.to_natural(value)
    return natural if natural > 0 and np.isfinite(natural) else None


def _runs(
    table: ForeignTable,
    records: Sequence[Record],
    named: Sequence[str],
    points: NDArray[np.float64],
) -> tuple[NDArray[np.intp] | None, str | None]:
    """Tell the run that each record is of, and the column that says so.

    Records of one N and D that differ in their seed alone are of one run.
    """
    for name in named:
        texts = [record.text(name) or f"row {record.number}" for record in records]
        if max(Counter(texts).values()) > 1:
            return np.unique(texts, return_inverse=True)[1].astype(np.intp), name
    if named:
        return None, None
    seed = next((name for name in table.header if words(name) == "seed"), None)
    if seed is None:
        return None, None
    numbers = np.unique(points, axis=0, return_inverse=True)[1].astype(np.intp)
    return (numbers, seed) if len(set(numbers)) < len(records) else (None, None)
