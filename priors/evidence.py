"""All evidence tables as known on a day, validated, with digests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from priors.documents import DATA
from priors.errors import EvidenceError, ScenarioError
from priors.own.overlapping import refuse_overlapping_studies
from priors.own.overlay import SOURCES_FILE, Overlay, combined, is_overlay, lay_over
from priors.records.figures import RoadmapFigureRow
from priors.records.laws import ProjectionRow, StudyRow
from priors.records.machines import (
    AcceleratorRow,
    CampaignRow,
    GoodputRow,
    UtilisationRow,
)
from priors.records.row import Row
from priors.records.runs import (
    CeilingRow,
    GradeRow,
    NationalRunRow,
    RunLengthRow,
    RunRow,
    TrendStudyRow,
)
from priors.sources import SOURCES, Sources, load_sources
from priors.tables import digest, read_table

EVIDENCE = DATA / "evidence"

#: Table name (its file is NAME.csv) → what one of its rows is.
TABLES: dict[str, type[Row]] = {
    "confidence_grades": GradeRow,
    "training_runs": RunRow,
    "sevilla_large_scale": RunRow,
    "trend_studies": TrendStudyRow,
    "scaling_studies": StudyRow,
    "scaling_projections": ProjectionRow,
    "utilisation": UtilisationRow,
    "campaigns": CampaignRow,
    "national_runs": NationalRunRow,
    "ceilings": CeilingRow,
    "run_lengths": RunLengthRow,
    "goodput": GoodputRow,
    "accelerators": AcceleratorRow,
    "roadmap_figures": RoadmapFigureRow,
}


@dataclass(frozen=True)
class Evidence:
    """Every evidence table, as known on `as_of`.

    Attributes
    ----------
    as_of
        Rows published later are left out.
    sources
        The register that every row's `source` is looked up in.
    digests
        SHA-256 of each table's file, before any row is left out; of a table that own rows are
        laid over, of both.
    own
        Table → ids of rows that are laid over the built-in ones; empty where there are none.
    """

    as_of: date
    sources: Sources
    digests: dict[str, str]
    confidence_grades: tuple[GradeRow, ...]
    training_runs: tuple[RunRow, ...]
    sevilla_large_scale: tuple[RunRow, ...]
    trend_studies: tuple[TrendStudyRow, ...]
    scaling_studies: tuple[StudyRow, ...]
    scaling_projections: tuple[ProjectionRow, ...]
    utilisation: tuple[UtilisationRow, ...]
    campaigns: tuple[CampaignRow, ...]
    national_runs: tuple[NationalRunRow, ...]
    ceilings: tuple[CeilingRow, ...]
    run_lengths: tuple[RunLengthRow, ...]
    goodput: tuple[GoodputRow, ...]
    accelerators: tuple[AcceleratorRow, ...]
    roadmap_figures: tuple[RoadmapFigureRow, ...]
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, tuple[Row, ...]]:
        """Table name → its rows."""
        return {name: getattr(self, name) for name in TABLES}

    def known_on(self, day: date) -> "Evidence":
        """Return the evidence as it was known on a day.

        The confidence grades describe how figures are read and stay whatever the day. Figures
        keep the value of their table's vintage: a later revision of an old figure is not undone.

        Raises
        ------
        ScenarioError
            The day lies after `as_of`: later rows are not here.
        """
        if day > self.as_of:
            raise ScenarioError(
                "as_of", str(day), f"a day up to {self.as_of}, when this evidence was closed"
            )
        known = {
            name: tuple(row for row in rows if row.published <= day)
            for name, rows in self.tables.items()
            if name != "confidence_grades"
        }
        own = {
            name: kept
            for name, ids in self.own.items()
            if (kept := tuple(row.id for row in known.get(name, ()) if row.id in set(ids)))
        }
        return replace(self, as_of=day, own=own, **known)  # type: ignore[arg-type]


def load_evidence(directory: Path = EVIDENCE, as_of: date | None = None) -> Evidence:
    """Load every table, check its rows against the register of sources, and keep what was known.

    Parameters
    ----------
    directory
        Folder of the CSV tables; `sources.toml` stands in it or beside it, or is the built-in
        one. A folder with at
        most half of the tables holds own rows, which are laid over the built-in ones
        (`priors.own.overlay.lay_over`).
    as_of
        The day; the day the evidence was closed if not given.

    Raises
    ------
    EvidenceError
        A table breaks its schema, cites an unknown source, or dates a row after the day the
        evidence was closed.
    ScenarioError
        `as_of` lies after that day.
    """
    directory = directory.resolve()
    evidence = _with_own(directory) if is_overlay(directory, TABLES) else _whole(directory)
    return evidence if as_of is None else evidence.known_on(as_of)


def _whole(directory: Path) -> Evidence:
    """Evidence of a folder that has every table."""
    registers = (directory / SOURCES_FILE, directory.parent / SOURCES_FILE)
    sources = load_sources(next((path for path in registers if path.exists()), SOURCES))
    paths = {name: directory / f"{name}.csv" for name in TABLES}
    tables = {name: read_table(paths[name], row_type) for name, row_type in TABLES.items()}
    digests = {name: digest(path) for name, path in paths.items()}
    return _checked(Evidence(sources.as_of, sources, digests, **tables))  # type: ignore[arg-type]


def _with_own(directory: Path) -> Evidence:
    """Built-in evidence with the rows of a folder laid over it."""
    below = _whole(EVIDENCE)
    above = lay_over(directory, TABLES, below.tables, below.sources)
    for name, ids in above.own.items():
        own = set(ids)
        _check_days(f"{name}.csv", [row for row in above.tables[name] if row.id in own], above)
    digests = {
        name: combined(first, above.digests[name]) if name in above.own else first
        for name, first in below.digests.items()
    }
    return _checked(
        Evidence(
            as_of=above.sources.as_of,
            sources=above.sources,
            digests=digests,
            own=above.own,
            **above.tables,  # type: ignore[arg-type]
        )
    )


def _checked(evidence: Evidence) -> Evidence:
    for name, rows in evidence.tables.items():
        _check_rows(f"{name}.csv", rows, evidence.sources)
    _check_references(evidence.tables)
    refuse_overlapping_studies(evidence.scaling_studies)
    return evidence


def _check_days(file: str, rows: Iterable[Row], above: Overlay) -> None:
    """Refuse an own row that is dated after its source was looked at.

    Own rows move the day on which the evidence ends; a misprinted year must not.
    """
    for row in rows:
        source = above.sources.require(row.source, f"{file}, {row.id}, source")
        if row.published > source.accessed:
            raise EvidenceError(
                f"{file}, {row.id}, published",
                str(row.published),
                f"a day up to {source.accessed}, when its source {row.source} was accessed",
            )


def _check_rows(file: str, rows: tuple[Row, ...], sources: Sources) -> None:
    for row in rows:
        where = f"{file}, {row.id}"
        sources.require(row.source, f"{where}, source")
        if row.published > sources.as_of:
            raise EvidenceError(
                f"{where}, published",
                str(row.published),
                f"a day up to {sources.as_of}, when the evidence was closed (sources.toml as_of)",
            )


def _check_references(tables: dict[str, tuple[Row, ...]]) -> None:
    """Refuse a row that points to a row which is not there."""
    for table, column, target in (
        ("campaigns", "step_id", "utilisation"),
        ("sevilla_large_scale", "revised_id", "training_runs"),
        ("national_runs", "training_run_id", "training_runs"),
        ("run_lengths", "training_run_id", "training_runs"),
        ("goodput", "campaign_id", "campaigns"),
        ("scaling_studies", "superseded_by", "scaling_studies"),
    ):
        known = {row.id for row in tables[target]}
        for row in tables[table]:
            reference = getattr(row, column)
            if reference is not None and reference not in known:
                raise EvidenceError(
                    f"{table}.csv, {row.id}, {column}", repr(reference), f"an id of {target}.csv"
                )
    grades = {row.grade for row in tables["confidence_grades"] if isinstance(row, GradeRow)}
    for table, rows in tables.items():
        for row in rows:
            if isinstance(row, RunRow | NationalRunRow) and row.confidence not in grades:
                raise EvidenceError(
                    f"{table}.csv, {row.id}, confidence",
                    repr(row.confidence),
                    "a grade of confidence_grades.csv",
                )
