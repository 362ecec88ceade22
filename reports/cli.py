"""The command `eflops`: parse, call the library, print. Nothing is computed here."""

# Heavy imports stand inside the commands, so that `eflops --help` answers at once.
import sys
from pathlib import Path
from typing import Annotated

import typer

from priors.errors import InputError, ScenarioError
from priors.evidence import EVIDENCE, load_evidence
from priors.spec import PRIORS
from reports.cli_calibrate import calibrate
from reports.cli_fitted import Asked, FinishedRun, answer, report_failed, require_passed
from reports.cli_listing import evidence_app, priors_app
from reports.cli_options import (
    EXIT_BAD_INPUT,
    EXIT_FAILED_CHECK,
    AsJson,
    AsOf,
    Chains,
    Days,
    Draws,
    EvidenceFolder,
    PriorsFile,
    Seed,
    Years,
    print_json,
    stdout,
)
from reports.cli_sensitivity import sensitivity

_DEFAULT = ("roadmap-point", "roadmap", "updated")

app = typer.Typer(
    help="The posterior of the EFLOPS required to pre-train the LLM of a given year.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(evidence_app, name="evidence")
app.add_typer(priors_app, name="priors")
app.command()(calibrate)
app.command()(sensitivity)


@app.command()
def estimate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help=f"Built-in names or TOML files.  [default: {' '.join(_DEFAULT)}]"),
    ] = None,
    year: Years = None,
    days: Days = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = 4,
    seed: Seed = 1,
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
    from model.fit import Sampler
    from reports.run import check_destination, write_run
    from reports.tables import print_summary

    if out is not None:
        check_destination(out)
    asked = Asked(scenarios or _DEFAULT, year, days, as_of, evidence_folder, priors_file)
    answered = answer(asked, Sampler(draws=draws, chains=chains), seed=seed, scheduler=scheduler)
    if not allow_failed_checks:
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
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = 4,
    seed: Seed = 1,
    run: FinishedRun = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios draw by draw with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare import compare_all
    from model.fit import Sampler
    from reports.tables import print_comparison

    asked = Asked(scenarios or (), year, days, as_of, evidence_folder, priors_file, run)
    if run is None and len(asked.names) < 2:
        raise ScenarioError("scenarios", f"{len(asked.names)} named", "two or more to compare")
    answered = answer(asked, Sampler(draws=draws, chains=chains), seed=seed)
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
        raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
) -> None:
    """Render the page of a run again, without refitting.

    Example: eflops report runs/first
    """
    from reports.html import render
    from reports.run import read_summary

    destination = run / "report.html" if out is None else out
    destination.write_text(render(read_summary(run)), encoding="utf-8")
    stdout().print(str(destination), soft_wrap=True)


def main() -> None:
    """Run the command; a wrong input is one line on stderr and exit code 1."""
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"eflops: {error}\n")
        raise SystemExit(EXIT_BAD_INPUT) from None
