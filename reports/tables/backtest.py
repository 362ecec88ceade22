"""Tables of hindcasts."""

from collections.abc import Iterable, Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.numbers import significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, new_table, note, verdict_lines

#: Class of funding whose flagships are shown one by one.
_SHOWN_IN_FULL = "public+sovereign"


def print_backtest(document: Json, console: Console) -> None:
    """Print every part of `eflops backtest --json`."""
    print_trend(document["trend"], console)
    print_systems(document["systems"], console)
    print_record(document["record"], console)
    print_national(document["national"], console)
    print_campaigns(document["campaigns"], console)


def print_trend(document: Json, console: Console) -> None:
    """Print the verdict on the combination first, then every forecaster.

    Parameters
    ----------
    document
        From `analysis.backtest.yearly.hindcast_yearly`.
    """
    verdict = Text(_trend_verdict(document), style="bold")
    tables = [_forecasters(document, subset) for subset in ("weighed", "all")]
    notes = map(note, _trend_notes(document))
    console.print(Group(verdict, *tables, *notes, *verdict_lines(document["checks"]), Text()))


def print_systems(document: Json, console: Console) -> None:
    """Print the scores of single systems.

    Parameters
    ----------
    document
        From `analysis.backtest.systems.hindcast_systems`.
    """
    table = new_table(say("backtest.systems", cases=document["cases"], origins=document["origins"]))
    _score_columns(table)
    for name, found in document["forecasters"].items():
        table.add_row(*_score_row(name, found))
    console.print(Group(table, note(say("backtest.scatter")), Text()))


def print_record(document: Json, console: Console) -> None:
    """Print what was said of the record of later years, and what came.

    Parameters
    ----------
    document
        From `analysis.backtest.record.hindcast_record`.
    """
    table = new_table(say("backtest.record", scenario=document["scenario"]))
    add_labels(table, "known_on", "year")
    add_numbers(table, "observed", "median", "interval_90")
    for row in document["records"]:
        low, high = (f"{end:.1e}" for end in row["interval_90"])
        table.add_row(
            str(row["origin"]),
            str(row["year"]),
            f"{row['training_flop']:.1e}",
            f"{row['median']:.1e}",
            f"{low}–{high}",
        )
    error, covered = document["error"], document["coverage"]
    counts = ", ".join(
        say("backtest.count", mass=100 * float(mass), inside=one["inside"], of=one["of"])
        for mass, one in covered.items()
    )
    said = note(
        say(
            "backtest.of_records",
            counts=counts,
            bias=error["bias_dex"],
            crps=error["crps_dex"],
            stays=document["last_record"],
        )
    )
    console.print(Group(table, said, *verdict_lines(document["checks"]), Text()))


def _trend_verdict(document: Json) -> str:
    covered = all(check["passed"] for check in document["checks"] if "coverage" in check["name"])
    behind = all(check["passed"] for check in document["checks"] if "behind" in check["name"])
    keys = {
        (True, True): "backtest.verdict_both",
        (True, False): "backtest.verdict_behind",
        (False, True): "backtest.verdict_uncovered",
        (False, False): "backtest.verdict_neither",
    }
    combined = document["forecasters"]["combined"]["weighed"]["coverage"]
    counts = ", ".join(
        say("backtest.of_nominal", mass=100 * float(mass), share=100 * combined[mass]["share"])
        for mass in ("0.5", "0.8", "0.95")
    )
    return say(keys[covered, behind], scenario=document["scenario"], counts=counts)


def _forecasters(document: Json, subset: str) -> Table:
    low, high = document["horizons"][subset]
    table = new_table(say("backtest.yearly", low=low, high=high))
    _score_columns(table)
    for name, found in document["forecasters"].items():
        table.add_row(*_score_row(name, found[subset]))
    return table


def _score_columns(table: Table) -> None:
    add_labels(table, "forecaster")
    add_numbers(table, "covers_50", "covers_80", "covers_95", "log_score", "crps", "bias", "behind")


