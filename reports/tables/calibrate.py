"""Table of `eflops calibrate`."""

from collections.abc import Iterator

from rich.console import Console, Group
from rich.text import Text

from analysis.numbers import significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, new_table, note

_SMALLEST_P = 1e-4


def print_calibration(document: Json, console: Console) -> None:
    """Print the verdict on every quantity, then notes and the failed checks."""
    table = new_table(
        say(
            "calibrate.title",
            scenario=document["scenario"],
            form=document["form"],
            replications=_replications(document),
        )
    )
    add_labels(table, "quantity")
    add_numbers(table, "mean_rank", "p_value", "p_adjusted")
    add_labels(table, "uniform")
    verdicts = {check["name"]: check["passed"] for check in document["checks"]}
    for name, entry in document["quantities"].items():
        passed = verdicts[f"sbc_{name}"]
        table.add_row(
            name,
            f"{entry['rank_mean']:.3f}",
            p_text(entry["p_value"]),
            p_text(entry["p_adjusted"]),
            say("verdicts.yes" if passed else "verdicts.no"),
            style="" if passed else "bold red",
        )
    console.print(Group(table, *map(note, _notes(document)), _verdict(document["checks"])))


def p_text(p_value: float) -> str:
    """Write a p-value in two digits, down to where they say nothing more."""
    return f"<{_SMALLEST_P:g}" if p_value < _SMALLEST_P else significant(p_value, 2)


def _notes(document: Json) -> Iterator[str]:
    refits, power = document["refits"], document["power"]
    if document["noise_factor"] != 1:
        yield say("calibrate.self_test", factor=document["noise_factor"])
    if document["broken"] is not None:
        yield say("calibrate.broken", how=say(f"broken.{document['broken']}"))
    if document["found"] is not None:
        yield say("calibrate.found", share=document["found"])
    found = ", ".join(f"{mistake}: {chance:.2f}" for mistake, chance in power.items())
    yield say("calibrate.power", mistakes=found)
    if document["form"] == "stacked":
        yield say("calibrate.stacked")
    if document["fixed"]:
        yield say("calibrate.fixed", names=", ".join(document["fixed"]))
    yield say(
        "calibrate.refits",
        by_nuts=refits["by_nuts"],
        replications=refits["replications"],
        median=refits["ess_median"],
        smallest=refits["ess_smallest"],
        ranked=document["manifest"]["ranked_draws"],
    )
    seconds = document["manifest"]["seconds_per_hundred"]
    if seconds is not None:
        yield say("calibrate.seconds", seconds=seconds)


def _replications(document: Json) -> int:
    return max(int(entry["replications"]) for entry in document["quantities"].values())


def _verdict(checks: list[Json]) -> Text:
    failed = sum(not check["passed"] for check in checks)
    if failed:
        said = say("verdicts.failed", failed=failed, count=len(checks))
        return Text(said, style="bold red")
    return note(say("verdicts.passed", count=len(checks)))
