"""The command `eflops evidence check`: the evidence against itself."""

from dataclasses import asdict

import typer

from priors.evidence import EVIDENCE, load_evidence
from reports.cli.options import (
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
    """Check the evidence against itself: flags what does not add up.

    Example: eflops evidence check
    """
    from analysis.evidence_check import check_evidence, stale_errata
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
        console.print(", ".join(f"{name} {count}" for name, count in rows.items()) + " rows read")
        console.print(findings_table(findings))
        explained = len(findings) - len(unexplained)
        console.print(f"{len(findings)} flagged, {explained} of them explained by the row")
        for table, row in stale:
            console.print(f"{table}.csv, {row}: an erratum that no check flags")
    if unexplained or stale:
        raise typer.Exit(FAILED_CHECK)