def _score_row(name: str, one: Json) -> Iterator[str]:
    """Cells of a forecaster, from `analysis.backtest.blocks.of_forecaster`."""
    lag = one["behind"]
    yield say(f"forecasters.{name}")
    for mass in ("0.5", "0.8", "0.95"):
        yield f"{100 * one['coverage'][mass]['share']:.0f} %"
    yield f"{one['log_score']:+.2f}"
    yield f"{one['crps']:.2f}"
    yield f"{one['bias']:+.2f}"
    if lag is None:
        yield "–"
    else:
        yield f"{lag['log_score']['mean']:+.2f} ± {lag['log_score']['error']:.2f}"


def _trend_notes(document: Json) -> Iterator[str]:
    windows, combined = document["windows"], document["forecasters"]["combined"]["weighed"]
    yield say("backtest.windows", **windows)
    intervals = ", ".join(
        say(
            "backtest.interval",
            mass=100 * float(mass),
            low=100 * combined["coverage"][mass]["interval_90"][0],
            high=100 * combined["coverage"][mass]["interval_90"][1],
        )
        for mass in ("0.5", "0.8", "0.95")
    )
    yield say("backtest.bootstrap", intervals=intervals)
    origins = list(document["weights"])
    for origin in (origins[0], origins[-1]):
        weights = ", ".join(
            f"{say(f'forms.{form}')} {weight:.2f}"
            for form, weight in document["weights"][origin].items()
        )
        yield say("backtest.weights", origin=origin, weights=weights)


def print_national(document: Json, console: Console) -> None:
    """Print how well each law of the lag predicted the later flagships.

    Parameters
    ----------
    document
        From `analysis.backtest.national.hindcast_national`.
    """
    cases, origin = document["cases"], document["origin"]
    table = new_table(say("backtest.national", scenario=document["scenario"], origin=origin))
    add_labels(table, "funding", "growth")
    add_numbers(table, "known", "lag_years", "in_50", "in_80", "in_95", "bias", "crps")
    for case in cases:
        inside = (
            f"{case['coverage'][mass]['inside']}/{case['coverage'][mass]['of']}"
            for mass in ("0.5", "0.8", "0.95")
        )
        table.add_row(
            case["funding"],
            say(f"growth.{case['growth']}"),
            f"{case['known']}",
            f"{case['lag_years']:.1f}",
            *inside,
            f"{case['error']['bias_dex']:+.2f}",
            f"{case['error']['crps_dex']:.2f}",
        )
    notes = map(note, _national_notes(document))
    console.print(
        Group(table, _flagships(document), *notes, *verdict_lines(document["checks"]), Text())
    )


def _flagships(document: Json) -> Table:
    """Show what each law of the lag predicted for the flagships of the middle class."""
    growing, constant = (case for case in document["cases"] if case["funding"] == _SHOWN_IN_FULL)
    table = new_table(say("backtest.flagships", funding=say(f"funding.{_SHOWN_IN_FULL}")))
    add_labels(table, "system", "published")
    add_numbers(table, "flop")
    for case in (growing, constant):
        table.add_column(say(f"backtest.{case['growth']}"), justify="right", no_wrap=True)
    for one, other in zip(growing["runs"], constant["runs"], strict=True):
        table.add_row(
            one["system"],
            one["published"],
            significant(one["training_flop"], 2),
            *(_predicted(row) for row in (one, other)),
        )
    return table


def _predicted(row: Json) -> str:
    low, high = row["interval_90"]
    median, low, high = (significant(value, 2) for value in (row["median"], low, high))
    return f"{median} ({low}–{high})"


