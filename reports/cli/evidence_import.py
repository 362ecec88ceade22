"""`eflops evidence import`: data of others as rows of evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, Evidence, load_evidence
from priors.imports.foreign_table import ForeignTable, read_foreign
from priors.imports.reading import Reading, reading_of
from priors.prior_rows import load_priors
from priors.records.laws import StudyRow
from priors.records.row import Row
from priors.sources import Source, slug
from priors.tables import table_text
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.options import (
    AsJson,
    EvidenceFolder,
    Seed,
    day,
    print_json,
    progress_bars,
    stdout,
)
from reports.cli.request.own_source import (
    Licence,
    Producer,
    SourceKey,
    Title,
    Url,
    with_source,
)
from reports.cli.request.plain import day as parse_day
from reports.new_file import check_new_file, write_new_file
from reports.own_folder import add_rows, evidence_of


class Kind(StrEnum):
    """What a file holds."""

    ISOFLOP = "isoflop"
    EPOCH = "epoch"


#: A run among so many largest at its release is of the frontier.
_TOP = 10

_STUDY, _TRAINING = "Own runs (--kind isoflop)", "Epoch AI's models (--kind epoch)"


def evidence_import(
    file: Annotated[Path, typer.Argument(help="CSV file, as it is.")],
    kind: Annotated[Kind, typer.Option(help="Own training runs, or Epoch AI's list of models.")],
    out: Annotated[
        Path | None, typer.Option(help="Write the rows to this new CSV file.", metavar="FILE.csv")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Add the rows to this folder of own evidence.", metavar="DIR"),
    ] = None,
    source: SourceKey = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    drop_highest_loss: Annotated[
        int | None,
        typer.Option(
            min=0, help="Runs of highest loss to leave out (default 0).", rich_help_panel=_STUDY
        ),
    ] = None,
    resamples: Annotated[
        int | None,
        typer.Option(
            min=100, help="Bootstrap samples.", show_default="4000", rich_help_panel=_STUDY
        ),
    ] = None,
    seed: Seed = 1,
    study: Annotated[
        str | None, typer.Option(help="Name of the study.", rich_help_panel=_STUDY)
    ] = None,
    computed_from: Annotated[
        str | None,
        typer.Option(
            help="Slug of the set of runs; rows with the same one are not independent.",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="MEANING=COLUMN[:UNIT] for parameters, tokens, training_flop, loss or run; "
            "repeatable.",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="COLUMN=VALUE or COLUMN!=VALUE of the rows to read; repeatable.",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(help="Column of data sets: a fit of each.", rich_help_panel=_STUDY),
    ] = None,
    pool: Annotated[
        list[str] | None,
        typer.Option(
            help="Column whose values share one law all the same; repeatable.",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(help="Decimal mark, . or , (default: as told).", rich_help_panel=_STUDY),
    ] = None,
    published: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_day,
            metavar="DATE",
            help="Day of the study, or of a new source (default: when the evidence was closed).",
        ),
    ] = None,
    top: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"A run among so many largest at release is frontier (default {_TOP}).",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    vintage: Annotated[
        str | None,
        typer.Option(
            help="Edition (default: month in which the source was published).",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    skip_fine_tunes: Annotated[
        bool | None,
        typer.Option(
            "--skip-fine-tunes",
            help="Leave out models most of whose FLOP is that of their base model.",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    title: Title = None,
    producer: Producer = None,
    url: Url = None,
    licence: Licence = None,
) -> None:
    """Make rows of evidence from own training runs, or from Epoch AI's published CSV.

    Example: eflops evidence import runs.csv --kind isoflop --drop-highest-loss 5
    """
    only_for: dict[Kind, dict[str, object]] = {
        Kind.ISOFLOP: {
            "--drop-highest-loss": drop_highest_loss,
            "--resamples": resamples,
            "--study": study,
            "--computed-from": computed_from,
            "--column": column,
            "--where": where,
            "--group-by": group_by,
            "--pool": pool,
            "--decimal": decimal,
        },
        Kind.EPOCH: {"--top": top, "--vintage": vintage, "--skip-fine-tunes": skip_fine_tunes},
    }
    for other in set(Kind) - {kind}:
        _refuse_options(only_for[other], f"no such option with --kind {kind}")
    if out is not None:
        check_new_file(out)
    evidence = load_evidence(evidence_folder) if to is None else evidence_of(to)
    sources: dict[str, Source] = {}
    if source is not None:
        evidence, sources = with_source(
            evidence,
            source,
            title,
            published=published,
            given={"producer": producer, "url": url, "licence": licence},
        )
    destination = Destination(out, to, sources)
    if kind is Kind.EPOCH:
        _epoch(
            file,
            evidence,
            destination,
            source=source,
            vintage=vintage,
            top=_TOP if top is None else top,
            skip_fine_tunes=bool(skip_fine_tunes),
            as_json=as_json,
        )
        return
    if (out or to) is not None and source is None:
        raise ScenarioError(
            "--source", "nothing", "the id of a source in sources.toml, which every row cites"
        )
    table = read_foreign(file)
    reading = reading_of(
        table, columns=column or (), where=where or (), pool=pool or (), decimal=decimal
    )
    _isoflop(
        table,
        reading,
        evidence,
        destination,
        group_by=group_by,
        dropped=drop_highest_loss or 0,
        resamples=resamples,
        seed=seed,
        study=study or f"Own runs of {file.stem}",
        computed_from=computed_from,
        source=source,
        published=day(published) or evidence.as_of,
        as_json=as_json,
    )


@dataclass(frozen=True)
class Destination:
    """Where the rows of an import go: a new file, a folder of own evidence, or nowhere."""

    out: Path | None
    to: Path | None
    sources: Mapping[str, Source]

    @property
    def given(self) -> bool:
        """Whether rows are written at all."""
        return (self.out or self.to) is not None

    def write(self, table: str, rows: Sequence[Row]) -> None:
        """Write the rows; into a folder, only if they go with the evidence."""
        if not rows:
            return
        if self.out is not None:
            write_new_file(self.out, table_text(rows))
        if self.to is not None:
            add_rows(self.to, table, rows, self.sources)


def _epoch(
    file: Path,
    evidence: Evidence,
    destination: Destination,
    *,
    source: str | None,
    vintage: str | None,
    top: int,
    skip_fine_tunes: bool,
    as_json: bool,
) -> None:
    """Import Epoch AI's models, and say what became of them."""
    from priors.imports.epoch import describe_import, import_epoch
    from reports.tables.evidence_import import print_epoch

    imported = import_epoch(
        file, evidence, source=source, vintage=vintage, top=top, skip_fine_tunes=skip_fine_tunes
    )
    destination.write("training_runs", imported.runs)
    document = describe_import(imported, evidence, top)
    if as_json:
        print_json(document)
    else:
        print_epoch(document, None if destination.given else imported.runs, stdout())


