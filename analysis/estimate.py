"""The main job: fit scenarios and say what they require."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from analysis.notes import notes
from analysis.summarise import Json, summarise
from model.fit import Sampler, compile_form, named_seed, sample
from model.inputs import make_inputs
from model.posterior import complete
from priors.evidence import Evidence
from priors.scenario import Scenario
from priors.spec import Priors

DEFAULT_SAMPLER = Sampler()

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
    inputs = make_inputs(scenario, evidence, priors)
    name = scenario.name
    tell = None
    if progress is not None:
        progress("compiling the model", 0, 1)
        compile_form(scenario.trend.form, inputs)
        progress("compiling the model", 1, 1)
        tell = lambda done, of: progress(name, done, of)  # noqa: E731
    tree = sample(
        scenario.trend.form, inputs, sampler, seed=named_seed(seed, "nuts"), progress=tell
    )
    rng = np.random.default_rng(named_seed(seed, "drawn back"))
    return complete(tree, scenario.trend.form, inputs, rng=rng)


def fit_scenarios(
    scenarios: Sequence[Scenario],
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
    client: Any = None,  # noqa: ANN401 - a distributed.Client, which is an optional dependency
) -> dict[str, xr.DataTree]:
    """Fit scenarios one after the other here, or at the same time on a Dask cluster.

    The draws are the same either way. Every scenario is checked before the first is sampled.

    Parameters
    ----------
    client
        A `distributed.Client`; None fits in this process.
    """
    for scenario in scenarios:
        make_inputs(scenario, evidence, priors)
    if client is None:
        return {
            scenario.name: fit_scenario(
                scenario, evidence, priors, sampler, seed=seed, progress=progress
            )
            for scenario in scenarios
        }
    futures = [
        client.submit(fit_scenario, scenario, evidence, priors, sampler, seed=seed, pure=False)
        for scenario in scenarios
    ]
    trees = {}
    for done, (scenario, future) in enumerate(zip(scenarios, futures, strict=True), start=1):
        trees[scenario.name] = future.result()
        if progress is not None:
            progress("cluster", done, len(futures))
    return trees


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