def _national_notes(document: Json) -> Iterator[str]:
    """Say which law of the lag did better, class by class, and what that is worth."""
    for growing, constant in zip(document["cases"][::2], document["cases"][1::2], strict=True):
        better, worse = sorted((growing, constant), key=lambda case: case["error"]["crps_dex"])
        yield say(
            "backtest.better",
            funding=say(f"funding.{better['funding']}"),
            better=say(f"backtest.{better['growth']}"),
            best=better["error"]["crps_dex"],
            worse=say(f"backtest.{worse['growth']}"),
            other=worse["error"]["crps_dex"],
            count=len(better["runs"]),
        )
    yield say("backtest.few")


def print_campaigns(document: Json, console: Console) -> None:
    """Print every campaign, the held-out groups, and the verdict.

    Parameters
    ----------
    document
        From `analysis.backtest.campaigns.hindcast_campaigns`.
    """
    parts = [_campaigns(document["scenario"], document["campaigns"])]
    if document["groups"]:
        parts.append(_groups(document["groups"]))
    notes = map(note, _notes(document))
    console.print(Group(*parts, *notes, *verdict_lines(document["checks"])))


def _campaigns(scenario: str, rows: Iterable[Json]) -> Table:
    table = new_table(say("backtest.campaigns", scenario=scenario))
    add_labels(table, "system")
    add_numbers(table, "devices", "peak", "days", "median", "within_90", "factor", "pit")
    add_labels(table, "verdict")
    for row in rows:
        low, high = row["interval_90"]
        table.add_row(
            row["system"],
            f"{row['devices']:,}",
            row["precision"],
            f"{row['observed_days']:.0f}",
            f"{row['median']:.0f}",
            f"{low:.0f}–{high:.0f}",
            f"{row['width_factor']:.1f}",
            f"{row['pit']:.2f}",
            say("verdicts.inside")
            if row["inside_90"]
            else Text(say("verdicts.outside"), style="bold"),
        )
    return table


def _groups(groups: Iterable[Json]) -> Table:
    table = new_table(say("backtest.groups"))
    add_labels(table, "left_out")
    add_numbers(table, "rows", "systems", "in_fit", "in_50", "in_90", "bias", "factor")
    add_labels(table, "verdict")
    for group in groups:
        half, most = (group["coverage"][mass] for mass in ("0.5", "0.9"))
        table.add_row(
            f"{group['kind']}: {group['group']}",
            f"{group['rows']}",
            f"{group['systems']}",
            f"{group['systems_left']}",
            f"{half['inside']}/{half['of']}",
            f"{most['inside']}/{most['of']}",
            f"{group['error']['bias_dex']:+.2f}",
            f"{group['width_factor']:.1f}",
            "" if group["held"] else Text(say("verdicts.missed"), style="bold"),
        )
    return table


def _notes(document: Json) -> Iterator[str]:
    counts = (
        say("backtest.count", mass=100 * float(mass), inside=entry["inside"], of=entry["of"])
        for mass, entry in document["coverage"].items()
    )
    low, high = document["coverage"]["0.9"]["interval_95"]
    yield say("backtest.covered", counts=", ".join(counts), low=low, high=high)
    error, width = document["error"], document["width_factor"]
    yield say(
        "backtest.error" if error["sd_dex"] is None else "backtest.error_with_spread",
        bias=error["bias_dex"],
        error=error["standard_error_dex"],
        sd=error["sd_dex"],
        crps=error["crps_dex"],
        median=width["median"],
        largest=width["largest"],
    )
    if document["wider"]:
        yield say("backtest.wider", systems=", ".join(document["wider"]))
    missed = [
        f"{group['kind']} {group['group']}" for group in document["groups"] if not group["held"]
    ]
    if missed:
        yield say("backtest.missed", groups="; ".join(missed))
    reasons: dict[str, list[str]] = {}
    for name, reason in document["excluded"].items():
        reasons.setdefault(reason, []).append(name.removesuffix("-campaign"))
    for reason, names in reasons.items():
        yield say("backtest.left_out", reason=reason, names=", ".join(names))
