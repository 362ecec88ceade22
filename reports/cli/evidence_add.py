"""`eflops evidence add`: a row of one's own."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from priors.documents import visible
from priors.errors import ScenarioError
from priors.evidence import TABLES
from priors.own.rows import cells_of_file, cells_of_options, new_row
from reports.cli.request.options import AsJson, print_json, stdout
from reports.cli.request.own_source import (
    Licence,
    Producer,
    SourceKey,
    Title,
    Url,
    with_source,
)
from reports.cli.request.plain import day as parse_day


def evidence_add(
    table: Annotated[str, typer.Argument(help="Table of the evidence, such as utilisation.")],
    to: Annotated[Path, typer.Option(help="Folder of own evidence.", metavar="DIR")],
    source: SourceKey = None,
    cells: Annotated[
        list[str] | None,
        typer.Option("--set", help="COLUMN=VALUE of the row; repeatable.", metavar="CELL"),
    ] = None,
    from_file: Annotated[
        Path | None,
        typer.Option("--from", help="CSV file of rows, with the table's columns.", metavar="FILE"),
    ] = None,
    published: Annotated[
        datetime | None,
        typer.Option(
            parser=parse_day,
            metavar="DATE",
            help="Day from which the figures are known (default: today).",
        ),
    ] = None,
    title: Title = None,
    producer: Producer = None,
    url: Url = None,
    licence: Licence = None,
    as_json: AsJson = False,
) -> None:
    """Add a row to a folder of own evidence, which --evidence lays over the built-in one.

    Example: eflops evidence add goodput --to mine --from rows.csv --source ours --title "Our runs"
    """
    from analysis.evidence_add import refuse_contradictions
    from reports.own_folder import add_rows, evidence_of
    from reports.tables.evidence_add import print_added

    if table not in TABLES:
        raise ScenarioError("table", repr(table), f"one of {', '.join(TABLES)}")
    if (from_file is None) == (not cells):
        raise ScenarioError("--set and --from", "both or neither", "one of them: cells, or a file")
    rows = (
        cells_of_file(from_file)
        if from_file is not None
        else {"--set": cells_of_options(cells or ())}
    )
    cited = source or next((found["source"] for found in rows.values() if "source" in found), None)
    evidence, sources = with_source(
        evidence_of(to),
        cited,
        title,
        published=published,
        given={"producer": producer, "url": url, "licence": licence},
    )
    assert cited is not None  # with_source refuses no source
    day = published.date() if published else evidence.sources.by_id[cited].published
    made = [
        new_row(TABLES[table], {"published": str(day), **found}, where, cited)
        for where, found in rows.items()
    ]
    added = add_rows(
        to,
        table,
        made,
        sources,
        check=lambda found: refuse_contradictions(found, table, {row.id for row in made}),
    )
    document = {
        "table": table,
        "folder": visible(str(to)),
        "rows": [row.model_dump(mode="json") for row in made],
        "sources": sorted(sources),
        "evidence_as_of": str(added.as_of),
    }
    if as_json:
        print_json(document)
    else:
        print_added(document, stdout())
