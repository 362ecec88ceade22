"""Terminal tables of `priors check`: power-scaling, conflicts, predictive checks."""

from collections.abc import Iterable, Iterator

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from priors.documents import Json
from reports.numbers import significant
from reports.tables.style import failed_text, new_table

#: Components of the table of the headline.
_SHOWN = 8

_LIKELIHOODS = {
    "trend_runs": "training runs",
    "law_studies": "scaling studies",
    "mfu_rows": "step MFU",
    "campaign_rows": "campaigns",
}


def print_priors_check(document: Json, console: Console) -> None:
    """Print what `reports.cli.priors_check` put together."""
    parts: list[RenderableType] = []
    scaled, slope = document["power_scaling"], document["roadmap_slope"]
    if scaled["parameters"]:
        parts += [_parameters(document["scenario"], scaled["parameters"]), _headline(scaled)]
    if document["refits"]:
        parts.append(_refits(document["refits"]))
    if document["predictive"]["posterior"]["rows"]:
        parts.append(_predictive(document["predictive"]))
    parts += [Text(f"· {note}", style="dim") for note in _notes(document)]
    if slope is None:
        parts.append(Text("· Roadmap-era slope: not confronted; --refit does.", style="dim"))
    else:
        parts.append(Text(f"· {slope['diagnosis']}", style="bold" if slope["conflict"] else ""))
    failed = [check for check in document["checks"] if not check["passed"]]
    for check in failed:
        parts.append(Text(f"FAILED: {failed_text(check)}", style="bold red"))
    if not failed:
        parts.append(Text(f"· {len(document['checks'])} checks passed", style="dim"))
    console.print(Group(*parts))


def _parameters(scenario: str, parameters: Iterable[Json]) -> Table:
    table = new_table(f"{scenario}: what each parameter owes to its prior and to the evidence")
    table.add_column("parameter", no_wrap=True)
    for heading in ("prior", "evidence"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("diagnosis", overflow="fold")
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
    table = new_table(
        f"What moves log10 of required EFLOPS ({first}): sensitivity, and the change if the "
        "component counted twice"
    )
    table.add_column("component", no_wrap=True)
    for heading in ("sensitivity", "mean, dex", "± MCSE", "sd", "Pareto k"):
        table.add_column(heading, justify="right", no_wrap=True)
    single = [row for row in scaled["components"] if row["kind"] != "priors of a block"]
    for row in sorted(single, key=lambda row: -row["sensitivity"][first])[:_SHOWN]:
        likelihood = row["kind"] == "likelihood"
        table.add_row(
            f"evidence: {_LIKELIHOODS[row['name']]}" if likelihood else f"prior: {row['name']}",
            f"{row['sensitivity'][first]:.3f}",
            f"{row['shift_per_doubling'][first]:+.3f}",
            f"{row['shift_mcse'][first]:.3f}",
            f"{row['width_per_doubling'][first]:+.0%}",
            f"{row['pareto_k']:.2f}",
        )
    return table


def _refits(rows: Iterable[Json]) -> Table:
    table = new_table("Refitted with a prior half and twice as wide")
    table.add_column("prior", no_wrap=True)
    table.add_column("width", justify="right", no_wrap=True)
    table.add_column("result", no_wrap=True)
    for heading in ("median, dex", "± MCSE", "90 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["name"],
            f"× {row['factor']:g}",
            row["quantity"],
            f"{row['shift']:+.3f}",
            f"{row['shift_mcse']:.3f}",
            f"× {row['width_ratio']:.2f}",
        )
    return table


def _predictive(predictive: Json) -> Table:
    table = new_table("Evidence against what prior and posterior would produce")
    table.add_column("rows", no_wrap=True)
    table.add_column("quantity", no_wrap=True)
    for heading in ("observed", "prior p", "posterior, 90 %", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for prior, row in zip(
        predictive["prior"]["rows"], predictive["posterior"]["rows"], strict=True
    ):
        low, high = row["interval_90"]
        expected = row["verdict"] == "as expected" and prior["verdict"] == "plausible"
        verdict = "as expected" if expected else f"{row['verdict']}; prior: {prior['verdict']}"
        table.add_row(
            _LIKELIHOODS[row["likelihood"]],
            row["quantity"].replace("_", " "),
            significant(row["observed"], 3),
            f"{prior['p']:.3f}",
            f"{significant(low, 3)} to {significant(high, 3)}",
            f"{row['p']:.3f}",
            Text(verdict, style="" if expected else "bold"),
        )
    return table


def _notes(document: Json) -> Iterator[str]:
    scaled = document["power_scaling"]
    for row in scaled["headline"]:
        yield f"log10 of {row['quantity']}: {row['diagnosis']}."
    bare = scaled["blocks_without_evidence"]
    if bare:
        yield f"No evidence enters {', '.join(bare)}: there the result is its priors."
    if not scaled["components"]:
        return
    yield (
        "Sensitivities are local (powers 0.99 and 1.01), of priors with a row of their own only; a "
        "normal posterior that is its prior has 0.08."
    )
    yield (
        "Posterior predictive p-values crowd at 0.5 as the rows were used twice: a small one says "
        "more than its value, a middling one less."
    )
