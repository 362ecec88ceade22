"""Corrections of the evidence, which can be undone."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from priors.documents import DATA, read_toml, validate
from priors.errors import EvidenceError
from priors.evidence import TABLES, Evidence
from priors.records.row import Row

CHANGES = DATA / "evidence_changes.toml"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RowChange(_Record):
    """Cells of one row before and after; an empty text is an empty cell."""

    table: str
    id: str
    before: dict[str, Any]
    now: dict[str, Any]


class EvidenceChange(_Record):
    """A correction: why, on what authority, and what it did to which rows.

    Attributes
    ----------
    added
        Table → ids of rows that were not there before.
    row
        Rows that were changed.
    """

    id: str
    date: date
    source: str
    reason: Annotated[str, Field(min_length=10)]
    added: dict[str, list[str]] = Field(default_factory=dict)
    row: tuple[RowChange, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that the change concerns, in the order of the evidence."""
        concerned = {*self.added, *(row.table for row in self.row)}
        return tuple(name for name in TABLES if name in concerned)


def load_changes(evidence: Evidence, path: Path = CHANGES) -> tuple[EvidenceChange, ...]:
    """Read the corrections, oldest first.

    Raises
    ------
    EvidenceError
        A record breaks the schema, cites an unknown source, or a row does not say what it should
        say since the correction.
    """
    changes = []
    for key, record in read_toml(path, EvidenceError).items():
        where = f"{path.name} [{key}]"
        change = validate(EvidenceChange, {"id": key, **record}, where, EvidenceError)
        evidence.sources.require(change.source, f"{where} source")
        _require_made(evidence, change, where)
        changes.append(change)
    return tuple(changes)


def undone(evidence: Evidence, change: EvidenceChange) -> Evidence:
    """Return the evidence as it would be without one correction.

    Returns
    -------
    Evidence
        With the digests of the evidence as it is: not to be looked up in a cache.
    """
    tables: dict[str, tuple[Row, ...]] = {}
    for name in change.tables:
        new = set(change.added.get(name, ()))
        before = {row.id: row.before for row in change.row if row.table == name}
        tables[name] = tuple(
            _with(row, before[row.id]) if row.id in before else row
            for row in evidence.tables[name]
            if row.id not in new
        )
    return replace(evidence, **tables)  # type: ignore[arg-type]


def _with(row: Row, cells: Mapping[str, Any]) -> Row:
    return type(row).model_validate({**row.model_dump(), **_cells(cells)})


def _cells(cells: Mapping[str, Any]) -> dict[str, Any]:
    return {column: None if value == "" else value for column, value in cells.items()}


def _require_made(evidence: Evidence, change: EvidenceChange, where: str) -> None:
    """Refuse a correction that the tables do not show."""
    for table, ids in change.added.items():
        for id_ in ids:
            _row(evidence, table, id_, where)
    for made in change.row:
        row = _row(evidence, made.table, made.id, where)
        for column, value in _cells(made.now).items():
            if getattr(row, column, None) != value:
                raise EvidenceError(
                    f"{made.table}.csv, {made.id}, {column}",
                    repr(getattr(row, column, None)),
                    f"{value!r}, what it has been since {where}",
                )


def _row(evidence: Evidence, table: str, id_: str, where: str) -> Row:
    rows: Iterable[Row] = evidence.tables.get(table, ())
    for row in rows:
        if row.id == id_:
            return row
    raise EvidenceError(where, f"row {id_!r} of {table}", f"a row of {table}.csv")
