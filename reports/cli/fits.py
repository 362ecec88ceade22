"""Scenarios with their posterior for a command: from a finished run, the cache, or fitted now."""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from priors.errors import ScenarioError
from priors.evidence import Evidence, load_evidence
from priors.prior_rows import Priors, load_priors
from priors.scenario import Scenario, load_scenario
from reports.cli.failed_checks import say_failed
from reports.cli.options import dask_client, day, progress_bars
from reports.exit_codes import FAILED_CHECK

if TYPE_CHECKING:
    import xarray as xr

    from analysis.fitted import Fitted
    from model.sampling.sampler import Sampler
    from reports.finished_run import FinishedRun


@dataclass(frozen=True)
class Asked:
    """What the command line says of scenarios, evidence and where the posterior comes from.

    Attributes
    ----------
    names
        Built-in scenarios or TOML files; with `run`, of the run or sharing a posterior with one
        of its scenarios (none: all of the run).
    levers
        Changes of levers, dotted key → value; they never fit again.
    run
        Folder of a finished run, or None.
    use_cache
        Whether finished fits are looked up and kept.
    """

    names: Sequence[str]
    levers: dict[str, Any]
    as_of: datetime | None
    evidence_folder: Path
    priors_file: Path
    run: Path | None = None
    use_cache: bool = True


@dataclass(frozen=True)
class Answered:
    """Fitted scenarios, with everything a command needs besides.

    Attributes
    ----------
    trees
        Name → groups `posterior`, `sample_stats` and `observed_data`.
    summary
        What `estimate --json` prints; of a run, unless it was asked to be made anew, what it
        printed then.
    seed
        What the posterior was drawn with.
    failed
        Whether a check of the posterior failed.
    finite
        Whether every number of the summary is finite, without which nothing can be published.
    """

    evidence: Evidence
    priors: Priors
    fitted: "list[Fitted]"
    trees: "dict[str, xr.DataTree]"
    summary: dict[str, Any]
    seed: int
    failed: bool
    finite: bool


def answer(
    asked: Asked,
    sampler: "Sampler",
    *,
    seed: int,
    scheduler: str | None = None,
    summarise: bool = False,
) -> Answered:
    """Read the posterior from the run that is named or from the cache, or fit now.

    Parameters
    ----------
    summarise
        Whether the summary of a run is to be made anew, with the levers that are asked.
    """
    evidence = load_evidence(asked.evidence_folder)
    priors = load_priors(evidence.sources, asked.priors_file)
    if asked.run is not None:
        return _from_run(asked, asked.run, evidence, priors, summarise=summarise)
    return _fit(asked, evidence, priors, sampler, seed, scheduler)


def require_passed(answered: Answered) -> None:
    """Say which checks failed on stderr and end with exit code 3; nothing is published."""
    if answered.failed:
        report_failed(answered.summary)
        raise typer.Exit(FAILED_CHECK)


def report_failed(summary: dict[str, Any]) -> None:
    """Name every failed check on stderr."""
    for name, scenario in summary["scenarios"].items():
        say_failed(scenario["checks"], name)


def choose(asked: Asked) -> list[Scenario]:
    """Load scenarios with the options of the command line; each may stand once."""
    chosen = [_with_options(load_scenario(name), asked) for name in asked.names]
    _refuse_twice(chosen)
    return chosen


def require_same_inputs(answered: Answered, run: Path | None) -> None:
    """Refuse to recompute from a run what takes the evidence and priors that it was fitted to.

    Raises
    ------
    ScenarioError
        The run was made with other evidence or priors.
    """
    known = answered.summary["manifest"]
    for name, found in (
        ("evidence", answered.evidence.digests),
        ("priors", answered.priors.digest),
    ):
        if run is not None and known[name] != found:
            raise ScenarioError(
                f"run {run}", f"other {name} than are given", f"the {name} that it was made with"
            )


