"""Tables of `eflops assess`."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.numbers import by_mcse, in_one_format, probability, significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, new_table, note, verdict_lines

#: Factors between the peak that a campaign gets and what it delivers.
_FACTORS = ("step_mfu", "counting", "goodput", "uptime")
#: Assurance whose size is shown with its devices and power.
_SURE = "0.9"


def print_assessment(document: Json, console: Console) -> None:
    """Print what `analysis.assess.assess.assess_machine` found, the answer first."""
    precisions = [row["precision"] for row in document["delivers"]]
    parts: list[RenderableType] = [
        *(Text(one["text"], style="bold") for one in document["answer"]),
        Text(),
        _factors(document),
        _needs(document, precisions),
        _campaigns(document),
        *_sizes(document, precisions),
    ]
    if "budget" in document:
        parts += _budget(document)
    parts += [note(one["text"]) for one in document["notes"]]
    console.print(Group(*parts, *verdict_lines(document["checks"])))


def _factors(document: Json) -> Table:
    """One row per factor from the machine's peak to what a campaign delivers."""
    table = new_table(say("assess.factors"))
    add_labels(table, "factor")
    delivers = document["delivers"]
    for row in delivers:
        table.add_column(row["precision"], justify="right", no_wrap=True)
    shown = [significant(row["machine_peak_eflops"], 4) for row in delivers]
    table.add_row(say("assess.peak"), *shown)
    table.add_row(say("assess.share"), *(f"× {document['machine']['share']:g}" for _ in delivers))
    for factor in _FACTORS:
        cells = (f"× {_interval(row['factors'][factor])}" for row in delivers)
        table.add_row(say(f"assess.{factor}"), *cells)
    table.add_row(
        say("assess.effective"),
        *(_interval(row["effective_eflops"]) for row in delivers),
        style="bold",
    )
    if document["machine"]["goal_effective_eflops"] is not None:
        goal = say("assess.goal", goal=document["machine"]["goal_effective_eflops"])
        cells = (probability(row["probability_goal"], row["probability_mcse"]) for row in delivers)
        table.add_row(goal, *cells)
    table.add_row(
        say("assess.held"), *(probability(row["held"], row["held_mcse"]) for row in delivers)
    )
    return table


def _interval(found: Json) -> str:
    """Median with its 80 % interval, each with the digits that its Monte Carlo error supports."""
    median, low, high = in_one_format(
        [(found["quantiles"][key], found["mcse_log10"][key]) for key in ("0.5", "0.1", "0.9")]
    )
    return median if low == high else f"{median} ({low}–{high})"


def _needs(document: Json, precisions: Sequence[str]) -> Table:
    """Which needs are met with which probability, and the days that each target takes."""
    rows, trains = document["targets"], document["trains"]
    years = len({row["year"] for row in rows}) > 1
    table = new_table(say("assess.needs", year=rows[0]["year"]))
    add_labels(table, "target", *(["year"] if years else []), "days")
    for precision in precisions:
        table.add_column(say("assess.suffices", precision=precision), justify="right", no_wrap=True)
        table.add_column(say("assess.days", precision=precision), justify="right", no_wrap=True)
    for row in rows:
        if row["precision"] != precisions[0]:
            continue
        cells = []
        for precision in precisions:
            met = _at(rows, row, precision, ("target", "year", "days"))
            takes = _at(trains, row, precision, ("target", "year"))
            cells += [probability(met["probability"], met["probability_mcse"]), _days(takes)]
        shown = [row["target"], *([f"{row['year']:g}"] if years else []), f"{row['days']:g}"]
        table.add_row(*shown, *cells)
    _add_amounts(table, document, precisions, years=years)
    return table


def _add_amounts(table: Table, document: Json, precisions: Sequence[str], *, years: bool) -> None:
    """Add the days of stated training FLOP, which no probability belongs to."""
    amounts = dict.fromkeys(row["training_flop"] for row in document["amounts"])
    for amount in amounts:
        cells = []
        for precision in precisions:
            like = {"training_flop": amount}
            cells += ["–", _days(_at(document["amounts"], like, precision, ("training_flop",)))]
        table.add_row(say("assess.flop", flop=amount), *(["–"] if years else []), "–", *cells)


