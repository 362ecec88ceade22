"""Table of `eflops reproduce`."""

from collections.abc import Iterable

from rich.console import RenderableType
from rich.text import Text

from analysis.numbers import significant
from analysis.reproduce.recompute import Reproduced
from analysis.words import say
from reports.tables.style import add_labels, add_names, add_numbers, new_table


def reproduction_table(items: Iterable[Reproduced]) -> RenderableType:
    """Every figure of the roadmap beside what its rule gives."""
    table = new_table(say("reproduce.title"))
    add_names(table, "section", "figure", "rule")
    add_numbers(table, "printed", "recomputed", "difference")
    add_labels(table, "verdict")
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
