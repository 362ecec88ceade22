"""`eflops report`: the page of a finished run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.documents import Json
from priors.errors import ScenarioError
from reports.cli.request.options import Lang, stdout


def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
    lang: Lang = LANGUAGES[0],
    figures: Annotated[
        Path | None, typer.Option(help="Write every figure here, as PNG and PDF for slides.")
    ] = None,
    backtest: Annotated[
        Path | None, typer.Option(help="Folder written by backtest --out, to be shown too.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Folder written by calibrate --out, to be shown too.")
    ] = None,
) -> None:
    """Render the page of a run again, without refitting.

    Example: eflops report runs/first --lang ja
    """
    from reports.finished_run import FinishedRun
    from reports.new_file import write_figures, write_file
    from reports.page.drawn import pictures
    from reports.page.render import render

    destination = run / "report.html" if out is None else out
    finished = FinishedRun(run)
    shown = {
        "backtest": None if backtest is None else _result("--backtest", backtest, "campaigns"),
        "calibration": None
        if calibration is None
        else _result("--calibration", calibration, "quantities"),
    }
    page = render(finished.page, finished.summary, lang, **shown)
    if figures is not None:
        found = pictures(finished.page, finished.summary, **shown)
        write_figures(figures, {name: one.draw("wide") for name, one in found.items()})
    write_file(destination, page, may_replace=out is None)
    stdout().print(str(destination), soft_wrap=True)


def _result(option: str, folder: Path, part: str) -> Json:
    """Read the result that a command kept in a folder.

    Raises
    ------
    ScenarioError
        There is none, or it is of another command.
    """
    path = folder / "summary.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"{option} {path}", found, "the result of that command") from error
    if not isinstance(document, dict) or part not in document:
        raise ScenarioError(f"{option} {path}", f"no {part}", "the result of that command")
    return document
