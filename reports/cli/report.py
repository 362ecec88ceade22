"""`eflops report`: the page of a finished run."""

from pathlib import Path
from typing import Annotated

import typer

from reports.cli.request.options import (
    stdout,
)


def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
) -> None:
    """Render the page of a run again, without refitting.

    Example: eflops report runs/first
    """
    from reports.finished_run import FinishedRun
    from reports.new_file import write_file
    from reports.page.render import render

    destination = run / "report.html" if out is None else out
    page = render(FinishedRun(run).summary)
    write_file(destination, page, may_replace=out is None)
    stdout().print(str(destination), soft_wrap=True)
