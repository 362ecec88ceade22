"""Terminal table of a calibration: what was ranked, and what the test could have found."""

from collections.abc import Iterator

from rich.console import Console, Group
from rich.text import Text

from priors.documents import Json
from reports.numbers import significant
from reports.tables.style import new_table

_SMALLEST_P = 1e-4


def print_calibration(document: Json, console: Console) -> None:
    """Print the verdict on every quantity, then notes and the failed checks."""
    title = (
        f"{document['scenario']}, {document['form']} trend: rank of {_replications(document)} "
        "truths among draws of their posteriors"
    )
    table = new_table(title)
    table.add_column("quantity", no_wrap=True)
    for heading in ("mean rank,\nshare", "p-value", "p-value\nadjusted"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("uniform", no_wrap=True)
    verdicts = {check["name"]: check["passed"] for check in document["checks"]}
    for name, entry in document["quantities"].items():
        passed = verdicts[f"sbc_{name}"]
        table.add_row(
            name,
            f"{entry['rank_mean']:.3f}",
            p_text(entry["p_value"]),
            p_text(entry["p_adjusted"]),
            "yes" if passed else "NO",
            style="" if passed else "bold red",
        )
    notes = (Text(f"· {note}", style="dim") for note in _notes(document))
    console.print(Group(table, *notes, _verdict(document["checks"])))


def p_text(p_value: float) -> str:
    """Write a p-value in two digits, down to where they say nothing more."""
    return f"<{_SMALLEST_P:g}" if p_value < _SMALLEST_P else significant(p_value, 2)


def _notes(document: Json) -> Iterator[str]:
    refits, power = document["refits"], document["power"]
    if document["noise_factor"] != 1:
        yield (
            f"Self-test: the rows were drawn with every noise sd of the truth times "
            f"{document['noise_factor']:g}, so that the model is wrong and checks should fail."
        )
    found = ", ".join(f"{mistake} {chance:.2f}" for mistake, chance in power.items())
    yield f"Chance that so many replications show a quantity whose posterior is {found}."
    if document["fixed"]:
        yield f"Fixed by the priors, so not ranked: {', '.join(document['fixed'])}."
    yield (
        f"{refits['by_nuts']} of {refits['replications']} refits were drawn by NUTS, as their "
        f"exact draws were not accepted; effective draws of a refit: "
        f"{refits['ess_median']:.0f} (median), {refits['ess_smallest']:.0f} (smallest), for "
        f"{document['manifest']['ranked_draws']} ranked draws."
    )


def _replications(document: Json) -> int:
    return max(int(entry["replications"]) for entry in document["quantities"].values())


def _verdict(checks: list[Json]) -> Text:
    failed = sum(not check["passed"] for check in checks)
    if failed:
        return Text(f"{failed} of {len(checks)} checks FAILED", style="bold red")
    return Text(f"· {len(checks)} checks passed", style="dim")
