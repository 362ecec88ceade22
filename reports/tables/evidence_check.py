"""Table of `eflops evidence check`."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from analysis.evidence_check import Finding
from analysis.words import say
from reports.tables.style import add_names, add_numbers, new_table


def findings_table(findings: Iterable[Finding]) -> Table:
    """Show what the checks of the evidence flag."""
    table = new_table(say("evidence_check.title"))
    add_names(table, "check", "table", "row")
    add_numbers(table, "found", "implied")
    add_names(table, "explained")
    for finding in findings:
        table.add_row(
            finding.check,
            finding.table,
            finding.row,
            f"{finding.found:.4g}",
            f"{finding.expected:.4g}",
            finding.acknowledged or Text(say("verdicts.no"), style="red"),
        )
    return table
