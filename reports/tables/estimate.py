"""Tables of `eflops estimate`."""

import math
from collections.abc import Iterable, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.levels import ASSURANCE
from analysis.numbers import (
    NO_SPREAD,
    by_mcse,
    in_one_format,
    probability,
    significant,
    with_interval,
)
from analysis.words import say, scenario_title
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, check_text, new_table, note

_INTERVALS = {"80 %": ("0.1", "0.9"), "95 %": ("0.025", "0.975")}
#: Mark of a figure that the roadmap's equations give and that it does not print.
_COMPUTED = "*"
#: What is a column of its own only where it varies.
_VARYING = ("year", "days")
_SHOWN = ("effective_eflops", "peak_eflops")


def print_summary(summary: Json, console: Console) -> None:
    """Print each scenario's requirement, assurance levels, notes and verdict."""
    for name, scenario in summary["scenarios"].items():
        rows = _in_order(row for row in scenario["results"] if row["quantity"] in _SHOWN)
        console.print(
            Group(
                Text(
                    say(
                        "estimate.title",
                        name=name,
                        title=scenario_title(name, scenario["title"]),
                    ),
                    style="bold",
                ),
                *(Text(one["text"]) for one in scenario["answer"]),
                Text(),
                *_tables_of_years(rows),
                *_forms_table(scenario["trend"]),
                *_national_table(scenario),
                *_legend(rows),
                *(note(one["text"]) for one in scenario["notes"]),
                _verdict(scenario["checks"]),
                Text(),
            )
        )


def _forms_table(trend: Json) -> Iterable[Table | Text]:
    """Show the forms of the trend that were combined, with the width of the line under each."""
    forms = trend["forms"]
    if len(forms) == 1:
        return
    years = list(next(iter(forms.values()))["sd_log10_by_year"])
    table = new_table(say("estimate.forms"))
    add_labels(table, "form")
    add_numbers(table, "weight", "stacking")
    for year in years:
        table.add_column(say("estimate.line", year=float(year)), justify="right", no_wrap=True)
    for name, form in forms.items():
        table.add_row(
            say(f"forms.{name}"),
            f"{form['weight']:.2f} ± {form['weight_sd']:.2f}",
            f"{form['stacking_weight']:.2f} ± {form['stacking_weight_sd']:.2f}",
            *(
                say(
                    "estimate.median_and_factor",
                    median=10 ** form["median_log10_by_year"][year],
                    factor=10 ** form["sd_log10_by_year"][year],
                )
                for year in years
            ),
        )
    yield table
    yield note(say("estimate.weights", windows=trend["windows"]))


def _beside_tables(rows: Sequence[Json]) -> Iterable[Table | Text]:
    """Show what the medians are beside a planned machine, and how far needs lie beyond ceilings."""
    peaks = [row for row in rows if row["yardstick"].get("devices")]
    if not peaks:
        return
    device = peaks[0]["yardstick"]["device"]
    table = new_table(say("estimate.beside", at=_at(rows), device=device))
    _add_labels(table, rows)
    add_numbers(table, "median", "over_fugakunext", "devices", "megawatts", "held")
    for row in peaks:
        beside = row["yardstick"]
        mcse = row["mcse_log10"]["0.5"]
        over = beside.get("over_fugakunext")
        table.add_row(
            *_labels(row, rows),
            _quantile(row, "0.5"),
            "–" if over is None else by_mcse(over, mcse),
            by_mcse(beside["devices"], mcse),
            by_mcse(beside["megawatts"], mcse),
            "–" if beside["held"] is None else probability(beside["held"], beside["held_mcse"]),
        )
    yield table
    yield from _ceiling_table(rows)


def _ceiling_table(rows: Sequence[Json]) -> Iterable[Table | Text]:
    """Show the probability that each target's need lies beyond each ceiling."""
    longest = max((row["days"] for row in rows), key=lambda days: days or math.inf)
    flagged = [(row, flag) for row in rows if row["days"] == longest for flag in row["flags"]]
    if not flagged:
        return
    flags = list(dict.fromkeys((flag["source"], flag["quantity"]) for _, flag in flagged))
    table = new_table(say("estimate.ceilings", year=rows[0]["year"], length=length_text(longest)))
    precisions = len({row["precision"] for row, _ in flagged} - {None}) > 1
    add_labels(table, "ceiling")
    add_numbers(table, "value")
    add_labels(table, "target")
    add_numbers(table, "beyond")
    for row, flag in sorted(flagged, key=lambda pair: _order(flags, pair[1])):
        limit = f"{significant(flag['value'], 2)} {flag['unit']}"
        shown = f" {row['precision']}" if precisions and row["precision"] else ""
        table.add_row(
            flag["source"],
            f"{limit}{shown}",
            row["target"],
            probability(flag["probability_beyond"], flag["probability_mcse"]),
        )
    yield table
    names = dict.fromkeys(f"{flag['source']}, {flag['ceiling']}" for _, flag in flagged)
    yield note(say("estimate.ceiling_names", names="; ".join(names)))


def _order(flags: Sequence[tuple[str, str]], flag: Json) -> int:
    """Place of a ceiling among all."""
    return flags.index((flag["source"], flag["quantity"]))


