"""Table of `eflops evidence list`."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from analysis.words import say
from priors.records.row import Row
from reports.tables.style import new_table


def evidence_table(name: str, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Show some columns of an evidence table."""
    table = new_table(say("evidence_list.title", name=name, count=len(rows)))
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(getattr(row, column))) for column in columns))
    return table


def _cell(value: Any) -> str:  # noqa: ANN401 - any field of a record
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
