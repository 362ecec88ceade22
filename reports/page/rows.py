"""Rows of the tables of the page, each cell as it is shown."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.levels import ASSURANCE
from analysis.numbers import by_mcse, in_one_format, probability, significant
from analysis.report.stored import from_json
from analysis.words import say, say_known
from priors.documents import Json
from reports.figures.style import typeset
from reports.tables.estimate import (
    is_point,
    length_text,
    median_and_intervals,
    quantity_text,
    roadmap_text,
)

type Cells = list[str]


def first_year_rows(page: Json, summary: Json) -> list[Json]:
    """Results of the lead scenario, of the first year and the longest campaign."""
    rows: list[Json] = summary["scenarios"][page["lead"]]["results"]
    of_year = [row for row in rows if row["year"] == rows[0]["year"]]
    longest = max((row["days"] for row in of_year), key=lambda days: days or math.inf)
    return [row for row in of_year if row["days"] == longest]


def target_name(page: Json, target: str, scenario: str | None = None) -> str:
    """Short name of a target of a scenario."""
    return say(f"short.{target}", **page["asked"][scenario or page["lead"]])


def headline_rows(page: Json, summary: Json) -> Json:
    """Caption, headings and rows of the headline table: targets by assurance."""
    rows = first_year_rows(page, summary)
    peaks = [row for row in rows if row["quantity"] == "peak_eflops"]
    precision = peaks[0]["precision"]
    peak_of = {row["target"]: row for row in peaks if row["precision"] == precision}
    effective = [row for row in rows if row["quantity"] == "effective_eflops"]
    known = next((row["roadmap_value"] for row in effective if row["roadmap_value"]), None)
    headings = [
        say("page.target"),
        say("page.effective"),
        say("page.interval_95"),
        *(say("page.sure", level=100 * level, precision=precision) for level in ASSURANCE),
    ]
    if known is not None:
        headings.append(say("page.suffices", roadmap=f"{known:.1f}"))
    table = []
    for row in effective:
        peak = peak_of[row["target"]]
        keys = [f"{level:g}" for level in ASSURANCE]
        sizes = in_one_format(
            [(peak["assurance"][key], peak["assurance_mcse_log10"][key]) for key in keys]
        )
        median, low, high = in_one_format(
            [(row["quantiles"][key], row["mcse_log10"][key]) for key in ("0.5", "0.025", "0.975")]
        )
        cells = [
            target_name(page, row["target"]),
            median,
            "–" if is_point(row) else f"{low}–{high}",
            *sizes,
        ]
        if known is not None:
            cells.append(_suffices(row))
        table.append([typeset(cell) for cell in cells])
    return {
        "year": rows[0]["year"],
        "length": length_text(rows[0]["days"]),
        "precision": precision,
        "headings": headings,
        "rows": table,
    }


def _suffices(row: Json) -> str:
    value = row["probability_roadmap_suffices"]
    if value is None:
        return "–"
    if row["probability_mcse"] == 0:
        return say("page.yes") if value else say("page.no")
    return probability(value, row["probability_mcse"])


def result_rows(page: Json, summary: Json, scenario: str) -> Json:
    """Every result of a scenario that is a performance, with headings."""
    rows = [
        row
        for row in summary["scenarios"][scenario]["results"]
        if row["quantity"] in {"effective_eflops", "peak_eflops"}
    ]
    table = []
    for row in rows:
        cells = [
            f"{row['year']:g}",
            "–" if row["days"] is None else f"{row['days']:g}",
            target_name(page, row["target"], scenario),
            quantity_text(row),
            roadmap_text(row),
            *median_and_intervals(row),
            _suffices(row),
        ]
        table.append([typeset(cell) for cell in cells])
    names = (
        *("year", "days", "target", "quantity", "roadmap", "median"),
        *("interval_80_short", "interval_95_short", "roadmap_suffices"),
    )
    headings = [say(f"page.{name}") for name in names]
    return {"headings": headings, "rows": table, "computed": any("*" in row[4] for row in table)}


def regime_rows(page: Json) -> Json | None:
    """Median and 95 % interval of each scenario and regime, with headings."""
    if page["regimes"] is None:
        return None
    data = from_json(page["regimes"])
    names = ("scenario", "target", "effective_short", "peak_column", "devices", "megawatts")
    table = []
    for at, scenario in enumerate(data["scenario"].values):
        here = data.isel(scenario=at)
        precision = str(here["precision"].values)
        table.append(
            [
                str(scenario),
                target_name(page, str(here["target"].values), str(scenario)),
                _ends(here["effective_eflops"].values),
                f"{_ends(here['peak_eflops'].values)} {precision}",
                _ends(here["devices"].values),
                _ends(here["megawatts"].values),
            ]
        )
    return {"headings": [say(f"page.{name}") for name in names], "rows": table}


def _ends(values: NDArray[np.float64]) -> str:
    """Write a median with its 95 % interval, two digits each."""
    low, _, median, _, high = values.tolist()
    if low == high:
        return typeset(significant(median, 3))
    powers = any("e" in significant(value, 2) for value in (low, median, high))
    shown = [significant(value, 2, powers=powers) for value in (median, low, high)]
    return typeset("{} ({}–{})".format(*shown))


def assessed_rows(page: Json) -> Json | None:
    """Probability that the assessed machine meets each need, and the days it trains them in."""
    found = page["assessed"]
    if found is None:
        return None
    longest = max(row["days"] for row in found["targets"])
    year = found["targets"][0]["year"]
    precisions = [one["precision"] for one in found["delivers"]]
    headings = [say("page.target")]
    for name in precisions:
        headings += [
            say("page.probability_met", precision=name),
            f"{say('page.days_median')}, {name}",
            f"{say('page.days_sure')}, {name}",
        ]
    table = []
    for target in dict.fromkeys(row["target"] for row in found["targets"]):
        cells = [say(f"short.{target}", **found["asked"])]
        for name in precisions:
            at = {"target": target, "year": year, "precision": name}
            (met,) = _at(found["targets"], {**at, "days": longest})
            (trains,) = _at(found["trains"], at)
            cells.append(probability(met["probability"], met["probability_mcse"]))
            cells += [_days(trains, level) for level in ("0.5", "0.9")]
        table.append([typeset(cell) for cell in cells])
    return {"year": year, "length": length_text(longest), "headings": headings, "rows": table}


def _at(rows: Sequence[Json], place: Json) -> list[Json]:
    return [row for row in rows if all(row[key] == value for key, value in place.items())]


def _days(trains: Json, level: str) -> str:
    return by_mcse(trains["days"][level], trains["mcse_log10"][level])


def check_rows(scenario: Json) -> list[Cells]:
    """List the checks of a scenario: name, what, found, expected, verdict."""
    return [
        [
            check["name"],
            _about(check),
            "–" if check["value"] is None else typeset(f"{check['value']:.4g}"),
            f"{check['relation']} {check['threshold']:g}",
            say("page.passed" if check["passed"] else "page.failed"),
        ]
        for check in scenario["checks"]
    ]


def _about(check: Json) -> str:
    """Say what a check is about; as it was said then where the sentence needs more numbers."""
    template = say_known(f"checks.{check['name']}", check["about"])
    return check["about"] if "{" in template else template


def prior_rows(page: Json) -> list[Json]:
    """Priors with their quantiles as text."""
    return [{**prior, "shown": _prior(prior)} for prior in page["priors"]]


def _prior(prior: Json) -> str:
    if prior["quantiles"] is None:
        if prior["value"] is None:
            return str(prior["family"])
        return say("page.fixed", value=typeset(f"{prior['value']:.4g}"))
    return typeset(", ".join(f"{value:.3g}" for value in prior["quantiles"].values()))


def source_rows(page: Json) -> list[Json]:
    """List the sources with what they are used for and their marks as text."""
    return [{**source, "used": _used(source), "mark": _marks(source)} for source in page["sources"]]


def _used(source: Json) -> str:
    parts = [
        say("page.rows_of", table=table, count=count) for table, count in source["tables"].items()
    ]
    if source["priors"]:
        parts.insert(0, say("page.priors_of", count=len(source["priors"])))
    return say("page.list_separator").join(parts)


def _marks(source: Json) -> str:
    return say("page.list_separator").join(
        say("page.rows_of", table=say_known(f"marks.{mark}", mark), count=count)
        for mark, count in source["marks"].items()
    )


def reproduction(page: Json, summary: Json) -> list[tuple[str, str]]:
    """Command, seed, digests and versions: label and value."""
    found = summary["manifest"]
    sampler = ", ".join(
        f"{key} {value}" for key, value in found["sampler"].items() if value is not None
    )
    rows = [
        (say("page.command"), page["command"]),
        (say("page.as_of"), str(found["evidence_as_of"])),
        (say("page.seed"), str(found["seed"])),
        (say("page.sampler"), sampler),
        (say("page.commit"), str(found["commit"])),
        (say("page.digest", name="priors"), str(found["priors"])),
    ]
    own = found["own_evidence"]["rows"]
    rows += [(say("page.own_rows", name=name), ", ".join(ids)) for name, ids in own.items()]
    for key in ("evidence", "scenarios"):
        rows += [(say("page.digest", name=name), str(value)) for name, value in found[key].items()]
    rows += [
        (say("page.version", name=name), str(value)) for name, value in found["versions"].items()
    ]
    rows.append((say("page.version", name="Python"), str(found["python"])))
    return rows
