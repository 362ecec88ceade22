"""One compilation a form and one fit a scenario for all statistical tests of the model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
import xarray as xr

from model.nuts import compile_form, sample
from model.sampler import Sampler
from model.inputs import Inputs, make_inputs
from model.posterior import complete
from priors.scenario import Scenario, load_scenario

#: The default scenario gets the published number of draws, the others half of it to save time:
#: tolerances follow the draws. The point has no variance, so that few draws say all.
PUBLISHED = Sampler()
HALF = Sampler(draws=2500)
FEW = Sampler(draws=250, tune=200)

#: Name of a case → scenario, what is overridden, sampler.
CASES = {
    "updated": ("updated", {}, PUBLISHED),
    "updated-linear": ("updated", {"trend.form": "linear", "trend.since": 2018.0}, HALF),
    "roadmap": ("roadmap", {}, HALF),
    "roadmap-point": ("roadmap-point", {}, FEW),
}


@dataclass(frozen=True)
class Fit:
    """A fitted case; `raw` is what the sampler returned, `tree` the completed posterior."""

    scenario: Scenario
    inputs: Inputs
    raw: xr.DataTree
    tree: xr.DataTree

    @property
    def posterior(self) -> xr.Dataset:
        return self.tree["posterior"].to_dataset()

    @property
    def prior(self) -> xr.Dataset:
        return self.tree["prior"].to_dataset()


@pytest.fixture(scope="session")
def case_inputs(evidence, priors) -> Callable[[str], tuple[Scenario, Inputs]]:
    """Scenario and inputs of a case of `CASES`."""

    def of(case: str) -> tuple[Scenario, Inputs]:
        name, changes, _ = CASES[case]
        scenario = load_scenario(name).override(changes)
        return scenario, make_inputs(scenario, evidence, priors)

    return of


@pytest.fixture(scope="session")
def compiled(case_inputs) -> Callable[[str], None]:
    """Compile a form once, with the inputs of a scenario that it is hardly ever used for.

    So every fit of these tests is one of a model that was compiled with other data, of other
    lengths: `roadmap` has no runs, no systems and no campaigns.
    """

    @lru_cache
    def compile_once(form: str) -> None:
        _, inputs = case_inputs("roadmap")
        compile_form(form, inputs)

    return compile_once


@pytest.fixture(scope="session")
def fit(case_inputs, compiled) -> Callable[[str], Fit]:
    """Fit a case of `CASES`, once a session."""

    @lru_cache
    def fit_once(case: str) -> Fit:
        scenario, inputs = case_inputs(case)
        form = scenario.trend.form
        compiled(form)
        raw = sample(form, inputs, CASES[case][2], seed=20301)
        tree = complete(raw, form, inputs, rng=np.random.default_rng(20302))
        return Fit(scenario, inputs, raw, tree)

    return fit_once
