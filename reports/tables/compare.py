"""Tables of `eflops compare`."""

from rich.console import Console

from analysis.words import say
from priors.documents import Json
from reports.numbers import by_mcse
from reports.tables.style import add_labels, add_numbers, new_table, note


def print_comparison(comparison: Json, console: Console) -> None:
    """Print ratios to the baseline, paired by draw, and the parts of each shift."""
    baseline = comparison["baseline"]
    for name, rows in comparison["comparisons"].items():
        table = new_table(say("compare.ratio", name=name, baseline=baseline))
        add_labels(table, "year", "days", "quantity")
        add_numbers(table, "median")
        for interval in ("50 %", "90 %"):
            table.add_column(interval, justify="right", no_wrap=True)
        add_numbers(table, "more")
        for row in rows:
            table.add_row(*_comparison_cells(row))
        console.print(table)
        for quantity, parts in comparison["shift_log10"][name].items():
            shares = ", ".join(f"{part} {value:+.2f}" for part, value in parts.items())
            console.print(note(say("compare.shift", quantity=quantity, parts=shares)))
        console.print()


def _comparison_cells(row: Json) -> tuple[str, ...]:
    def shown(key: str) -> str:
        return by_mcse(row["ratio"][key], row["mcse_log10"][key])

    precisions = dict.fromkeys(
        row[key] for key in ("precision_other", "precision_first") if row[key] is not None
    )
    return (
        "" if row["year"] is None else f"{row['year']:g}",
        "" if row["days"] is None else f"{row['days']:g}",
        " ".join((row["quantity"].removesuffix("_eflops"), "/".join(precisions))).strip(),
        shown("0.5"),
        f"{shown('0.25')}–{shown('0.75')}",
        f"{shown('0.05')}–{shown('0.95')}",
        f"{row['probability_more']:.2f}",
    )
