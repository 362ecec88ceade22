"""The command `eflops`: parse, call the library, print. Nothing is computed here."""

# Heavy imports stand inside the commands, so that `eflops --help` answers at once.
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from priors.errors import InputError, ScenarioError
from priors.evidence import EVIDENCE, load_evidence
from priors.scenario import Scenario, load_scenario
from priors.spec import PRIORS, load_priors
from priors.units import decimal_year
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
    dask_client,
    day,
    print_json,
    progress_bars,
    stdout,
)

_DEFAULT = ("roadmap-point", "roadmap", "updated")

app = typer.Typer(
    help="The posterior of the EFLOPS required to pre-train the LLM of a given year.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(evidence_app, name="evidence")
app.add_typer(priors_app, name="priors")


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
    from analysis.estimate import fit_scenarios, summarise_scenarios
    from analysis.summarise import failed_checks
    from model.fit import Sampler
    from reports.run import check_destination, manifest, write_run
    from reports.tables import print_summary

    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen = _choose(scenarios or _DEFAULT, year, days, as_of)
    if out is not None:
        check_destination(out)
    sampler = Sampler(draws=draws, chains=chains)
    with progress_bars() as progress, dask_client(scheduler) as client:
        trees = fit_scenarios(
            chosen, evidence, priors, sampler, seed=seed, progress=progress, client=client
        )
    by_name = {scenario.name: scenario for scenario in chosen}
    summary = {
        "scenarios": summarise_scenarios(trees, chosen, evidence, priors),
        "manifest": manifest(evidence, priors, by_name, sampler, seed),
    }
    failed = failed_checks(summary)
    summary["manifest"]["checks_passed"] = not failed
    if failed and not allow_failed_checks:
        _report_failed(summary)
        raise typer.Exit(EXIT_FAILED_CHECK)
    if out is not None:
        write_run(out, trees, by_name, summary)
    if as_json:
        print_json(summary)
    else:
        print_summary(summary, stdout())
    if failed:
        _report_failed(summary)


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two or more; the first is the baseline.")],
    year: Years = None,
    days: Days = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = 4,
    seed: Seed = 1,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios draw by draw with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare import Fitted, compare_all
    from analysis.estimate import fit_scenarios, summarise_scenarios
    from analysis.summarise import failed_checks
    from model.fit import Sampler
    from reports.run import manifest
    from reports.tables import print_comparison

    if len(scenarios) < 2:
        raise ScenarioError("scenarios", f"{len(scenarios)} scenario", "two or more to compare")
    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen = _choose(scenarios, year, days, as_of)
    sampler = Sampler(draws=draws, chains=chains)
    with progress_bars() as progress:
        trees = fit_scenarios(chosen, evidence, priors, sampler, seed=seed, progress=progress)
    by_name = {scenario.name: scenario for scenario in chosen}
    summary = {"scenarios": summarise_scenarios(trees, chosen, evidence, priors)}
    if failed_checks(summary):
        _report_failed(summary)
        raise typer.Exit(EXIT_FAILED_CHECK)
    fitted = [
        Fitted(scenario, trees[scenario.name]["posterior"].to_dataset()) for scenario in chosen
    ]
    comparison = {
        **compare_all(fitted),
        "manifest": manifest(evidence, priors, by_name, sampler, seed),
    }
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


def _with_options(
    scenario: Scenario,
    year: list[str] | None,
    days: list[float] | None,
    as_of: datetime | None,
) -> Scenario:
    changes: dict[str, Any] = {}
    if year:
        changes["levers.years"] = [_year(text) for text in year]
    if days:
        changes["levers.days"] = days
    if as_of is not None:
        changes["as_of"] = day(as_of)
    return scenario.override(changes) if changes else scenario


def _year(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return decimal_year(date.fromisoformat(text))
    except ValueError:
        raise ScenarioError("--year", repr(text), "a decimal year or an ISO date") from None


def _choose(
    names: Sequence[str], year: list[str] | None, days: list[float] | None, as_of: datetime | None
) -> list[Scenario]:
    """Load scenarios with the options of the command line; each may stand once."""
    chosen = [_with_options(load_scenario(name), year, days, as_of) for name in names]
    found = [scenario.name for scenario in chosen]
    for name in found:
        if found.count(name) > 1:
            raise ScenarioError("scenarios", f"{name!r} twice", "each scenario once")
    return chosen


def _report_failed(summary: dict[str, Any]) -> None:
    from reports.tables import check_text

    for name, scenario in summary["scenarios"].items():
        for check in scenario["checks"]:
            if not check["passed"]:
                sys.stderr.write(f"eflops: check failed: {name}: {check_text(check)}\n")
