"""`eflops evidence list`: the rows of the evidence."""

from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, TABLES, load_evidence
from reports.cli.request.options import (
    AsJson,
    AsOf,
    EvidenceFolder,
    day,
    print_json,
    stdout,
)

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
        *("study", "selection", "quantity", "slope", "slope_low", "slope_high", "interval_mass"),
        *("verification", "source"),
    ),
    "scaling_studies": (
        *("id", "a", "a_low", "a_high", "interval_mass", "set", "verification", "source"),
    ),
    "scaling_projections": (
        *("id", "parameters", "training_flop", "tokens", "reference_units", "verification"),
    ),
    "ceilings": ("ceiling", "quantity", "kind", "by_year", "value", "verification", "source"),
    "run_lengths": ("published", "system", "days", "confidence", "use", "verification", "source"),
    "accelerators": ("accelerator", "bf16_tflops", "fp8_tflops", "watts", "status", "source"),
    "goodput": ("system", "devices", "goodput", "bound", "use", "verification", "source"),
    "national_runs": (
        *("published", "system", "programme", "funding", "training_flop", "verification", "source"),
    ),
    "utilisation": (
        *("system", "devices", "precision", "definition", "efficiency", "use"),
        *("verification", "source"),
    ),
    "campaigns": ("system", "devices", "precision", "efficiency", "verification", "source"),
    "roadmap_figures": ("section", "quantity", "subject", "printed", "unit", "original"),
}


def evidence_list(
    table: Annotated[str | None, typer.Argument(help="Table; all of them if not given.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
) -> None:
    """List the rows of the evidence with how well each is known.

    Example: eflops evidence list utilisation --as-of 2024-03-08
    """
    from reports.tables.evidence_list import evidence_table

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
