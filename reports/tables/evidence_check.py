"""Table of `eflops evidence check`: figures that disagree with their neighbours."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from analysis.evidence_check import Finding
from reports.tables.style import new_table


def findings_table(findings: Iterable[Finding]) -> Table:
    """Show what the checks of the evidence flag."""
    table = new_table("Figures that do not agree with their neighbours")
    for heading in ("check", "table", "row"):
        table.add_column(heading, overflow="fold")
    for heading in ("found", "implied"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("explained", overflow="fold")
    for finding in findings:
        table.add_row(
            finding.check,
            finding.table,
            finding.row,
            f"{finding.found:.4g}",
            f"{finding.expected:.4g}",
            finding.acknowledged or Text("no", style="red"),
        )
    return table