def _fit(
    asked: Asked,
    evidence: Evidence,
    priors: Priors,
    sampler: "Sampler",
    seed: int,
    scheduler: str | None,
) -> Answered:
    from analysis.cache import default_cache
    from analysis.estimate import NO_CACHE, fit_scenarios
    from reports.manifest import manifest

    chosen = choose(asked)
    with _warnings_on_stderr(), progress_bars() as progress, dask_client(scheduler) as client:
        trees = fit_scenarios(
            chosen,
            evidence,
            priors,
            sampler,
            seed=seed,
            cache=default_cache() if asked.use_cache else NO_CACHE,
            progress=progress,
            client=client,
        )
    by_name = {scenario.name: scenario for scenario in chosen}
    made = manifest(evidence, priors, by_name, sampler, seed)
    return _summarised(chosen, trees, evidence, priors, made)


def _summarised(
    chosen: list[Scenario],
    trees: "dict[str, xr.DataTree]",
    evidence: Evidence,
    priors: Priors,
    manifest: dict[str, Any],
) -> Answered:
    from analysis.estimate import summarise_scenarios
    from analysis.fitted import Fitted
    from analysis.summarise import failed_checks, is_finite

    summary = {
        "scenarios": summarise_scenarios(trees, chosen, evidence, priors),
        "manifest": manifest,
    }
    failed = bool(failed_checks(summary))
    summary["manifest"]["checks_passed"] = not failed
    fitted = [Fitted(one, trees[one.name]["posterior"].to_dataset()) for one in chosen]
    return Answered(
        evidence, priors, fitted, trees, summary, manifest["seed"], failed, is_finite(summary)
    )


def _from_run(
    asked: Asked, run: Path, evidence: Evidence, priors: Priors, *, summarise: bool
) -> Answered:
    from analysis.fitted import Fitted
    from analysis.summarise import failed_checks
    from reports.finished_run import FinishedRun

    if asked.as_of is not None:
        raise ScenarioError("--as-of", f"a day with --run {run}", "no --run: a new day is a refit")
    finished = FinishedRun(run)
    summary, seed = finished.summary, finished.manifest["seed"]
    chosen, trees = [], {}
    for name in asked.names or list(finished.scenarios):
        scenario, key = _of_run(finished, name)
        chosen.append(_with_options(scenario, asked))
        trees[scenario.name] = finished.tree(key)
    _refuse_twice(chosen)
    fitted = [Fitted(one, trees[one.name]["posterior"].to_dataset()) for one in chosen]
    failed = bool(failed_checks(summary))
    answered = Answered(evidence, priors, fitted, trees, summary, seed, failed, finite=True)
    if not summarise:
        return answered
    require_same_inputs(answered, run)
    made = {**summary["manifest"], "scenarios": {one.name: one.digest for one in chosen}}
    return _summarised(chosen, trees, evidence, priors, made)


def _of_run(finished: "FinishedRun", name: str) -> tuple[Scenario, str]:
    """Scenario of a name, and which of a run's posteriors is its own.

    A scenario that is not in the run but differs from one of its scenarios in levers and workload
    only has the same posterior.
    """
    known = finished.scenarios
    if name in known:
        return known[name], name
    listed = f"one of {', '.join(known)}, or a scenario that differs from one in levers only"
    try:
        scenario = load_scenario(name)
    except ScenarioError as error:
        if name.endswith(".toml"):
            raise
        raise ScenarioError(f"run {finished.folder}", f"no scenario {name!r}", listed) from error
    for key, other in known.items():
        if other.fit_digest == scenario.fit_digest:
            return scenario, key
    raise ScenarioError(
        f"run {finished.folder}", f"no posterior that scenario {scenario.name!r} shares", listed
    )


def _refuse_twice(chosen: list[Scenario]) -> None:
    found = [scenario.name for scenario in chosen]
    for name in found:
        if found.count(name) > 1:
            raise ScenarioError("scenarios", f"{name!r} twice", "each scenario once")


def _with_options(scenario: Scenario, asked: Asked) -> Scenario:
    changes = dict(asked.levers)
    if asked.as_of is not None:
        changes["as_of"] = day(asked.as_of)
    return scenario.override(changes) if changes else scenario


@contextmanager
def _warnings_on_stderr() -> Iterator[None]:
    """Write a warning of the cache as one line."""
    from analysis.cache import CacheWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CacheWarning)
        try:
            yield
        finally:
            for warning in caught:
                sys.stderr.write(f"eflops: warning: {warning.message}\n")
