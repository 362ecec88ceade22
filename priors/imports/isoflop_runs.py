"""Own training runs from a CSV: parameters, tokens and final loss."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from priors.errors import EvidenceError
from priors.imports.foreign_table import ForeignTable, Record, positive_number, read_foreign
from priors.units import FLOP_PER_PARAMETER_TOKEN

#: Meaning of a column → names it goes by, in lower case and with single spaces between words.
COLUMN_NAMES = {
    "parameters": (
        *("n", "n params", "params", "parameters", "model parameters", "number of parameters"),
        "model size",
    ),
    "training_flop": (
        *("c", "flop", "flops", "training flop", "training flops", "training compute flop"),
        *("total flop", "total flops"),
    ),
    "tokens": ("d", "n tokens", "tokens", "training tokens", "number of tokens"),
    "loss": (
        *("loss", "final loss", "eval loss", "test loss", "training loss", "train loss"),
        *("validation loss", "val loss"),
    ),
}

#: Columns that look like one of the above and are not → why.
_NOT_MEANT = {
    "words": "tokens, of which a word makes about 4/3: convert them first",
    "datapoints": "tokens, whatever a data point is",
    "active parameters": "dense runs: no law in N holds for mixtures with two counts of parameters",
    "activated parameters": "dense runs: mixtures of experts have two counts of parameters",
    "total parameters": "the parameters used for a token, in a column named N",
    "non embedding parameters": "all parameters, in a column named N (Pearce & Song 2024)",
}


@dataclass(frozen=True)
class IsoflopRuns:
    """Training runs of one family of dense models.

    Attributes
    ----------
    file
        Name of the file they were read from.
    parameters, tokens, loss
        Shape (run,): counts, and loss in nats a token.
    columns
        Meaning → column of the file it was read from.
    ignored
        Columns that were not used.
    """

    file: str
    parameters: NDArray[np.float64]
    tokens: NDArray[np.float64]
    loss: NDArray[np.float64]
    columns: dict[str, str]
    ignored: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.loss)

    def without_highest_loss(self, dropped: int) -> Self:
        """Return a copy without the runs of highest loss; of equal losses the later goes first."""
        remaining = max(0, len(self) - dropped)
        kept = np.sort(np.argsort(self.loss, kind="stable")[:remaining])
        return replace(
            self,
            parameters=self.parameters[kept],
            tokens=self.tokens[kept],
            loss=self.loss[kept],
        )


def read_isoflop_runs(path: Path) -> IsoflopRuns:
    """Read parameters, loss, and tokens or training FLOP of each run.

    Where the file has FLOP, tokens are C / 6N (Kaplan et al. 2020, section 2.1; attention left
    out), as in Hoffmann et al. 2022 and its replications.

    Raises
    ------
    EvidenceError
        A column that is missing, stands for another quantity or has a rival; both FLOP and
        tokens; a cell that is not a positive number; a run that stands twice.
    """
    table = read_foreign(path)
    columns = _columns(table)
    if {"tokens", "training_flop"} <= columns.keys():
        raise EvidenceError(
            f"{table.file}, header",
            f"both {columns['training_flop']!r} and {columns['tokens']!r}",
            "one of them: C = 6ND gives the other",
        )
    values = {
        meaning: np.array([_value(table, record, column) for record in table.records])
        for meaning, column in columns.items()
    }
    _refuse_repeated(table, values)
    tokens = values.get("tokens")
    if tokens is None:
        tokens = values["training_flop"] / (FLOP_PER_PARAMETER_TOKEN * values["parameters"])
    return IsoflopRuns(
        file=table.file,
        parameters=values["parameters"],
        tokens=tokens,
        loss=values["loss"],
        columns=columns,
        ignored=tuple(name for name in table.header if name not in columns.values()),
    )


def _columns(table: ForeignTable) -> dict[str, str]:
    """Meaning → column, for the columns that are there."""
    found = {
        meaning: [column for column in table.header if _plain(column) in names]
        for meaning, names in COLUMN_NAMES.items()
    }
    for meaning, columns in found.items():
        if len(columns) > 1:
            raise EvidenceError(
                f"{table.file}, header",
                f"columns {_listed(columns)} for {meaning}",
                "one of them; rename or remove the other",
            )
    strange = [column for column in table.header if _plain(column) in _NOT_MEANT]
    complete = found["parameters"] and (found["tokens"] or found["training_flop"])
    about_parameters = [column for column in strange if "parameters" in _plain(column)]
    if strange and (about_parameters or not complete):
        column = (about_parameters or strange)[0]
        raise EvidenceError(f"{table.file}, header", repr(column), _NOT_MEANT[_plain(column)])
    for needed in (("parameters",), ("tokens", "training_flop"), ("loss",)):
        if not any(found[meaning] for meaning in needed):
            names = [name for meaning in needed for name in COLUMN_NAMES[meaning]]
            raise EvidenceError(
                f"{table.file}, header",
                f"columns {_listed(table.header)}",
                f"one for {' or '.join(needed)}, named {', '.join(names)}",
            )
    return {meaning: columns[0] for meaning, columns in found.items() if columns}


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", column.lower()).strip()


def _listed(columns: tuple[str, ...] | list[str]) -> str:
    return ", ".join(repr(column) for column in columns)


def _value(table: ForeignTable, record: Record, column: str) -> float:
    value = positive_number(record.text(column))
    if value is None:
        raise EvidenceError(
            f"{table.file}, row {record.number}, {column}",
            repr(record.text(column)) if record.text(column) else "nothing",
            "a positive number",
        )
    return value


def _refuse_repeated(table: ForeignTable, values: dict[str, NDArray[np.float64]]) -> None:
    seen: dict[tuple[float, ...], int] = {}
    for record, run in zip(table.records, zip(*values.values(), strict=True), strict=True):
        if run in seen:
            raise EvidenceError(
                f"{table.file}, row {record.number}",
                f"the same run as row {seen[run]}",
                "every run once: a run that stands twice counts twice",
            )
        seen[run] = record.number
