"""Style of all tables: columns, notes, checks and verdicts."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.words import say
from priors.documents import Json


def new_table(title: str) -> Table:
    """Start a table in the style that all share."""
    return Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False
    )


def add_names(table: Table, *headings: str) -> None:
    """Add columns of names, by the key of their headings; a long name goes on in a second line."""
    for heading in headings:
        table.add_column(say(f"headings.{heading}"), overflow="fold")


def add_labels(table: Table, *headings: str) -> None:
    """Add columns of short labels, which are never cut."""
    for heading in headings:
        table.add_column(say(f"headings.{heading}"), no_wrap=True)


def add_numbers(table: Table, *headings: str) -> None:
    """Add columns of numbers, which are never cut."""
    for heading in headings:
        table.add_column(say(f"headings.{heading}"), justify="right", no_wrap=True)


def check_text(check: Json) -> str:
    """One check as `name = value, expected relation threshold`."""
    value = "nan" if check["value"] is None else f"{check['value']:.4g}"
    return say(
        "verdicts.check",
        name=check["name"],
        value=value,
        relation=check["relation"],
        threshold=check["threshold"],
    )


def failed_text(check: Json) -> str:
    """One failed check: name, value, what was expected, and what it is about."""
    return say("verdicts.check_about", check=check_text(check), about=check["about"])


def note(text: str) -> Text:
    """Write a remark below a table."""
    return Text(f"· {text}", style="dim")


def verdict_lines(checks: Sequence[Json]) -> Iterable[Text]:
    """Name each check that failed, or say how many passed."""
    failed = [check for check in checks if not check["passed"]]
    if not failed:
        return [note(say("verdicts.passed", count=len(checks)))]
    return [
        Text(say("verdicts.failed_check", check=failed_text(check)), style="bold red")
        for check in failed
    ]
