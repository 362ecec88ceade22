"""Import of Epoch AI's published CSV as training runs."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from priors.documents import Json
from priors.errors import EvidenceError, ScenarioError
from priors.evidence import Evidence
from priors.imports import epoch_editions as columns
from priors.imports.epoch_editions import Layout, recognise
from priors.imports.epoch_ids import with_ids
from priors.imports.epoch_record import Remark, day_of, reason_to_skip, remarks_on, run_of
from priors.imports.foreign_table import ForeignTable, Record, read_foreign
from priors.records.runs import RunRow
from priors.selection.frontier import by_date, running_top
from priors.sources import Source

#: Dates after the edition that are taken for misprints: so many or this share of all, but of a
#: short file no more than the last.
_MISPRINTS = 1
_MISPRINTED_SHARE = 0.005
_LARGEST_SHARE = 0.2


@dataclass(frozen=True)
class EpochImport:
    """What an import of the file gives.

    Attributes
    ----------
    file, records
        Its name, and how many models it lists.
    layout
        Edition that its columns belong to.
    vintage, source
        Of every run.
    runs
        By date, with the frontier computed among them.
    skipped, remarks
        Rows left out, and rows kept that a reader should look at.
    """

    file: str
    records: int
    layout: Layout
    vintage: str
    source: str
    runs: tuple[RunRow, ...]
    skipped: tuple[Remark, ...]
    remarks: tuple[Remark, ...]


def import_epoch(
    path: Path,
    evidence: Evidence,
    *,
    source: str | None = None,
    vintage: str | None = None,
    top: int,
    skip_fine_tunes: bool = False,
) -> EpochImport:
    """Read the file, leave out what is no dated training run, and rank the rest.

    Parameters
    ----------
    path
        Epoch AI's CSV of models, as downloaded.
    evidence
        Gives the register of sources, the day the evidence was closed, and the ids that the
        systems already go by.
    source
        Id of the edition; by default the one that the built-in table cites, if the columns fit.
    vintage
        Edition written into each row; by default the month in which the source was published.
    top
        A run is of the frontier if among so many largest at its release, of those with a known
        training compute in the file.
    skip_fine_tunes
        Leave out models most of whose FLOP is that of their base model. They are kept by default,
        as the built-in table and Epoch AI's own flag keep them.

    Raises
    ------
    EvidenceError
        Columns of no edition or of two, an edition older or newer than its source, a model that
        stands twice with different figures, or no row left.
    ScenarioError
        The source is not registered.
    """
    table = read_foreign(path)
    layout = recognise(table)
    source_id, registered = _source(table, layout, source, evidence)
    _refuse_newer(table, layout, source_id, registered)
    closed = max(evidence.as_of, registered.published)
    edition = vintage or f"{registered.published:%Y-%m}"
    kept: list[tuple[Record, RunRow]] = []
    skipped = [
        Remark(row, "", "another number of cells", f"{count} of {len(table.header)}")
        for row, count in table.ragged.items()
    ]
    for record in table.records:
        skip = reason_to_skip(
            record, layout, closed, registered.published, skip_fine_tunes=skip_fine_tunes
        )
        if skip is None:
            kept.append((record, run_of(record, layout, source=source_id, vintage=edition)))
        else:
            skipped.append(skip)
    repeated = _repeated(table, kept)
    kept = [(record, run) for record, run in kept if record.number not in repeated]
    skipped = sorted([*skipped, *repeated.values()], key=lambda remark: remark.row)
    if not kept:
        raise EvidenceError(
            table.file, f"no row to import: {_first(skipped)}", "dated models with training compute"
        )
    runs = with_ids(by_date([run for _, run in kept]), evidence.training_runs)
    frontier = {run.id for run in running_top(runs, rank=top)}
    return EpochImport(
        file=table.file,
        records=len(table.records) + len(table.ragged),
        layout=layout,
        vintage=edition,
        source=source_id,
        runs=tuple(
            run.model_copy(update={"frontier_as_compiled": run.id in frontier}) for run in runs
        ),
        skipped=tuple(skipped),
        remarks=tuple(remark for record, run in kept for remark in remarks_on(record, layout, run)),
    )


def count(remarks: Iterable[Remark]) -> dict[str, list[Remark]]:
    """Gather remarks by reason, the most frequent first."""
    by_reason: dict[str, list[Remark]] = {}
    for remark in remarks:
        by_reason.setdefault(remark.reason, []).append(remark)
    return dict(sorted(by_reason.items(), key=lambda item: -len(item[1])))


def missing_references(imported: EpochImport, evidence: Evidence) -> list[str]:
    """Ids that other tables point to and the import lacks: they would not load together."""
    ids = {run.id for run in imported.runs}
    revised = (row.revised_id for row in evidence.sevilla_large_scale)
    return sorted({run_id for run_id in revised if run_id is not None} - ids)


def describe_import(imported: EpochImport, evidence: Evidence, top: int) -> Json:
    """Say what became of the file, as `eflops evidence import --kind epoch --json` has it.

    Parameters
    ----------
    imported
        From `import_epoch`.
    evidence
        Beside which the rows would stand.
    top
        A run among so many largest at its release is of the frontier.
    """
    missing = missing_references(imported, evidence)
    warnings = []
    if missing:
        warnings.append(
            f"sevilla_large_scale.csv points to {', '.join(missing)}: the rows load laid over the "
            "built-in ones (--to), not in the place of training_runs.csv."
        )
    if len(imported.runs) > 1 and all(run.frontier_as_compiled for run in imported.runs):
        warnings.append(
            f"All {len(imported.runs)} rows are frontier, among the {top} largest at their "
            "release: was the file filtered? Flags are computed among the rows of the file."
        )
    return {
        "kind": "epoch",
        "file": imported.file,
        "edition": imported.layout.edition,
        "vintage": imported.vintage,
        "source": imported.source,
        "records": imported.records,
        "top": top,
        "frontier": sum(bool(run.frontier_as_compiled) for run in imported.runs),
        "skipped": _listed(imported.skipped),
        "remarks": _listed(imported.remarks),
        "warnings": warnings,
        "rows": [run.model_dump(mode="json") for run in imported.runs],
    }


def _listed(remarks: Iterable[Remark]) -> Json:
    return {reason: [asdict(one) for one in found] for reason, found in count(remarks).items()}


def _source(
    table: ForeignTable, layout: Layout, source: str | None, evidence: Evidence
) -> tuple[str, Source]:
    known = evidence.sources.by_id
    if source is None:
        if layout.source is None:
            raise EvidenceError(
                table.file,
                f"the columns of the edition of {layout.edition}",
                "--source with the id of that edition, registered in sources.toml: values are "
                "revised between editions",
            )
        source = layout.source
    if source not in known:
        raise ScenarioError(
            "--source", repr(source), "the id of a source registered in sources.toml"
        )
    return source, known[source]


def _refuse_newer(table: ForeignTable, layout: Layout, source_id: str, registered: Source) -> None:
    """Refuse a file with many models which its source cannot have known; a few are misprints."""
    dated = [(day, record) for record in table.records if (day := day_of(record)) is not None]
    late = [(day, record) for day, record in dated if day > registered.published]
    few = len(late) <= max(_MISPRINTS, _MISPRINTED_SHARE * len(dated))
    if late and not (few and len(late) <= _LARGEST_SHARE * len(dated)):
        day, newest = max(late, key=lambda pair: pair[0])
        raise EvidenceError(
            f"{table.file}, row {newest.number}, {columns.DATE}",
            f"{day} ({newest.text(layout.model)})",
            f"no model later than {registered.published}, when {source_id} was published: another "
            "edition needs a --source of its own",
        )


def _repeated(table: ForeignTable, kept: Sequence[tuple[Record, RunRow]]) -> dict[int, Remark]:
    """Row → remark, for rows that repeat a run of an earlier one."""
    by_name: dict[tuple[str, date], tuple[Record, RunRow]] = {}
    by_figure: dict[tuple[str, date, float], Record] = {}
    repeated = {}
    for record, row in kept:
        earlier = by_name.setdefault((row.system, row.published), (record, row))
        if earlier[1].training_flop != row.training_flop:
            raise EvidenceError(
                f"{table.file}, row {record.number}, {columns.COMPUTE}",
                f"{row.training_flop:g} for {row.system!r} of {row.published}, which row "
                f"{earlier[0].number} gives {earlier[1].training_flop:g}",
                "every model once, from one edition of the file",
            )
        figure = row.organization, row.published, row.training_flop
        first = by_figure.setdefault(figure, record)
        if first is not record:
            repeated[record.number] = Remark(
                record.number,
                row.system,
                "same organization, day and FLOP as another row",
                f"row {first.number}",
            )
    return repeated


def _first(skipped: Sequence[Remark]) -> str:
    reason, remarks = next(iter(count(skipped).items()))
    detail = f" ({remarks[0].detail})" if remarks[0].detail else ""
    return f"{reason}, {len(remarks)} of {len(skipped)}, first in row {remarks[0].row}{detail}"
