"""Style that all terminal tables share, and a check as text."""

from rich import box
from rich.table import Table

from priors.documents import Json


def new_table(title: str) -> Table:
    """Start a table in the style that all share."""
    return Table(
        title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, pad_edge=False
    )


def check_text(check: Json) -> str:
    """One check as `name value, expected relation threshold`."""
    value = "nan" if check["value"] is None else f"{check['value']:.4g}"
    return f"{check['name']} = {value}, expected {check['relation']} {check['threshold']:g}"


def failed_text(check: Json) -> str:
    """One failed check: name, value, what was expected, and what it is about."""
    return f"{check_text(check)} ({check['about']})"
