"""Fits for a command: from a run, from the cache, or drawn now."""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence, load_evidence
from priors.prior_rows import Priors, load_priors
from priors.scenario import Scenario, load_scenario
from reports.cli.request.failed_checks import say_failed
from reports.cli.request.options import dask_client, day, progress_bars
from reports.exit_codes import FAILED_CHECK

if TYPE_CHECKING:
    from analysis.fit import Fit, Progress
    from model.sampling.sampler import Sampler
    from reports.finished_run import FinishedRun


@dataclass(frozen=True)
class FitRequest:
    """What the command line says of scenarios, evidence and where the posterior comes from.

    Attributes
    ----------
    names
        Built-in scenarios or TOML files; with `run`, of the run or sharing a posterior with one
        of its scenarios (none: all of the run).
    levers
        Changes of levers, dotted key → value; they never fit again.
    sampler, seed
        How the posterior is drawn where it is fitted now.
    run
        Folder of a finished run, or None.
    use_cache
        Whether finished fits are looked up and kept.
    scheduler
        Address of a Dask scheduler to fit on, or None.
    weigh_own_rows
        Whether own rows of evidence are weighed by a fit without them.
    """

    names: Sequence[str]
    levers: dict[str, Any]
    as_of: datetime | None
    evidence_folder: Path
    priors_file: Path
    sampler: "Sampler"
    seed: int
    run: Path | None = None
    use_cache: bool = True
    scheduler: str | None = None
    weigh_own_rows: bool = False


@dataclass(frozen=True)
class Fits:
    """Scenarios with their posterior, and their summary.

    Attributes
    ----------
    fits
        In the order of the command line.
    summary
        What `estimate --json` prints; of a run, unless it was asked to be made anew, what it
        printed then.
    """

    fits: "list[Fit]"
    summary: Json

    @property
    def manifest(self) -> Json:
        """What the result depends on."""
        manifest: Json = self.summary["manifest"]
        return manifest

    @property
    def failed(self) -> bool:
        """Whether a check of a posterior did not pass."""
        from analysis.estimate.summary import failed_checks

        return bool(failed_checks(self.summary))

    @property
    def finite(self) -> bool:
        """Whether every number is finite, without which nothing can be published."""
        from analysis.estimate.summary import is_finite

        return is_finite(self.summary)

    def report_failed(self) -> None:
        """Name every failed check on stderr."""
        for name, scenario in self.summary["scenarios"].items():
            say_failed(scenario["checks"], name)

    def require_passed(self) -> None:
        """Name failed checks on stderr and end with exit code 3; nothing is published."""
        if self.failed:
            self.report_failed()
            raise typer.Exit(FAILED_CHECK)


def obtain_fits(request: FitRequest, *, summarise: bool = False) -> Fits:
    """Read the posterior from the run that is named or from the cache, or fit now.

    Parameters
    ----------
    summarise
        Whether the summary of a run is made anew, with the levers that are asked.

    Raises
    ------
    InputError
        Evidence, priors, scenarios or run do not go together.
    """
    evidence = load_evidence(request.evidence_folder)
    priors = load_priors(evidence.sources, request.priors_file)
    if evidence.own and not request.weigh_own_rows:
        _say_own_rows(evidence)
    if request.run is not None:
        return _from_run(request, request.run, evidence, priors, summarise=summarise)
    return _fit_now(request, evidence, priors)


def require_same_inputs(made: Fits, run: Path | None) -> None:
    """Refuse to recompute from a run what takes the evidence and priors that it was fitted to.

    Raises
    ------
    ScenarioError
        The run was made with other evidence or priors.
    """
    fit = made.fits[0]
    for name, found in (("evidence", fit.evidence.digests), ("priors", fit.priors.digest)):
        if run is not None and made.manifest[name] != found:
            raise ScenarioError(
                f"run {run}", f"other {name} than are given", f"the {name} that it was made with"
            )


