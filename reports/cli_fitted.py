"""Scenarios with their posterior for a command: from a finished run, or fitted now."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from priors.errors import ScenarioError
from priors.evidence import Evidence, load_evidence
from priors.scenario import Scenario, load_scenario
from priors.spec import Priors, load_priors
from priors.units import decimal_year
from reports.cli_options import EXIT_FAILED_CHECK, dask_client, day, progress_bars

if TYPE_CHECKING:
    import xarray as xr

    from analysis.fitted import Fitted
    from model.fit import Sampler

# A plain assignment: Typer does not look through a `type` alias.
FinishedRun = Annotated[
    Path | None,
    typer.Option("--run", help="Use the posterior of this finished run; nothing is refitted."),
]


@dataclass(frozen=True)
class Asked:
    """What the command line says of scenarios, evidence and sampler.

    Attributes
    ----------
    names
        Built-in scenarios or TOML files; with `run`, names of the run's scenarios (none: all).
    run
        Folder of a finished run, or None to fit now.
    """

    names: Sequence[str]
    year: list[str] | None
    days: list[float] | None
    as_of: datetime | None
    evidence_folder: Path
    priors_file: Path
    run: Path | None = None


@dataclass(frozen=True)
class Answered:
    """Fitted scenarios, with everything a command needs besides.

    Attributes
    ----------
    trees
        Name → DataTree of every group; empty where the posterior comes from a run.
    summary
        What `estimate --json` prints.
    failed
        Whether a check of the posterior failed.
    """

    evidence: Evidence
    priors: Priors
    fitted: "list[Fitted]"
    trees: "dict[str, xr.DataTree]"
    summary: dict[str, Any]
    failed: bool


def answer(
    asked: Asked, sampler: "Sampler", *, seed: int, scheduler: str | None = None
) -> Answered:
    """Read the posterior from the run that is named, or fit the scenarios now."""
    evidence = load_evidence(asked.evidence_folder)
    priors = load_priors(evidence.sources, asked.priors_file)
    if asked.run is not None:
        return _from_run(asked, asked.run, evidence, priors)
    return _fit(asked, evidence, priors, sampler, seed, scheduler)


def require_passed(answered: Answered) -> None:
    """Say which checks failed on stderr and end with exit code 3; nothing is published."""
    if answered.failed:
        report_failed(answered.summary)
        raise typer.Exit(EXIT_FAILED_CHECK)


def report_failed(summary: dict[str, Any]) -> None:
    """Name every failed check on stderr."""
    from reports.tables import check_text

    for name, scenario in summary["scenarios"].items():
        for check in scenario["checks"]:
            if not check["passed"]:
                sys.stderr.write(f"eflops: check failed: {name}: {check_text(check)}\n")


def choose(asked: Asked) -> list[Scenario]:
    """Load scenarios with the options of the command line; each may stand once."""
    chosen = [_with_options(load_scenario(name), asked) for name in asked.names]
    found = [scenario.name for scenario in chosen]
    for name in found:
        if found.count(name) > 1:
            raise ScenarioError("scenarios", f"{name!r} twice", "each scenario once")
    return chosen


def _fit(
    asked: Asked,
    evidence: Evidence,
    priors: Priors,
    sampler: "Sampler",
    seed: int,
    scheduler: str | None,
) -> Answered:
    from analysis.estimate import fit_scenarios, summarise_scenarios
    from analysis.fitted import Fitted
    from analysis.summarise import failed_checks
    from reports.run import manifest

    chosen = choose(asked)
    with progress_bars() as progress, dask_client(scheduler) as client:
        trees = fit_scenarios(
            chosen, evidence, priors, sampler, seed=seed, progress=progress, client=client
        )
    by_name = {scenario.name: scenario for scenario in chosen}
    summary = {
        "scenarios": summarise_scenarios(trees, chosen, evidence, priors),
        "manifest": manifest(evidence, priors, by_name, sampler, seed),
    }
    failed = bool(failed_checks(summary))
    summary["manifest"]["checks_passed"] = not failed
    fitted = [
        Fitted(scenario, trees[scenario.name]["posterior"].to_dataset()) for scenario in chosen
    ]
    return Answered(evidence, priors, fitted, trees, summary, failed)


def _from_run(asked: Asked, run: Path, evidence: Evidence, priors: Priors) -> Answered:
    from analysis.fitted import Fitted
    from analysis.summarise import failed_checks
    from reports.run import read_draws, read_scenarios, read_summary

    if asked.as_of is not None:
        raise ScenarioError("--as-of", f"a day with --run {run}", "no --run: a new day is a refit")
    summary, scenarios = read_summary(run), read_scenarios(run)
    names = asked.names or list(scenarios)
    for name in names:
        if name not in scenarios:
            raise ScenarioError(f"run {run}", f"no scenario {name!r}", f"{', '.join(scenarios)}")
    chosen = [_with_options(scenarios[name], asked) for name in names]
    fitted = [Fitted(scenario, read_draws(run, scenario.name)) for scenario in chosen]
    return Answered(evidence, priors, fitted, {}, summary, bool(failed_checks(summary)))


def _with_options(scenario: Scenario, asked: Asked) -> Scenario:
    changes: dict[str, Any] = {}
    if asked.year:
        changes["levers.years"] = [_year(text) for text in asked.year]
    if asked.days:
        changes["levers.days"] = asked.days
    if asked.as_of is not None:
        changes["as_of"] = day(asked.as_of)
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