def _isoflop(
    table: ForeignTable,
    reading: Reading,
    evidence: Evidence,
    destination: Destination,
    *,
    group_by: str | None,
    dropped: int,
    resamples: int | None,
    seed: int,
    study: str,
    computed_from: str | None,
    source: str | None,
    published: date,
    as_json: bool,
) -> None:
    """Fit the law to own runs, and say what it gives; a row needs a source."""
    from analysis.evidence_import.own_runs import RESAMPLES, import_own_runs
    from analysis.evidence_import.row import Citation, id_of
    from priors.imports.isoflop_runs import groups_of, isoflop_runs_of
    from reports.tables.evidence_import import print_groups, print_isoflop

    stem = Path(table.file).stem
    documents: dict[str, Json] = {}
    for group, one in groups_of(table, reading, group_by).items():
        runs_id = slug(f"{computed_from or stem} {group}")
        citation = None
        if source is not None:
            runs_id = runs_id or id_of(stem, "--computed-from")
            citation = Citation(f"{study} {group}".strip(), runs_id, source, published)
            citation.check(evidence)
        with progress_bars() as progress:
            documents[group] = import_own_runs(
                isoflop_runs_of(table, one),
                evidence,
                load_priors(),
                seed=seed,
                citation=citation,
                runs_id=runs_id,
                dropped=dropped,
                resamples=RESAMPLES if resamples is None else resamples,
                progress=progress,
            )
        end_on_failed(documents[group]["checks"])
    rows = [document["row"] for document in documents.values() if document["row"] is not None]
    destination.write("scaling_studies", [StudyRow.model_validate(row) for row in rows])
    if group_by is not None:
        if as_json:
            print_json({"kind": "isoflop", "group_by": group_by, "groups": documents})
        else:
            print_groups(documents, stdout())
    elif as_json:
        print_json(documents[""])
    else:
        print_isoflop(documents[""], stdout())


def _refuse_options(options: Mapping[str, object], expected: str) -> None:
    for name, value in options.items():
        if value is not None:
            raise ScenarioError(name, str(value), expected)
