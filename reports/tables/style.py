"""Style of all tables: columns, notes, checks and verdicts."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from analysis.words import say
from priors.documents import Json

#: Width in which every table fits.
_UNLIMITED = 10_000
#: Columns, at least, in which names that may go on in a second line are printed.
_LEAST_OF_NAMES = 16


def new_table(title: str) -> Table:
    """Start a table in the style that all share."""
    return Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False
    )


class FittingConsole(Console):
    """Console that prints a table which does not fit its width as several that do."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401 - as Rich has it
        """Print, with every table cut between its columns where it is too wide."""
        super().print(*(self._fitted(one) for one in objects), **options)

    def _fitted(self, one: Any) -> Any:  # noqa: ANN401 - anything that Rich renders
        if isinstance(one, Group):
            return Group(*(self._fitted(part) for part in one.renderables))
        if isinstance(one, Table):
            return Group(*stacked(one, self))
        return one


def stacked(table: Table, console: Console) -> list[Table]:
    """Cut a table that is too wide into tables with the same labels and some of its columns each.

    Rich cuts what does not fit; no number is ever cut here. Labels are the columns before the
    first of numbers. A table that fits is returned as it is.
    """
    if _width(table, console) <= console.width:
        return [table]
    first = next(
        (at for at, one in enumerate(table.columns) if one.justify == "right"), len(table.columns)
    )
    labels, rest = list(range(first)), list(range(first, len(table.columns)))
    widest = max(rest, key=lambda at: _width(_part(table, [*labels, at]), console), default=None)
    if widest is not None and _width(_part(table, [*labels, widest]), console) > console.width:
        for at in labels:
            table.columns[at].no_wrap, table.columns[at].overflow = False, "fold"
    found: list[Table] = []
    chosen: list[int] = []
    for column in rest:
        if chosen and _width(_part(table, [*labels, *chosen, column]), console) > console.width:
            found.append(_part(table, [*labels, *chosen]))
            chosen = []
        chosen.append(column)
    found.append(_part(table, [*labels, *chosen]))
    for part in found[1:]:
        part.title = say("assess.continued", title=str(table.title))
    return found


def _width(table: Table, console: Console) -> int:
    """Columns that a table needs so that nothing is cut; long names may go on in a second line."""
    whole = [at for at, one in enumerate(table.columns) if one.no_wrap]
    options = console.options.update(width=_UNLIMITED)
    needed = Measurement.get(console, options, _part(table, whole)).maximum
    return needed + _LEAST_OF_NAMES * (len(table.columns) - len(whole))


def _part(table: Table, columns: Sequence[int]) -> Table:
    """Return some columns of a table."""
    made = new_table(str(table.title))
    for at in columns:
        one = table.columns[at]
        made.add_column(one.header, justify=one.justify, no_wrap=one.no_wrap, overflow=one.overflow)
    cells = [list(table.columns[at].cells) for at in columns]
    for number, row in enumerate(table.rows):
        made.add_row(*(column[number] for column in cells), style=row.style)
    return made


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
