"""Own rows that contradict the evidence beside which they would stand."""

from collections.abc import Collection

from analysis.evidence_check.across_rows import PEAK_CHECK
from analysis.evidence_check.finding import Finding
from analysis.own_evidence import contradictions
from priors.errors import EvidenceError
from priors.evidence import Evidence
from priors.records.machines import EfficiencyRow


def refuse_contradictions(evidence: Evidence, table: str, ids: Collection[str]) -> None:
    """Refuse new rows that a check of the evidence flags and that no erratum explains.

    Raises
    ------
    EvidenceError
        The first of them, with what the check expects.
    """
    flagged = [
        finding
        for finding in contradictions(evidence)
        if finding.table == table and finding.row in ids
    ]
    for finding in flagged:
        more = f" (and {len(flagged) - 1} more)" if len(flagged) > 1 else ""
        raise EvidenceError(
            f"{table}.csv, {finding.row}",
            f"{finding.found:g} ({finding.check})",
            f"{finding.expected:g}{_consequence(evidence, finding)}, or an erratum that says why "
            f"not{more}",
        )


def _consequence(evidence: Evidence, finding: Finding) -> str:
    """Say what an efficiency is at the peak that is expected."""
    row = next(row for row in evidence.tables[finding.table] if row.id == finding.row)
    if finding.check != PEAK_CHECK or not isinstance(row, EfficiencyRow):
        return ""
    return f", at which the efficiency is {row.efficiency * finding.found / finding.expected:.3f}"
