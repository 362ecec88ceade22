"""`eflops report`: the page of a finished run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.options import EvidenceFolder, Lang, PriorsFile, sampler_of, stdout


def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
    lang: Lang = LANGUAGES[0],
    machine: Annotated[
        str | None,
        typer.Option(help="Built-in name or TOML file of the machine to assess, not FugakuNEXT."),
    ] = None,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
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
    from reports.page.drawn import drawings, results
    from reports.page.render import render

    destination = run / "report.html" if out is None else out
    finished = FinishedRun(run)
    shown = {
        "backtest": None if backtest is None else _result("--backtest", backtest, "campaigns"),
        "calibration": None
        if calibration is None
        else _result("--calibration", calibration, "quantities"),
    }
    document = finished.page
    if machine is not None:
        document = _with_machine(run, document, machine, evidence_folder, priors_file)
    page = render(document, finished.summary, lang, **shown)
    if figures is not None:
        drawn = {name: draw("wide") for name, draw in drawings(document, finished.summary).items()}
        write_figures(figures, {**drawn, **results(**shown)})
    write_file(destination, page, may_replace=out is None)
    stdout().print(str(destination), soft_wrap=True)


def _with_machine(run: Path, page: Json, machine: str, evidence: Path, priors: Path) -> Json:
    """Assess another machine with the posterior of a run."""
    from analysis.report.page import assessed
    from reports.cli.request.fits import FitRequest, obtain_fits

    request = FitRequest(
        names=[page["lead"]],
        levers={},
        as_of=None,
        evidence_folder=evidence,
        priors_file=priors,
        sampler=sampler_of("exact", 1, None),
        seed=0,
        run=run,
    )
    (fit,) = obtain_fits(request).fits
    return {**page, "assessed": assessed(fit, machine)}


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
