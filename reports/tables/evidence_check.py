"""Table of `eflops evidence check`."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from analysis.evidence_check.finding import Finding
from analysis.words import say
from reports.tables.style import add_names, add_numbers, new_table, note


def findings_table(findings: Sequence[Finding]) -> Iterator[Table | Text]:
    """Show what the checks of the evidence flag, and below what the rows say to it."""
    table = new_table(say("evidence_check.title"))
    add_names(table, "check")
    add_names(table, "row")
    add_numbers(table, "found", "implied")
    add_names(table, "explained")
    for finding in findings:
        table.add_row(
            finding.check,
            f"{finding.table}\n{finding.row}",
            _figure(finding.found),
            _figure(finding.expected),
            say("verdicts.yes") if finding.acknowledged else Text(say("verdicts.no"), style="red"),
        )
    yield table
    explained = {(one.table, one.row): one.acknowledged for one in findings if one.acknowledged}
    for (file, row), why in explained.items():
        yield note(say("evidence_check.explained", table=file, row=row, why=why))


def _figure(value: float) -> str:
    """Four digits, of which a date or count keeps all before the point."""
    return f"{value:.1f}" if 1000 <= value < 10_000 else f"{value:.4g}"
