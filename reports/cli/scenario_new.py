"""`eflops scenario new`: a scenario file to start from."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from priors.errors import ScenarioError


def scenario_new(
    out: Annotated[
        Path | None, typer.Option(help="Write it here; an existing file is not overwritten.")
    ] = None,
) -> None:
    """Write a commented scenario file with every key that may be changed.

    Example: eflops scenario new --out own.toml
    """
    from priors.scenario_file import scenario_template

    text = scenario_template()
    if out is None:
        sys.stdout.write(text)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ScenarioError("--out", f"{out}, which is there", "a new file") from None
    except OSError as error:
        raise ScenarioError("--out", f"{out}: {error.strerror}", "a file to write") from error
