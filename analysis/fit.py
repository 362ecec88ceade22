"""Fits: scenarios with their posterior, drawn here or on Dask."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import xarray as xr

from analysis.cache import Cache, fit_key
from analysis.checks import Check, check_sampling, diagnose
from analysis.words import say
from model.blocks import BLOCKS, in_blocks
from model.inputs import Inputs, make_inputs
from model.requirement import requirement, with_log10
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_rng
from model.stacking.weights import FORMS
from model.truncation import Wall, truncated
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.records.runs import RunRow
from priors.scenario import Scenario
from priors.selection.frontier import by_date
from priors.thresholds import thresholds

DEFAULT_SAMPLER = Sampler()
NO_CACHE = Cache(None)

#: Called with what is being done, how much of it is done, and how much there is.
type Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fit:
    """A scenario with its posterior: what every question after the fit is asked of.

    Attributes
    ----------
    scenario
        What was fitted; its levers and workload say what is asked.
    evidence, priors
        What it was fitted to.
    stored
        Groups `posterior`, `sample_stats` and `observed_data` (`model.fit.fit`).
    seed
        What it was drawn with.
    without_own
        The same scenario fitted to the built-in evidence, where `evidence` has own rows and what
        they moved is asked.
    """

    scenario: Scenario
    evidence: Evidence
    priors: Priors
    stored: xr.DataTree
    seed: int
    without_own: "Fit | None" = None

    @cached_property
    def inputs(self) -> Inputs:
        """Rows of evidence and prior hyper-parameters, as the model reads them."""
        return make_inputs(self.scenario, self.evidence, self.priors)

    @property
    def as_of(self) -> date:
        """The day up to which the scenario knows the evidence."""
        return self.scenario.as_of or self.evidence.as_of

    @property
    def asked(self) -> dict[str, float]:
        """Numbers by which sentences name the targets (section `trained` of the catalogue)."""
        scenario = self.scenario
        years = scenario.levers.lag_years or 0.0
        return {"parameters": scenario.workload.parameters, "years": years}

    @cached_property
    def known(self) -> Evidence:
        """The evidence as the scenario knows it."""
        return self.evidence.known_on(self.as_of)

    @cached_property
    def trend_runs(self) -> list[RunRow]:
        """Training runs that the trend is fitted to, by date."""
        ids = set(self.inputs.labels["run"])
        return [run for run in by_date(self.evidence.training_runs) if run.id in ids]

    @cached_property
    def posterior(self) -> xr.Dataset:
        """Draws of every parameter; dims chain, draw and step."""
        return self.stored["posterior"].to_dataset()

    @cached_property
    def sample_stats(self) -> xr.Dataset:
        """Statistics of the sampler."""
        return self.stored["sample_stats"].to_dataset()

    @cached_property
    def tree(self) -> xr.DataTree:
        """Every group that ArviZ knows, as `model.posterior.complete` describes it."""
        from model.posterior import complete

        return complete(self.stored, self.scenario.trend.form, self.inputs, seed=self.seed)

    def required(self) -> xr.Dataset:
        """Apply the chain from FLOP to EFLOPS with the scenario's levers.

        Returns
        -------
        Dataset
            As `model.requirement.requirement` describes it, with log10_NAME beside each quantity
            that is no share: means are those of log10. Where the levers ask for it, without the
            draws beyond walls (`model.truncation.truncated`).
        """
        scenario = self.scenario
        required = requirement(self.posterior, scenario.workload, scenario.levers)
        if scenario.levers.walls == "truncate":
            rng = named_rng(self.seed, "walls")
            required = truncated(required, self.walls, scenario.levers.wall_spread, rng)
        return with_log10(required)

    @property
    def walls(self) -> list[Wall]:
        """Training FLOP that are not thought possible at all, as far as they are known."""
        return [
            Wall(row.value, math.inf if row.by_year is None else row.by_year)
            for row in self.known.ceilings
            if row.kind == "wall" and row.quantity == "training_flop"
        ]

    def require_whole(self, question: str) -> None:
        """Refuse a question that is put to all draws where some are to be taken out.

        Raises
        ------
        ScenarioError
            The levers truncate at walls.
        """
        if self.scenario.levers.walls == "truncate":
            raise ScenarioError(
                f"scenario {self.scenario.name}",
                f"levers.walls 'truncate' with {question}",
                "'flag': the question is put to all draws",
            )

    def ask(self, changes: Mapping[str, Any]) -> "Fit":
        """Return the same posterior with other levers or workload; nothing is fitted again.

        Parameters
        ----------
        changes
            Dotted key → value, such as {"levers.days": [60]}.

        Raises
        ------
        ScenarioError
            An unknown key or bad value, or a key on which the posterior depends.
        """
        changed = self.scenario.override(dict(changes))
        if changed.fit_digest != self.scenario.fit_digest:
            raise ScenarioError(
                f"scenario {self.scenario.name}",
                f"a change of {', '.join(changes)}",
                "levers and workload only: anything else takes a new fit",
            )
        without = self.without_own
        return replace(
            self, scenario=changed, without_own=None if without is None else without.ask(changes)
        )

    def sampling_checks(self, blocks: Collection[str] = tuple(BLOCKS)) -> list[Check]:
        """Judge the draws of some blocks of the model."""
        stats = self.sample_stats
        return check_sampling(diagnose(in_blocks(self.posterior, blocks), stats), stats)

    def failed(self, blocks: Collection[str] = tuple(BLOCKS)) -> tuple[str, ...]:
        """Names of the checks of the draws that did not pass."""
        return tuple(check.name for check in self.sampling_checks(blocks) if not check.passed)


def fit_scenario(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Fit:
    """Fit one scenario.

    Parameters
    ----------
    scenario, evidence, priors
        What is believed and known; `evidence` is filtered to the scenario's `as_of`.
    sampler, seed
        Same arguments and seed, same draws. The name of the scenario does not matter: scenarios
        that differ in levers only have the very same draws, others share their random numbers.
    progress
        Told how far the sampler is.

    Raises
    ------
    InputError
        Evidence, priors or scenario do not go together.

    Examples
    --------
    >>> from analysis import fit_scenario
    >>> from priors import load_evidence, load_priors, load_scenario
    >>> fit = fit_scenario(load_scenario("roadmap"), load_evidence(), load_priors(), seed=1)
    >>> fit.required()["peak_eflops"].dims
    ('chain', 'draw', 'target', 'year', 'days', 'precision')
    """
    tree = draw_posterior(scenario, evidence, priors, sampler, seed=seed, progress=progress)
    return Fit(scenario, evidence, priors, tree, seed)


def draw_posterior(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    progress: Progress | None = None,
) -> xr.DataTree:
    """Draw the posterior of one scenario.

    Returns
    -------
    DataTree
        As `model.fit.fit` describes it.
    """
    from model.fit import fit

    inputs = make_inputs(scenario, evidence, priors)
    tell = None
    if progress is not None:
        if sampler.name == "nuts":
            from model.sampling.nuts import compile_form

            forms = FORMS if scenario.trend.form == "stacked" else (scenario.trend.form,)
            for done, form in enumerate(forms):
                progress("compiling the model", done, len(forms))
                compile_form(form, inputs)
            progress("compiling the model", len(forms), len(forms))
        tell = lambda done, of: progress(scenario.name, done, of)  # noqa: E731
    return fit(scenario.trend.form, inputs, sampler, seed=seed, progress=tell)


def fit_scenarios(
    scenarios: Sequence[Scenario],
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    cache: Cache = NO_CACHE,
    progress: Progress | None = None,
    client: Any = None,  # noqa: ANN401 - a distributed.Client, which is an optional dependency
) -> list[Fit]:
    """Fit scenarios one after the other here, or at the same time on a Dask cluster.

    The draws are the same either way. Every scenario is checked before the first is sampled;
    scenarios that differ in levers only are fitted once.

    Parameters
    ----------
    cache
        Where finished fits are looked up and kept.
    client
        A `distributed.Client`; None fits in this process.

    Returns
    -------
    list of Fit
        In the order of the scenarios.
    """
    for scenario in scenarios:
        make_inputs(scenario, evidence, priors)
    keys = [fit_key(one, evidence, priors, sampler, seed) for one in scenarios]
    found = {key: cache.read(key) for key in dict.fromkeys(keys)}
    missing: dict[str, Scenario] = {}
    for key, one in zip(keys, scenarios, strict=True):
        if found[key] is None:
            missing.setdefault(key, one)
    if client is None:
        for key, one in missing.items():
            found[key] = draw_posterior(
                one, evidence, priors, sampler, seed=seed, progress=progress
            )
    else:
        futures = {
            key: client.submit(
                draw_posterior, one, evidence, priors, sampler, seed=seed, pure=False
            )
            for key, one in missing.items()
        }
        for done, (key, future) in enumerate(futures.items(), start=1):
            found[key] = future.result()
            if progress is not None:
                progress("cluster", done, len(futures))
    trees = {key: tree for key, tree in found.items() if tree is not None}
    for key in missing:
        cache.write(key, trees[key])
    return [
        Fit(one, evidence, priors, trees[key], seed)
        for key, one in zip(keys, scenarios, strict=True)
    ]


def check_refits(name: str, failures: Sequence[Sequence[str]]) -> Check:
    """Judge several refits together.

    Parameters
    ----------
    failures
        Of each refit, the names of its failed checks.
    """
    limit = thresholds("refits")["failed"]
    count = sum(bool(failed) for failed in failures)
    about = say("checks.refits", count=len(failures))
    return Check.at_most(name, float(count), limit, about)
