"""The main job: fit scenarios and say what they require."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import xarray as xr

from analysis.cache import Cache, fit_key
from analysis.notes import notes
from analysis.summarise import Json, summarise
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

DEFAULT_SAMPLER = Sampler()
NO_CACHE = Cache(None)

#: Called with the scenario's name, draws finished and draws in all.
type Progress = Callable[[str, int, int], None]


def fit_scenario(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    progress: Progress | None = None,
) -> xr.DataTree:
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

    Returns
    -------
    DataTree
        As `model.posterior.complete` describes it.

    Raises
    ------
    InputError
        Evidence, priors or scenario do not go together.
    """
    from model.posterior import complete

    tree = fit_posterior(scenario, evidence, priors, sampler, seed=seed, progress=progress)
    return complete(tree, scenario.trend.form, make_inputs(scenario, evidence, priors), seed=seed)


def fit_posterior(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    progress: Progress | None = None,
) -> xr.DataTree:
    """Fit one scenario as `fit_scenario` does, without the groups that can be recomputed.

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

            progress("compiling the model", 0, 1)
            compile_form(scenario.trend.form, inputs)
            progress("compiling the model", 1, 1)
        tell = lambda done, of: progress(scenario.name, done, of)  # noqa: E731
    return fit(scenario.trend.form, inputs, sampler, seed=seed, progress=tell)


def fit_scenarios(
    scenarios: Sequence[Scenario],
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    cache: Cache = NO_CACHE,
    progress: Progress | None = None,
    client: Any = None,  # noqa: ANN401 - a distributed.Client, which is an optional dependency
) -> dict[str, xr.DataTree]:
    """Fit scenarios one after the other here, or at the same time on a Dask cluster.

    The draws are the same either way. Every scenario is checked before the first is sampled;
    scenarios that differ in levers only are fitted once.

    Parameters
    ----------
    cache
        Where finished fits are looked up and kept.
    client
        A `distributed.Client`; None fits in this process.
    """
    for scenario in scenarios:
        make_inputs(scenario, evidence, priors)
    keys = {one.name: fit_key(one, evidence, priors, sampler, seed) for one in scenarios}
    found = {key: cache.read(key) for key in dict.fromkeys(keys.values())}
    missing: dict[str, Scenario] = {}
    for one in scenarios:
        if found[keys[one.name]] is None:
            missing.setdefault(keys[one.name], one)
    if client is None:
        for key, one in missing.items():
            found[key] = fit_posterior(one, evidence, priors, sampler, seed=seed, progress=progress)
    else:
        futures = {
            key: client.submit(fit_posterior, one, evidence, priors, sampler, seed=seed, pure=False)
            for key, one in missing.items()
        }
        for done, (key, future) in enumerate(futures.items(), start=1):
            found[key] = future.result()
            if progress is not None:
                progress("cluster", done, len(futures))
    trees = {key: tree for key, tree in found.items() if tree is not None}
    for key in missing:
        cache.write(key, trees[key])
    return {name: trees[key] for name, key in keys.items()}


def summarise_scenarios(
    trees: Mapping[str, xr.DataTree],
    scenarios: Sequence[Scenario],
    evidence: Evidence,
    priors: Priors,
) -> Json:
    """Results, parameters, checks and notes of each scenario, by name."""
    return {
        scenario.name: {
            **summarise(trees[scenario.name], scenario, evidence),
            "notes": notes(trees[scenario.name], scenario, evidence, priors),
        }
        for scenario in scenarios
    }
