"""Terminal tables of results, evidence and beliefs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.consistency import Finding
from analysis.reproduce import Reproduced
from analysis.summarise import ASSURANCE, Json
from priors.prior_rows import Prior
from priors.records import Row
from reports.numbers import by_mcse, probability, significant

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
                Text(f"{name}: {scenario['title']}", style="bold"),
                _requirement_table(rows, draws),
                _assurance_table(rows),
                *(Text(f"· {note}", style="dim") for note in scenario["notes"]),
                _verdict(scenario["checks"]),
                Text(),
            )
        )


def _requirement_table(rows: Iterable[Json], draws: int) -> Table:
    table = new_table(
        "Required, EFLOPS (10¹⁸ FLOP/s); intervals are equal-tailed credible intervals"
    )
    for heading in ("year", "days", "quantity"):
        table.add_column(heading, no_wrap=True)
    for heading in ("roadmap", "median", *_INTERVALS, "P(roadmap\nsuffices)"):
        table.add_column(heading, justify="right", no_wrap=True)
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
    table = new_table("Size that suffices with a probability of …, EFLOPS")
    for heading in ("year", "days", "quantity"):
        table.add_column(heading, no_wrap=True)
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
    quantity = "effective" if row["precision"] is None else f"peak {row['precision']}"
    return f"{row['year']:g}", f"{row['days']:g}", quantity


def _verdict(checks: Sequence[Json]) -> Text:
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return Text(f"· {len(checks)} checks passed", style="dim")
    listed = "; ".join(check_text(check) for check in failed)
    return Text(f"FAILED CHECKS, not fit for use: {listed}", style="bold red")


def check_text(check: Json) -> str:
    """One check as `name value, expected relation threshold`."""
    value = "nan" if check["value"] is None else f"{check['value']:.4g}"
    return f"{check['name']} = {value}, expected {check['relation']} {check['threshold']:g}"


def failed_text(check: Json) -> str:
    """One failed check: name, value, what was expected, and what it is about."""
    return f"{check_text(check)} ({check['about']})"


def print_comparison(comparison: Json, console: Console) -> None:
    """Print ratios to the baseline, paired by draw, and the parts of each shift."""
    baseline = comparison["baseline"]
    for name, rows in comparison["comparisons"].items():
        table = new_table(f"{name} over {baseline}: ratio, paired by draw")
        for heading in ("year", "days", "quantity"):
            table.add_column(heading, no_wrap=True)
        for heading in ("median", "50 %", "90 %", "P(more)"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in rows:
            table.add_row(*_comparison_cells(row))
        console.print(table)
        for quantity, parts in comparison["shift_log10"][name].items():
            shares = ", ".join(f"{part} {value:+.2f}" for part, value in parts.items())
            console.print(f"· shift of mean log10 {quantity}, dex: {shares}")
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


def priors_table(set_name: str, rows: Mapping[str, Prior]) -> Table:
    """One set of priors, one row per parameter."""
    table = new_table(f"Priors: {set_name}")
    table.add_column("parameter and unit", no_wrap=True)
    table.add_column("prior; its 5, 50, 95 %", no_wrap=True)
    table.add_column("rationale [sources]", overflow="fold")
    for name, prior in rows.items():
        standardised = prior.standardised()
        quantiles = ", ".join(
            f"{prior.to_natural(standardised.quantile(p)):.3g}" for p in (0.05, 0.5, 0.95)
        )
        table.add_row(
            f"{name}\n  {prior.unit}",
            _family(prior) + ("" if prior.family == "fixed" else f"\n  {quantiles}"),
            Text(f"{prior.rationale} [{', '.join(prior.sources)}]"),
        )
    return table


def evidence_table(name: str, rows: Sequence[Row], columns: Sequence[str]) -> Table:
    """Show some columns of an evidence table."""
    table = new_table(f"{name}: {len(rows)} rows")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(getattr(row, column))) for column in columns))
    return table


def _cell(value: Any) -> str:  # noqa: ANN401 - any field of a record
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _family(prior: Prior) -> str:
    if prior.family == "fixed":
        return f"{prior.value:g}"
    made = prior.standardised()
    scale = "" if prior.transform == "identity" else f" on {prior.transform}"
    if prior.family == "gamma":
        return f"gamma({made.shape:.3g}, scale {made.scale:.3g}){scale}"
    if prior.family == "half-normal":
        return f"half-normal({made.scale:.3g}){scale}"
    return f"normal({made.loc:.4g}, {made.scale:.3g}){scale}"


def new_table(title: str) -> Table:
    """Start a table in the style that all share."""
    return Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False
    )
