"""The commands `eflops evidence …` and `eflops priors …`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, TABLES, load_evidence
from priors.prior_rows import PRIORS, load_priors
from reports.cli_import import evidence_import
from reports.cli_options import (
    AsJson,
    AsOf,
    EvidenceFolder,
    PriorsFile,
    day,
    print_json,
    stdout,
)
from reports.cli_priors_check import priors_check
from reports.exit_codes import FAILED_CHECK

evidence_app = typer.Typer(help="The evidence, as tables.", no_args_is_help=True)
priors_app = typer.Typer(help="The beliefs, as tables.", no_args_is_help=True)
evidence_app.command("import")(evidence_import)
priors_app.command("check")(priors_check)


@evidence_app.command("check")
def evidence_check(
    as_of: AsOf = None, as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE
) -> None:
    """Check the evidence against itself: flags what does not add up.

    Example: eflops evidence check
    """
    from analysis.consistency import check_evidence, stale_errata
    from reports.tables import findings_table

    evidence = load_evidence(evidence_folder, day(as_of))
    findings = check_evidence(evidence)
    stale = stale_errata(evidence, findings)
    unexplained = [finding for finding in findings if finding.acknowledged is None]
    if as_json:
        document = {"findings": [asdict(finding) for finding in findings], "stale_errata": stale}
        print_json(document)
    else:
        console = stdout()
        rows = {name: len(table) for name, table in evidence.tables.items()}
        console.print(", ".join(f"{name} {count}" for name, count in rows.items()) + " rows read")
        console.print(findings_table(findings))
        explained = len(findings) - len(unexplained)
        console.print(f"{len(findings)} flagged, {explained} of them explained by the row")
        for table, row in stale:
            console.print(f"{table}.csv, {row}: an erratum that no check flags")
    if unexplained or stale:
        raise typer.Exit(FAILED_CHECK)


@evidence_app.command("list")
def evidence_list(
    table: Annotated[str | None, typer.Argument(help="Table; all of them if not given.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
) -> None:
    """List the rows of the evidence with how well each is known.

    Example: eflops evidence list utilisation --as-of 2024-03-08
    """
    from reports.tables import evidence_table

    if table is not None and table not in TABLES:
        raise ScenarioError("table", repr(table), f"one of {', '.join(TABLES)}")
    evidence = load_evidence(evidence_folder, day(as_of))
    chosen = evidence.tables if table is None else {table: evidence.tables[table]}
    if as_json:
        print_json(
            {name: [row.model_dump(mode="json") for row in rows] for name, rows in chosen.items()}
        )
        return
    for name, rows in chosen.items():
        stdout().print(evidence_table(name, rows, _COLUMNS[name]))


@priors_app.command("show")
def priors_show(
    name: Annotated[str | None, typer.Argument(help="Set; all of them if not given.")] = None,
    as_json: AsJson = False,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Show the priors, one row per parameter.

    Example: eflops priors show updated
    """
    from reports.tables import priors_table

    priors = load_priors(load_evidence().sources, priors_file)
    if name is not None and name not in priors.sets:
        raise ScenarioError("set", repr(name), f"one of {', '.join(priors.sets)}")
    chosen = priors.sets if name is None else {name: priors.sets[name]}
    if as_json:
        print_json(
            {
                key: {row: json.loads(prior.model_dump_json()) for row, prior in rows.items()}
                for key, rows in chosen.items()
            }
        )
        return
    for key, rows in chosen.items():
        stdout().print(priors_table(key, rows))


#: Columns that a listing of each table shows.
_COLUMNS = {
    "confidence_grades": ("grade", "factor", "interval_mass", "sd", "verification", "source"),
    "training_runs": (
        *("published", "system", "training_flop", "confidence", "verification", "source"),
    ),
    "sevilla_large_scale": (
        *("published", "system", "training_flop", "confidence", "verification", "source"),
    ),
    "trend_studies": (
        *("study", "selection", "slope", "slope_low", "slope_high", "interval_mass"),
        *("verification", "source"),
    ),
    "scaling_studies": (
        *("id", "a", "a_low", "a_high", "interval_mass", "set", "verification", "source"),
    ),
    "scaling_projections": (
        *("id", "parameters", "training_flop", "tokens", "reference_units", "verification"),
    ),
    "utilisation": (
        *("system", "devices", "precision", "definition", "efficiency", "use"),
        *("verification", "source"),
    ),
    "campaigns": ("system", "devices", "precision", "efficiency", "verification", "source"),
    "roadmap_figures": ("section", "quantity", "subject", "printed", "unit", "original"),
}