def _fit_now(request: FitRequest, evidence: Evidence, priors: Priors) -> Fits:
    from analysis.cache import default_cache
    from analysis.fit import NO_CACHE, fit_scenarios
    from analysis.manifest import manifest

    chosen = [_with_options(load_scenario(name), request) for name in request.names]
    _refuse_twice(chosen)
    with (
        _warnings_on_stderr(),
        progress_bars() as progress,
        dask_client(request.scheduler) as client,
    ):
        fits = fit_scenarios(
            chosen,
            evidence,
            priors,
            request.sampler,
            seed=request.seed,
            cache=default_cache() if request.use_cache else NO_CACHE,
            progress=progress,
            client=client,
        )
        if request.weigh_own_rows and evidence.own:
            fits = _beside_built_in(fits, chosen, request, progress)
    by_name = {scenario.name: scenario for scenario in chosen}
    return _summarised(fits, manifest(evidence, priors, by_name, request.sampler, request.seed))


def _say_own_rows(evidence: Evidence) -> None:
    """Say on stderr that own rows are used, where the answer itself has no place for it."""
    from analysis.own_evidence import contradiction_in_words, contradictions, rows_in_words

    sentences = [
        rows_in_words(evidence.own),
        *map(contradiction_in_words, contradictions(evidence)),
    ]
    for sentence in sentences:
        sys.stderr.write(f"eflops: {sentence['text']}\n")


def _beside_built_in(
    fits: "list[Fit]", scenarios: Sequence[Scenario], request: FitRequest, progress: "Progress"
) -> "list[Fit]":
    """Give each fit the one to the built-in evidence alone, which own rows are laid over."""
    from analysis.cache import default_cache
    from analysis.fit import NO_CACHE, fit_scenarios

    built_in = fit_scenarios(
        scenarios,
        load_evidence(),
        fits[0].priors,
        request.sampler,
        seed=fits[0].seed,
        cache=default_cache() if request.use_cache else NO_CACHE,
        progress=progress,
    )
    pairs = zip(fits, built_in, strict=True)
    return [replace(fit, without_own=without) for fit, without in pairs]


def _summarised(fits: "list[Fit]", manifest: Json) -> Fits:
    from analysis.estimate.summary import summarise_fits

    made = Fits(fits, {"scenarios": summarise_fits(fits), "manifest": manifest})
    manifest["checks_passed"] = not made.failed
    weighed = {name: one["own_evidence"] for name, one in made.summary["scenarios"].items()}
    own = {name: found["moved"] for name, found in weighed.items() if found is not None}
    manifest["own_evidence"] = {**manifest["own_evidence"], "moved": own}
    return made


def _from_run(
    request: FitRequest, run: Path, evidence: Evidence, priors: Priors, *, summarise: bool
) -> Fits:
    from analysis.fit import Fit
    from reports.finished_run import FinishedRun

    if request.as_of is not None:
        raise ScenarioError("--as-of", f"a day with --run {run}", "no --run: a new day is a refit")
    finished = FinishedRun(run)
    fits = []
    for name in request.names or list(finished.scenarios):
        scenario, key = _of_run(finished, name)
        scenario = _with_options(scenario, request)
        seed = finished.manifest["seed"]
        fits.append(Fit(scenario, evidence, priors, finished.tree(key), seed))
    _refuse_twice([fit.scenario for fit in fits])
    made = Fits(fits, finished.summary)
    _require_same_own_rows(made, evidence, run)
    if not summarise:
        return made
    require_same_inputs(made, run)
    if request.weigh_own_rows and evidence.own:
        with progress_bars() as progress:
            fits = _beside_built_in(fits, [fit.scenario for fit in fits], request, progress)
    scenarios = {fit.scenario.name: fit.scenario.digest for fit in fits}
    return _summarised(fits, {**made.manifest, "scenarios": scenarios})


def _require_same_own_rows(made: Fits, evidence: Evidence, run: Path) -> None:
    """Refuse to ask a run with other own rows of evidence than it was fitted to."""
    from analysis.own_evidence import of_tables

    stated = made.manifest.get("own_evidence", {}).get("rows", {})
    given = {table: list(ids) for table, ids in evidence.own.items()}
    if stated != given:
        expected = (
            f"--evidence with the folder of its own rows, {of_tables(stated)}"
            if stated
            else "no --evidence: the run has no own rows"
        )
        raise ScenarioError(f"run {run}", f"own rows {of_tables(given) or 'none'}", expected)


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


def _with_options(scenario: Scenario, request: FitRequest) -> Scenario:
    changes = dict(request.levers)
    if request.as_of is not None:
        changes["as_of"] = day(request.as_of)
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
