"""Tables of `eflops compare`."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.numbers import by_mcse, probability, with_interval
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, new_table, note

#: Quantiles whose ratios are shown.
_RATIOS = {"5 %": "0.05", "50 %": "0.5", "95 %": "0.95"}


def print_comparison(comparison: Json, console: Console) -> None:
    """Print what each scenario requires, the ratios, and the parts of each shift."""
    baseline = comparison["baseline"]
    console.print(*(Text(one["text"], style="bold") for one in comparison["answer"]), sep="\n")
    console.print()
    for name, rows in comparison["comparisons"].items():
        console.print(
            Group(
                _need_table(name, baseline, rows),
                _ratio_table(name, baseline, rows),
                *_regime_table(name, baseline, comparison["regimes"].get(name)),
                *map(note, _remarks(name, baseline, rows)),
                *map(note, _shifts(comparison["shift_log10"][name])),
                Text(),
            )
        )


def _need_table(name: str, baseline: str, rows: Sequence[Json]) -> Table:
    table = new_table(say("compare.needs", name=name, baseline=baseline))
    add_labels(table, "year", "days", "target", "quantity")
    for scenario in (baseline, name):
        table.add_column(scenario, justify="right", overflow="fold")
    for row in rows:
        if row["quantity"] != "efficiency":
            table.add_row(*_labels(row), with_interval(row["first"]), with_interval(row["other"]))
    return table


def _ratio_table(name: str, baseline: str, rows: Sequence[Json]) -> Table:
    paired = rows[0]["paired"]
    title = say(f"compare.{'paired' if paired else 'quantiles'}", name=name, baseline=baseline)
    table = new_table(title)
    add_labels(table, "year", "days", "target", "quantity")
    for level in _RATIOS:
        table.add_column(level, justify="right", no_wrap=True)
    if paired:
        add_numbers(table, "more")
    for row in rows:
        ratios = (
            by_mcse(row["ratio"][key], row["ratio_mcse_log10"][key]) for key in _RATIOS.values()
        )
        more = [probability(row["probability_more"], row["probability_mcse"])] if paired else []
        table.add_row(*_labels(row), *ratios, *more)
    return table


def _regime_table(name: str, baseline: str, found: Json | None) -> Iterator[Table]:
    """Show which line of the regimes makes how much of the devices."""
    if found is None:
        return
    target, days, year = found["target"], found["days"], found["year"]
    table = new_table(say("compare.lines", target=target, days=days, year=year))
    add_labels(table, "lever")
    for scenario in (baseline, name):
        table.add_column(scenario, overflow="fold")
    add_numbers(table, "devices_times")
    for row in found["lines"]:
        values = (
            say("compare.none") if v is None else str(v) for v in (row["first"], row["other"])
        )
        table.add_row(row["lever"], *values, f"× {10 ** row['dex']:.2f}")
    table.add_row(say("compare.together"), "", "", f"× {10 ** found['total_dex']:.2f}")
    yield table


def _remarks(name: str, baseline: str, rows: Sequence[Json]) -> Iterator[str]:
    """Say what is set against something else than itself."""
    for key, sentence in (("target", "different_targets"), ("precision", "different_precisions")):
        pairs = dict.fromkeys((row[f"{key}_first"], row[f"{key}_other"]) for row in rows)
        for first, other in pairs:
            if first != other:
                yield say(
                    f"compare.{sentence}", name=name, baseline=baseline, first=first, other=other
                )


def _shifts(shifts: Json) -> Iterator[str]:
    for quantity, parts in shifts.items():
        shares = ", ".join(f"{part} {value:+.2f}" for part, value in parts.items())
        yield say("compare.shift", quantity=quantity, parts=shares)


def _labels(row: Json) -> tuple[str, ...]:
    return (
        "" if row["year"] is None else f"{row['year']:g}",
        "" if row["days"] is None else f"{row['days']:g}",
        _both(row, "target"),
        f"{row['quantity'].removesuffix('_eflops')} {_both(row, 'precision')}".strip(),
    )


def _both(row: Json, key: str) -> str:
    """Write the label of both sides, or the other's over the first's."""
    sides = dict.fromkeys(row[f"{key}_{side}"] for side in ("other", "first"))
    return "/".join(side for side in sides if side is not None)
