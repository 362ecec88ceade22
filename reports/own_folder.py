"""Folder of own evidence: rows are added whole, or not at all."""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from priors.errors import EvidenceError
from priors.evidence import EVIDENCE, TABLES, Evidence, load_evidence
from priors.own.overlay import SOURCES_FILE, is_overlay
from priors.own.rows import sources_text
from priors.records.row import Row
from priors.sources import Source
from priors.tables import read_table, table_text
from reports.new_file import write_file


def evidence_of(folder: Path) -> Evidence:
    """Evidence with the rows of a folder; the built-in evidence where it does not exist yet.

    Raises
    ------
    EvidenceError
        A folder that is no overlay, such as a copy of the whole evidence.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return load_evidence(EVIDENCE)
    if folder.is_dir() and not is_overlay(folder, TABLES):
        raise EvidenceError(
            str(folder), "a copy of the whole evidence", "a folder of own rows alone"
        )
    return load_evidence(folder)


def add_rows(
    folder: Path,
    table: str,
    rows: Sequence[Row],
    sources: Mapping[str, Source],
    *,
    check: Callable[[Evidence], None] = lambda _: None,
) -> Evidence:
    """Add rows to a table of a folder, and the sources that they cite.

    Everything is written beside the folder first and loaded together with the built-in evidence;
    only what loads takes its place.

    Parameters
    ----------
    check
        Raises `EvidenceError` where the evidence with the rows is not to be kept.

    Returns
    -------
    Evidence
        With the rows.

    Raises
    ------
    EvidenceError
        A row whose id the folder has, or that does not go with the evidence.
    ScenarioError
        The folder cannot be written to.
    """
    evidence_of(folder)
    file = folder / f"{table}.csv"
    before = read_table(file, TABLES[table]) if file.exists() else ()
    known = {row.id for row in before}
    for row in rows:
        if row.id in known:
            raise EvidenceError(
                f"{folder.name}/{file.name}", f"row {row.id!r} again", "an id of its own"
            )
        known.add(row.id)
    written = {file.name: table_text([*before, *rows])}
    if sources:
        written[SOURCES_FILE] = sources_text(folder / SOURCES_FILE, sources)
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(scratch) / folder.resolve().name
        trial.mkdir()
        for path in (*folder.glob("*.csv"), *folder.glob(SOURCES_FILE)):
            shutil.copy(path, trial)
        for name, text in written.items():
            (trial / name).write_text(text, encoding="utf-8")
        evidence = load_evidence(trial)
        check(evidence)
    for name in sorted(written, key=lambda name: name != SOURCES_FILE):
        write_file(folder / name, written[name], may_replace=True, option="--to")
    return evidence
