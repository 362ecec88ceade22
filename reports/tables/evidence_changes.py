"""Tables of `eflops evidence changes`."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.numbers import with_interval
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, new_table, note


def print_changes(document: Json, console: Console) -> None:
    """Print each correction with what it moved."""
    where = {key: document[key] for key in ("scenario", "year", "days", "precision")}
    console.print(Text(say("evidence_changes.title", **where), style="bold"))
    for change in document["changes"]:
        console.print(Group(*_change(change, document["now"]), Text()))


def _change(change: Json, now: Sequence[Json]) -> Iterator[Table | Text]:
    yield Text(
        say(
            "evidence_changes.reason",
            day=change["date"],
            reason=change["reason"],
            tables=", ".join(change["tables"]),
        )
    )
    moved = [
        (before, after)
        for before, after in zip(change["before"], now, strict=False)
        if before["moved"]
    ]
    if not change["enters"]:
        yield note(say("evidence_changes.does_not_enter"))
    elif not moved:
        yield note(say("evidence_changes.moves_nothing"))
    else:
        yield _moved(moved)
    if change["failed"]:
        failed = say("evidence_changes.failed", checks=", ".join(change["failed"]))
        yield Text(failed, style="bold red")


def _moved(results: Sequence[tuple[Json, Json]]) -> Table:
    table = new_table("")
    add_labels(table, "target", "quantity", "before", "now")
    for before, after in results:
        table.add_row(
            after["target"],
            say(f"evidence_changes.{after['quantity']}"),
            with_interval(before),
            with_interval(after),
        )
    return table
