"""Own rows of evidence, laid over the built-in ones."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from priors.errors import EvidenceError
from priors.records.row import Row
from priors.sources import Source, Sources, own_sources
from priors.tables import digest, read_table

SOURCES_FILE = "sources.toml"
#: Columns by which two rows may differ and still be one figure.
_FREE = {"id", "note"}


@dataclass(frozen=True)
class Overlay:
    """Rows and sources of a folder, with the tables that result.

    Attributes
    ----------
    sources
        The built-in register with the folder's own sources. Its `as_of` is the latest of the
        built-in one, the one that the folder states, and the day of the last own row.
    tables
        Table → rows: built-in ones, of which an own row of the same id takes the place, then the
        others of the folder.
    own
        Table → ids of the own rows: those that are not built-in, or say something else.
    digests
        Table → SHA-256 of the folder's file, for the tables that it has.
    """

    sources: Sources
    tables: Mapping[str, tuple[Row, ...]]
    own: Mapping[str, tuple[str, ...]]
    digests: Mapping[str, str]


def is_overlay(folder: Path, names: Mapping[str, type[Row]]) -> bool:
    """Whether a folder is laid over the built-in evidence: it has at most half of the tables.

    One that has more is a copy of the evidence; a table that it lacks is missing.
    """
    return 2 * sum((folder / f"{name}.csv").exists() for name in names) <= len(names)


def lay_over(
    folder: Path,
    names: Mapping[str, type[Row]],
    tables: Mapping[str, tuple[Row, ...]],
    sources: Sources,
) -> Overlay:
    """Read the tables of a folder and lay them over others.

    Parameters
    ----------
    folder
        Holds any of the tables, as NAME.csv, and `sources.toml` where rows cite own sources.
    names
        Table → what one of its rows is.
    tables, sources
        What the folder is laid over.

    Raises
    ------
    EvidenceError
        No such folder, a CSV file that is no table, nothing to lay over, a row that breaks the
        schema, repeats the figures of another row, or is dated after its source was looked at.
    """
    if not folder.is_dir():
        raise EvidenceError(str(folder), "no such folder", "a folder of tables of evidence")
    for path in sorted(folder.glob("*.csv")):
        if path.stem not in names:
            raise EvidenceError(str(path), "no table of the evidence", f"one of {', '.join(names)}")
    register = own_sources(folder / SOURCES_FILE) if (folder / SOURCES_FILE).exists() else None
    own = {
        name: read_table(folder / f"{name}.csv", row_type)
        for name, row_type in names.items()
        if (folder / f"{name}.csv").exists()
    }
    if not own and register is None:
        raise EvidenceError(
            str(folder), "neither a table nor sources.toml", f"any of {', '.join(names)} as CSV"
        )
    merged, changed = dict(tables), {}
    for name, rows in own.items():
        merged[name], new = _merge(f"{folder.name}/{name}.csv", tables[name], rows)
        if new:
            changed[name] = tuple(row.id for row in new)
    known = _with_own(sources, register, folder)
    ids = {name: set(new) for name, new in changed.items()}
    days = [row.published for name in ids for row in merged[name] if row.id in ids[name]]
    return Overlay(
        sources=known.model_copy(update={"as_of": max([known.as_of, *days])}),
        tables=merged,
        own=changed,
        digests={name: digest(folder / f"{name}.csv") for name in own},
    )


def combined(first: str, second: str) -> str:
    """Digest of a table that another is laid over."""
    return hashlib.sha256(f"{first} {second}".encode()).hexdigest()


def _merge(
    file: str, below: tuple[Row, ...], above: tuple[Row, ...]
) -> tuple[tuple[Row, ...], list[Row]]:
    """Lay rows over others; return all, and those that are new or say something else."""
    before = {row.id: row for row in below}
    new = [row for row in above if before.get(row.id) != row]
    replacing = {row.id: row for row in new if row.id in before}
    kept = [replacing.get(row.id, row) for row in below]
    figures = {_figures(row): row.id for row in kept}
    added = [row for row in new if row.id not in before]
    for row in added:
        if _figures(row) in figures:
            raise EvidenceError(
                f"{file}, {row.id}",
                f"the same figures as the built-in row {figures[_figures(row)]}",
                "every figure once: a row that stands twice counts twice",
            )
    return (*kept, *added), new


def _figures(row: Row) -> tuple[object, ...]:
    return tuple(value for name, value in row.model_dump().items() if name not in _FREE)


def _with_own(
    sources: Sources, register: tuple[date | None, dict[str, Source]] | None, folder: Path
) -> Sources:
    if register is None:
        return sources
    stated, own = register
    for key, source in own.items():
        if sources.by_id.get(key, source) != source:
            raise EvidenceError(
                f"{folder.name}/{SOURCES_FILE} [{key}]",
                "another source than the built-in one of that id",
                "an id of its own",
            )
    return Sources(
        as_of=max(sources.as_of, stated or sources.as_of), by_id={**sources.by_id, **own}
    )
