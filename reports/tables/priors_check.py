"""Tables of `eflops priors check`."""

import math
from collections.abc import Collection, Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from analysis.numbers import significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import (
    add_labels,
    add_names,
    add_numbers,
    new_table,
    note,
    verdict_lines,
)

#: Components of the table of the headline.
_SHOWN = 8
#: Verdict of a predictive check → its key in the catalogue.
VERDICTS = {
    "as expected": "as_expected",
    "plausible": "plausible",
    "unusual": "unusual",
    "the model does not produce it": "not_produced",
    "the prior rules it out": "ruled_out",
}


def print_priors_check(document: Json, console: Console) -> None:
    """Print what `analysis.priors_check.check.check_priors` found."""
    parts: list[RenderableType] = []
    scaled, slope = document["power_scaling"], document["roadmap_slope"]
    if scaled["parameters"]:
        parts += [_parameters(document["scenario"], scaled["parameters"]), _headline(scaled)]
    if document["refits"]:
        parts.append(_refits(document["refits"]))
        parts += map(note, _of_refits(document["refits"]))
    if document["predictive"]["posterior"]["rows"]:
        parts.append(_predictive(document["predictive"]))
    parts += map(note, _notes(document))
    if slope is None:
        parts.append(note(say("priors_check.not_confronted")))
    else:
        parts.append(Text(f"· {slope['diagnosis']}", style="bold" if slope["conflict"] else ""))
    console.print(Group(*parts, *verdict_lines(document["checks"])))


def _parameters(scenario: str, parameters: Iterable[Json]) -> Table:
    table = new_table(say("priors_check.parameters", scenario=scenario))
    add_labels(table, "parameter")
    add_numbers(table, "prior", "evidence")
    add_names(table, "diagnosis")
    for row in parameters:
        likelihood = row["likelihood_sensitivity"]
        table.add_row(
            row["name"],
            f"{row['prior_sensitivity']:.3f}",
            "–" if likelihood is None else f"{likelihood:.3f}",
            Text(row["diagnosis"], style="bold" if row["verdict"] == "conflict" else ""),
        )
    return table


def _headline(scaled: Json) -> Table:
    names = [row["quantity"] for row in scaled["headline"]]
    first = names[-1]
    table = new_table(say("priors_check.headline", quantity=first))
    add_labels(table, "component")
    add_numbers(table, "sensitivity", "mean_dex", "mcse", "sd", "pareto_k")
    single = [row for row in scaled["components"] if row["kind"] != "priors of a block"]
    for row in sorted(single, key=lambda row: -row["sensitivity"][first])[:_SHOWN]:
        likelihood = row["kind"] == "likelihood"
        table.add_row(
            say("priors_check.of_evidence", name=_rows(row["name"]))
            if likelihood
            else say("priors_check.of_prior", name=row["name"]),
            f"{row['sensitivity'][first]:.3f}",
            f"{row['shift_per_doubling'][first]:+.3f}",
            f"{row['shift_mcse'][first]:.3f}",
            f"{row['width_per_doubling'][first]:+.0%}",
            f"{row['pareto_k']:.2f}",
        )
    return table


def _refits(rows: Iterable[Json]) -> Table:
    """One row per prior and factor: the requirement that moved most; --json has all of them."""
    table = new_table(say("priors_check.refits"))
    add_labels(table, "prior")
    add_numbers(table, "scale")
    add_labels(table, "result")
    add_numbers(table, "median_dex", "mcse", "width", "foretold_dex")
    for row in _strongest(rows):
        table.add_row(
            row["name"],
            f"× {row['factor']:g}",
            row["quantity"],
            f"{row['shift']:+.3f}",
            f"{row['shift_mcse']:.3f}",
            f"× {row['width_ratio']:.2f}",
            f"{row['foretold_shift']:+.3f}",
            style="" if row["agrees"] else "bold",
        )
    return table


def _strongest(rows: Iterable[Json]) -> list[Json]:
    """Of each prior and factor, the requirement that moved most."""
    found: dict[tuple[str, float], Json] = {}
    for row in rows:
        key = row["name"], row["factor"]
        if key not in found or _moved(row) > _moved(found[key]):
            found[key] = row
    return list(found.values())


def _of_refits(rows: Collection[Json]) -> Iterator[str]:
    """Where power-scaling and refits differ, and why."""
    apart = [row for row in rows if not row["agrees"]]
    yield say("priors_check.agree", agree=len(rows) - len(apart), rows=len(rows))
    for row in apart:
        yield say("priors_check.differ", **row)


def _moved(row: Json) -> float:
    """How far a refit moved a requirement, in median or width, or from what was foretold."""
    moved: float = max(
        abs(row["shift"]),
        abs(math.log10(row["width_ratio"])),
        abs(row["mean_shift"] - row["foretold_shift"]),
    )
    return moved


def _predictive(predictive: Json) -> Table:
    table = new_table(say("priors_check.predictive"))
    add_labels(table, "rows", "quantity")
    add_numbers(table, "observed", "prior_p", "posterior_90", "p")
    add_names(table, "verdict")
    for prior, row in zip(
        predictive["prior"]["rows"], predictive["posterior"]["rows"], strict=True
    ):
        low, high = row["interval_90"]
        after, before = (say(f"priors_check.{VERDICTS[one['verdict']]}") for one in (row, prior))
        expected = row["verdict"] == "as expected" and prior["verdict"] == "plausible"
        both = say("priors_check.both_verdicts", posterior=after, prior=before)
        table.add_row(
            _rows(row["likelihood"]),
            row["quantity"].replace("_", " "),
            significant(row["observed"], 3),
            f"{prior['p']:.3f}",
            f"{significant(low, 3)} to {significant(high, 3)}",
            f"{row['p']:.3f}",
            Text(after if expected else both, style="" if expected else "bold"),
        )
    return table


def _rows(likelihood: str) -> str:
    return say(f"likelihoods.{likelihood}")


def _notes(document: Json) -> Iterator[str]:
    scaled = document["power_scaling"]
    for row in scaled["headline"]:
        yield say("priors_check.quantity", quantity=row["quantity"], diagnosis=row["diagnosis"])
    bare = scaled["blocks_without_evidence"]
    if bare:
        yield say("priors_check.no_evidence", blocks=", ".join(bare))
    if scaled["components"]:
        yield say("priors_check.local")
        yield say("priors_check.twice")
