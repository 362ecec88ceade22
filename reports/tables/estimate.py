"""Tables of `eflops estimate`."""

from collections.abc import Iterable, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.levels import ASSURANCE
from analysis.words import say
from priors.documents import Json
from reports.numbers import by_mcse, probability
from reports.tables.style import add_labels, add_numbers, check_text, new_table, note

_INTERVALS = {"50 %": ("0.25", "0.75"), "80 %": ("0.1", "0.9"), "95 %": ("0.025", "0.975")}
_NO_SPREAD = 1e-9
_SHOWN = ("effective_eflops", "peak_eflops")


def print_summary(summary: Json, console: Console) -> None:
    """Print each scenario's requirement, assurance levels, notes and verdict."""
    draws = summary["manifest"]["sampler"]["draws"] * summary["manifest"]["sampler"]["chains"]
    for name, scenario in summary["scenarios"].items():
        rows = [row for row in scenario["results"] if row["quantity"] in _SHOWN]
        console.print(
            Group(
                Text(say("estimate.title", name=name, title=scenario["title"]), style="bold"),
                _requirement_table(rows, draws),
                _assurance_table(rows),
                *map(note, scenario["notes"]),
                _verdict(scenario["checks"]),
                Text(),
            )
        )


def _requirement_table(rows: Iterable[Json], draws: int) -> Table:
    table = new_table(say("estimate.requirement"))
    add_labels(table, "year", "days", "quantity")
    add_numbers(table, "roadmap", "median")
    for interval in _INTERVALS:
        table.add_column(interval, justify="right", no_wrap=True)
    add_numbers(table, "roadmap_suffices")
    for row in rows:
        suffices = row["probability_roadmap_suffices"]
        table.add_row(
            *_labels(row),
            roadmap_text(row),
            _quantile(row, "0.5"),
            *(interval_text(row, low, high) for low, high in _INTERVALS.values()),
            "–" if suffices is None else probability(suffices, draws, exact=is_point(row)),
        )
    return table


def _assurance_table(rows: Iterable[Json]) -> Table:
    table = new_table(say("estimate.assurance"))
    add_labels(table, "year", "days", "quantity")
    for level in ASSURANCE:
        table.add_column(f"{100 * level:g} %", justify="right", no_wrap=True)
    for row in rows:
        sizes = (
            by_mcse(row["assurance"][f"{p:g}"], row["assurance_mcse_log10"][f"{p:g}"])
            for p in ASSURANCE
        )
        table.add_row(*_labels(row), *sizes)
    return table


def is_point(row: Json) -> bool:
    """Whether a result has no spread: every prior behind it is degenerate."""
    return bool(row["sd_log10"] < _NO_SPREAD)


def interval_text(row: Json, low: str, high: str) -> str:
    """Two quantiles of a result, each with the digits its MCSE supports."""
    return "–" if is_point(row) else f"{_quantile(row, low)}–{_quantile(row, high)}"


def roadmap_text(row: Json) -> str:
    """Write the roadmap's figure, marked where it is computed by its equation and not printed."""
    if row["roadmap_value"] is None:
        return "–"
    mark = "" if row["roadmap_value_printed"] else "*"
    return f"{row['roadmap_value']:.1f}{mark}"


def _quantile(row: Json, key: str) -> str:
    return by_mcse(row["quantiles"][key], row["mcse_log10"][key])


def _labels(row: Json) -> tuple[str, str, str]:
    precision = row["precision"]
    quantity = say(
        "estimate.effective" if precision is None else "estimate.peak", precision=precision
    )
    return f"{row['year']:g}", f"{row['days']:g}", quantity


def _verdict(checks: Sequence[Json]) -> Text:
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return note(say("verdicts.passed", count=len(checks)))
    listed = "; ".join(check_text(check) for check in failed)
    return Text(say("verdicts.unfit", checks=listed), style="bold red")