def _days(row: Json) -> str:
    return " / ".join(
        in_one_format([(row["days"][key], row["mcse_log10"][key]) for key in ("0.5", _SURE)])
    )


def _at(rows: Iterable[Json], like: Json, precision: str, keys: Sequence[str]) -> Json:
    return next(
        row
        for row in rows
        if row["precision"] == precision and all(row[key] == like[key] for key in keys)
    )


def _campaigns(document: Json) -> Table:
    """Show what campaigns train, where the frontier was, and what they take."""
    machine = document["machine"]
    table = new_table(say("assess.campaigns"))
    add_labels(table, "days", "precision")
    add_numbers(table, "parameters", "tokens", "frontier_of", "years_behind", "mwh")
    cost = machine["cost"] is not None and machine["price"] is not None
    if cost:
        currency = machine["cost"]["currency"]
        table.add_column(say("assess.million", currency=currency), justify="right", no_wrap=True)
    for row in document["campaigns"]:
        behind = row["frontier"][0]
        cells = [
            f"{row['days']:g}",
            row["precision"],
            *(
                by_mcse(row[name]["quantiles"]["0.5"], row[name]["mcse_log10"]["0.5"])
                for name in ("parameters", "tokens")
            ),
            f"{behind['date']['0.5']:.1f}",
            "{:.1f} ({:.1f}–{:.1f})".format(
                *(behind["years_behind"][key] for key in ("0.5", "0.1", "0.9"))
            ),
            "–" if row["megawatt_hours"] is None else f"{row['megawatt_hours']:,.0f}",
        ]
        table.add_row(*cells, *([significant(row["cost"] / 1e6, 3)] if cost else []))
    return table


def _sizes(document: Json, precisions: Sequence[str]) -> Iterator[Table]:
    """Smallest machine of the same devices for each assurance, in the longest campaign."""
    longest = max(row["days"] for row in document["sizes"])
    for precision in precisions:
        rows = [
            row
            for row in document["sizes"]
            if row["precision"] == precision and row["days"] == longest
        ]
        levels = list(rows[0]["assurance"])
        table = new_table(
            say("assess.sizes", precision=precision, days=longest, year=rows[0]["year"])
        )
        years = len({row["year"] for row in rows}) > 1
        add_labels(table, "target", *(["year"] if years else []))
        for level in levels:
            table.add_column(f"{100 * float(level):g} %", justify="right", no_wrap=True)
        for heading in ("assess.devices_at", "assess.megawatts_at"):
            table.add_column(say(heading, level=100 * float(_SURE)), justify="right", no_wrap=True)
        for row in rows:
            found, sure = row["assurance"], row["assurance"][_SURE]
            power = sure["megawatts"]
            table.add_row(
                row["target"],
                *([f"{row['year']:g}"] if years else []),
                *in_one_format([(found[k]["peak_eflops"], found[k]["mcse_log10"]) for k in levels]),
                by_mcse(sure["devices"], sure["mcse_log10"]),
                "–" if power is None else by_mcse(power, sure["mcse_log10"]),
            )
        yield table


def _budget(document: Json) -> Iterator[RenderableType]:
    """Show what a ceiling allows, and what it is worth to know more before choosing."""
    budget = document["budget"]
    table = new_table(say("assess.decisions"))
    add_labels(table, "target")
    add_numbers(table, "best_eflops", "expected_loss", "unavoidable", "evpi", "best_block")
    for row in budget["decisions"]:
        worth = max(row["evppi"], key=lambda one: float(one["evppi"]), default=None)
        best = "–"
        if worth is not None and worth["evppi"] > 2 * worth["evppi_mcse"]:
            best = f"{say(f'blocks.{worth["block"]}')} {worth['evppi']:.3f}"
        table.add_row(
            row["target"],
            significant(row["best_eflops"], 3),
            f"{row['expected_loss']:.2f}",
            f"{row['unavoidable']:.2f}",
            f"{row['evpi']:.3f}",
            best,
        )
    binding = budget["binding"]
    ceiling = say(f"ceilings.{binding}", value=budget["ceilings"][binding])
    yield note(say("assess.binding", ceiling=ceiling, devices=budget["devices"]))
    yield table
