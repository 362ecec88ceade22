"""The command `eflops`: parse, call the library, print. Nothing is computed here."""

# Heavy imports stand inside the commands, so that `eflops --help` answers at once.
from pathlib import Path
from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS
from reports.cli_cache import cache_app
from reports.cli_calibrate import calibrate
from reports.cli_fitted import Asked, answer, report_failed, require_passed
from reports.cli_listing import evidence_app, priors_app
from reports.cli_options import (
    AsJson,
    AsOf,
    Chains,
    Days,
    Devices,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    NoCache,
    Precisions,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
    Years,
    lever_changes,
    print_json,
    sampler_of,
    stdout,
)
from reports.cli_sensitivity import sensitivity
from reports.exit_codes import FAILED_CHECK

_DEFAULT = ("roadmap-point", "roadmap", "updated")

app = typer.Typer(
    help="The posterior of the EFLOPS required to pre-train the LLM of a given year.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        stdout().print(f"eflops {version('eflops')}")
        raise typer.Exit


@app.callback()
def eflops(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Say how many EFLOPS it takes to pre-train the LLM of a given year, and how sure that is."""


@app.command()
def estimate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help=f"Built-in names or TOML files.  [default: {' '.join(_DEFAULT)}]"),
    ] = None,
    year: Years = None,
    days: Days = None,
    lag: Lag = None,
    precision: Precisions = None,
    devices: Devices = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    run: FinishedRunFolder = None,
    no_cache: NoCache = False,
    out: Annotated[Path | None, typer.Option(help="Write a run directory here.")] = None,
    as_json: AsJson = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler to fit on.")
    ] = None,
    allow_failed_checks: Annotated[
        bool, typer.Option(help="Publish a result whose checks failed, marked as such.")
    ] = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Sample the posterior of required EFLOPS.

    Example: eflops estimate updated --year 2030 --days 60 --out runs/first
    """
    from reports.tables import print_summary

    if out is not None:
        from reports.run import check_run_destination, write_run

        check_run_destination(out)
    asked = Asked(
        scenarios or (() if run else _DEFAULT),
        lever_changes(year, days, lag, precision, devices),
        as_of,
        evidence_folder,
        priors_file,
        run,
        not no_cache,
    )
    answered = answer(
        asked, sampler_of(sampler, draws, chains), seed=seed, scheduler=scheduler, summarise=True
    )
    if not allow_failed_checks or not answered.finite:
        require_passed(answered)
    if out is not None:
        by_name = {fitted.scenario.name: fitted.scenario for fitted in answered.fitted}
        write_run(out, answered.trees, by_name, answered.summary)
    if as_json:
        print_json(answered.summary)
    else:
        print_summary(answered.summary, stdout())
    if answered.failed:
        report_failed(answered.summary)


@app.command()
def compare(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Two or more; the first is the baseline.")
    ] = None,
    year: Years = None,
    days: Days = None,
    lag: Lag = None,
    precision: Precisions = None,
    devices: Devices = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    run: FinishedRunFolder = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios draw by draw with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare import compare_all
    from reports.tables import print_comparison

    asked = Asked(
        scenarios or (),
        lever_changes(year, days, lag, precision, devices),
        as_of,
        evidence_folder,
        priors_file,
        run,
        not no_cache,
    )
    if run is None and len(asked.names) < 2:
        raise ScenarioError("scenarios", f"{len(asked.names)} named", "two or more to compare")
    answered = answer(asked, sampler_of(sampler, draws, chains), seed=seed)
    require_passed(answered)
    if len(answered.fitted) < 2:
        raise ScenarioError(f"run {run}", "one scenario", "two or more to compare")
    comparison = {**compare_all(answered.fitted), "manifest": answered.summary["manifest"]}
    if as_json:
        print_json(comparison)
    else:
        print_comparison(comparison, stdout())


@app.command()
def reproduce(as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE) -> None:
    """Recompute every figure that the roadmap prints, each with a verdict.

    Example: eflops reproduce --json
    """
    from analysis.reproduce import reproduce as reproduce_figures
    from reports.tables import reproduction_table

    items = reproduce_figures(load_evidence(evidence_folder))
    if as_json:
        figures = [
            {
                **item.figure.model_dump(mode="json"),
                "recomputed": item.recomputed,
                "difference": item.difference,
                "verdict": item.verdict,
            }
            for item in items
        ]
        print_json({"figures": figures})
    else:
        console = stdout()
        console.print(reproduction_table(items))
        for item in items:
            if item.verdict == "misprint":
                console.print(f"· {item.figure.id}: {item.figure.erratum}")
    if any(item.verdict == "differs" for item in items):
        raise typer.Exit(FAILED_CHECK)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
) -> None:
    """Render the page of a run again, without refitting.

    Example: eflops report runs/first
    """
    from reports.finished_run import FinishedRun
    from reports.html import render
    from reports.new_file import write_file

    destination = run / "report.html" if out is None else out
    page = render(FinishedRun(run).summary)
    write_file(destination, page, may_replace=out is None)
    stdout().print(str(destination), soft_wrap=True)


# The help lists the commands in this order: the main job stands first, above.
app.command()(sensitivity)
app.command()(calibrate)
app.add_typer(evidence_app, name="evidence")
app.add_typer(priors_app, name="priors")
app.add_typer(cache_app, name="cache")
