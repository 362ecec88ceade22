"""Every check of the evidence, and errata that no check flags.

No check knows a row by name. A row whose `erratum` says what is wrong is acknowledged; a flag
without one, or an erratum without a flag, is a failure.
"""

from analysis.evidence_check import across_rows, single_rows
from analysis.evidence_check.finding import Finding
from priors.evidence import Evidence
from priors.thresholds import thresholds


def check_evidence(evidence: Evidence) -> list[Finding]:
    """Run every check over every table.

    Returns
    -------
    list of Finding
        In the order of the checks; empty if all adds up.
    """
    limit = thresholds("evidence")
    checks = (*single_rows.CHECKS, *across_rows.CHECKS)
    return [finding for check in checks for finding in check(evidence, limit)]


def stale_errata(evidence: Evidence, findings: list[Finding]) -> list[tuple[str, str]]:
    """Table and id of rows with an erratum that no check flags."""
    flagged = {(finding.table, finding.row) for finding in findings}
    return [
        (table, row.id)
        for table, rows in evidence.tables.items()
        for row in rows
        if row.erratum and (table, row.id) not in flagged
    ]
