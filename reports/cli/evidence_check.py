"""`eflops evidence check`: consistency of the evidence."""

from dataclasses import asdict

import typer
from rich.console import Group

from priors.evidence import EVIDENCE, load_evidence
from reports.cli.request.options import (
    AsJson,
    AsOf,
    EvidenceFolder,
    day,
    print_json,
    stdout,
)
from reports.exit_codes import FAILED_CHECK


def evidence_check(
    as_of: AsOf = None, as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE
) -> None:
    """Check the evidence against itself, and flag figures that do not add up.

    Example: eflops evidence check
    """
    from analysis.evidence_check.check import check_evidence, stale_errata
    from analysis.words import say
    from reports.tables.evidence_check import findings_table

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
        counts = ", ".join(f"{name} {count}" for name, count in rows.items())
        console.print(say("evidence_check.read", counts=counts))
        console.print(Group(*findings_table(findings)))
        explained = len(findings) - len(unexplained)
        flagged = len(findings)
        console.print(say("evidence_check.flagged", flagged=flagged, explained=explained))
        for table, row in stale:
            console.print(say("evidence_check.stale", table=table, row=row))
    if unexplained or stale:
        raise typer.Exit(FAILED_CHECK)
