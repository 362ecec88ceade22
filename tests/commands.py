"""The commands of `eflops`, as their files are called."""

import click
import typer

from reports.cli.app import app


def _names(command: click.Command, name: str = "") -> list[str]:
    inner = getattr(command, "commands", {})
    found = [one for key, sub in inner.items() for one in _names(sub, f"{name}_{key}".strip("_"))]
    return found or [name]


#: Names of all commands that do something; a sub-command `eflops X Y` is X_Y.
COMMANDS = _names(typer.main.get_command(app))
