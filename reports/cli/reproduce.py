"""`eflops reproduce`: the roadmap's figures recomputed."""

import typer

from priors.evidence import EVIDENCE, load_evidence
from reports.cli.request.options import (
    AsJson,
    EvidenceFolder,
    print_json,
    stdout,
)
from reports.exit_codes import FAILED_CHECK


def reproduce(as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE) -> None:
    """Recompute every figure that the roadmap prints, each with a verdict.

    Example: eflops reproduce --json
    """
    from analysis.reproduce.recompute import recompute_figures
    from analysis.words import say
    from reports.tables.reproduce import reproduction_table

    items = recompute_figures(load_evidence(evidence_folder))
    if as_json:
        figures = [
            {
                **item.figure.model_dump(mode="json"),
                "recomputed": item.recomputed,
                "difference": item.difference,
                "verdict": item.verdict,
            }
            for item in items
        ]
        print_json({"figures": figures})
    else:
        console = stdout()
        console.print(reproduction_table(items))
        for item in items:
            if item.verdict == "misprint":
                figure = item.figure
                said = say("reproduce.misprint", figure=figure.id, erratum=figure.erratum)
                console.print(f"· {said}", markup=False)
    if any(item.verdict == "differs" for item in items):
        raise typer.Exit(FAILED_CHECK)
