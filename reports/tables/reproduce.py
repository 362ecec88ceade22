"""Table of `eflops reproduce`: every figure of the roadmap with its verdict."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from analysis.reproduce.recompute import Reproduced
from reports.numbers import significant
from reports.tables.style import new_table


def reproduction_table(items: Iterable[Reproduced]) -> RenderableType:
    """Every figure of the roadmap beside what its rule gives."""
    table = new_table("The roadmap's figures, recomputed")
    for heading in ("section", "figure", "rule"):
        table.add_column(heading, overflow="fold")
    for heading in ("printed", "recomputed", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for item in items:
        figure = item.figure
        table.add_row(
            figure.section,
            f"{figure.quantity} ({figure.subject})",
            figure.rule,
            significant(figure.printed, figure.digits),
            "–" if item.recomputed is None else significant(item.recomputed, figure.digits + 1),
            "–" if item.difference is None else f"{100 * item.difference:+.2g} %",
            Text(item.verdict, style="red" if item.verdict in {"misprint", "differs"} else ""),
        )
    return table