def _national_table(scenario: Json) -> Iterable[Table]:
    """Show what target `national` requires under every law of the lag, where it is asked."""
    if not any(row["target"] == "national" for row in scenario["results"]):
        return
    cases = scenario["lag"]["cases"]
    table = new_table(say("estimate.national"))
    add_labels(table, *(key for key in _VARYING if _varies(key, cases)), "funding", "growth")
    add_numbers(table, "lag_years", "effective", "roadmap_suffices")
    for case in cases:
        suffices = case["probability_roadmap_suffices"]
        table.add_row(
            *(f"{case[key]:g}" for key in _VARYING if _varies(key, cases)),
            case["funding"],
            say(f"growth.{case['growth']}"),
            _years_text(case["lag_years"]),
            with_interval(case["effective_eflops"]),
            "–" if suffices is None else probability(suffices, case["probability_mcse"]),
        )
    yield table


def _years_text(lag: Json) -> str:
    median, low, high = (lag["quantiles"][key] for key in ("0.5", *_INTERVALS["95 %"]))
    return f"{median:.1f} ({low:.1f} to {high:.1f})"


def _tables_of_years(rows: Sequence[Json]) -> Iterable[Table | Text]:
    """Show each year in tables of its own, which then fit their width."""
    for year in dict.fromkeys(row["year"] for row in rows):
        of_year = [row for row in rows if row["year"] == year]
        yield _requirement_table(of_year)
        yield _assurance_table(of_year)
        yield from _beside_tables(of_year)


def _in_order(rows: Iterable[Json]) -> list[Json]:
    """Rows of one year, length and quantity side by side, target after target."""
    return sorted(rows, key=lambda row: (row["year"], row["days"], _SHOWN.index(row["quantity"])))


def _requirement_table(rows: Sequence[Json]) -> Table:
    table = new_table(say("estimate.requirement", at=_at(rows)))
    _add_labels(table, rows)
    add_numbers(table, "roadmap", "median")
    for interval in _INTERVALS:
        table.add_column(interval, justify="right", no_wrap=True)
    add_numbers(table, "roadmap_suffices")
    for row in rows:
        suffices = row["probability_roadmap_suffices"]
        table.add_row(
            *_labels(row, rows),
            roadmap_text(row),
            *median_and_intervals(row),
            "–" if suffices is None else probability(suffices, row["probability_mcse"]),
        )
    return table


def median_and_intervals(row: Json) -> list[str]:
    """Write a median and the 80 and 95 % intervals about it in one format."""
    keys = ["0.5", *(key for ends in _INTERVALS.values() for key in ends)]
    numbers = [(row["quantiles"][key], row["mcse_log10"][key]) for key in keys]
    if is_point(row):
        return [by_mcse(*numbers[0]), *("–" for _ in _INTERVALS)]
    median, *ends = in_one_format(numbers)
    return [median, *(f"{low}–{high}" for low, high in zip(ends[::2], ends[1::2], strict=True))]


def _assurance_table(rows: Sequence[Json]) -> Table:
    table = new_table(say("estimate.assurance", at=_at(rows)))
    _add_labels(table, rows)
    for level in ASSURANCE:
        table.add_column(f"{100 * level:g} %", justify="right", no_wrap=True)
    for row in rows:
        keys = [f"{p:g}" for p in ASSURANCE]
        sizes = in_one_format(
            [(row["assurance"][key], row["assurance_mcse_log10"][key]) for key in keys]
        )
        table.add_row(*_labels(row, rows), *sizes)
    return table


def _at(rows: Sequence[Json]) -> str:
    """Name the year and the length of the campaign, where all rows have the same."""
    shown = [say("estimate.year", year=rows[0]["year"])]
    if not _varies("days", rows):
        shown.append(length_text(rows[0]["days"]))
    return say("page.list_separator").join(shown)


def length_text(days: float | None) -> str:
    """Name the length of a campaign; None is that of the frontier's runs."""
    if days is None:
        return say("estimate.frontier_length")
    return say("estimate.length", days=days)


def _varies(key: str, rows: Sequence[Json]) -> bool:
    return len({row[key] for row in rows}) > 1


def _add_labels(table: Table, rows: Sequence[Json]) -> None:
    varying = [key for key in _VARYING if _varies(key, rows)]
    add_labels(table, *varying, "target", "quantity")


def _legend(rows: Sequence[Json]) -> Iterable[Text]:
    """Say what the mark of a computed figure means, where one is shown."""
    if any(roadmap_text(row).endswith(_COMPUTED) for row in rows):
        yield note(say("estimate.computed"))


def is_point(row: Json) -> bool:
    """Whether a result has no spread: every prior behind it is degenerate."""
    return bool(row["sd_log10"] < NO_SPREAD)


def roadmap_text(row: Json) -> str:
    """Write the roadmap's figure, marked where it is computed by its equation and not printed."""
    if row["roadmap_value"] is None:
        return "–"
    mark = "" if row["roadmap_value_printed"] else _COMPUTED
    return f"{row['roadmap_value']:.1f}{mark}"


def _quantile(row: Json, key: str) -> str:
    return by_mcse(row["quantiles"][key], row["mcse_log10"][key])


def quantity_text(row: Json) -> str:
    """Name the quantity of a result: effective, or the peak of a precision."""
    precision = row["precision"]
    return say("estimate.effective" if precision is None else "estimate.peak", precision=precision)


def _labels(row: Json, rows: Sequence[Json]) -> tuple[str, ...]:
    varying = (f"{row[key]:g}" for key in _VARYING if _varies(key, rows))
    return *varying, row["target"], quantity_text(row)


def _verdict(checks: Sequence[Json]) -> Text:
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return note(say("verdicts.passed", count=len(checks)))
    listed = "; ".join(check_text(check) for check in failed)
    return Text(say("verdicts.unfit", checks=listed), style="bold red")
