"""One fit per scenario for all statistical tests of the model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import pytest
import xarray as xr

from model.fit import fit as draw
from model.inputs import Inputs, make_inputs
from model.posterior import complete
from model.sampling.sampler import Sampler
from priors.scenario import Scenario, load_scenario

LINEAR = {"trend.form": "linear", "trend.since": 2018.0}
#: One case has what is read off the line; the others are faster without.
FITTED = {
    **dict.fromkeys(["record.data", "lag.data", "length.data"], "none"),
    "levers.targets": ["frontier"],
}
#: Name of a case → scenario, and what is overridden.
CASES = {
    "updated": ("updated", {"trend.form": "drifting"}),
    "updated-stacked": ("updated", FITTED),
    "updated-linear": ("updated", {**LINEAR, **FITTED}),
    "updated-walk": ("updated", {"trend.form": "random-walk", **FITTED}),
    "updated-saturating": ("updated", {"trend.form": "saturating", **FITTED}),
    "roadmap": ("roadmap", {}),
    "roadmap-linear": ("roadmap", {"trend.form": "linear"}),
    "roadmap-point": ("roadmap-point", {}),
}


@dataclass(frozen=True)
class Fit:
    """A fitted case."""

    scenario: Scenario
    inputs: Inputs
    tree: xr.DataTree

    @property
    def posterior(self) -> xr.Dataset:
        return self.tree["posterior"].to_dataset()

    @property
    def prior(self) -> xr.Dataset:
        return self.tree["prior"].to_dataset()


def fit_whole(form: str, inputs: Inputs, sampler: Sampler, *, seed: int) -> xr.DataTree:
    """Fit, and add every group that `model.posterior.complete` describes."""
    return complete(draw(form, inputs, sampler, seed=seed), form, inputs, seed=seed)


@pytest.fixture(scope="session")
def case_inputs(evidence, priors) -> Callable[[str], tuple[Scenario, Inputs]]:
    """Scenario and inputs of a case of `CASES`."""

    def of(case: str) -> tuple[Scenario, Inputs]:
        name, changes = CASES[case]
        scenario = load_scenario(name).override(changes)
        return scenario, make_inputs(scenario, evidence, priors)

    return of


@pytest.fixture(scope="session")
def fit(case_inputs) -> Callable[[str], Fit]:
    """Fit a case of `CASES` by exact draws of the published number, once per session."""

    @lru_cache
    def fit_once(case: str) -> Fit:
        scenario, inputs = case_inputs(case)
        return Fit(scenario, inputs, fit_whole(scenario.trend.form, inputs, Sampler(), seed=20301))

    return fit_once


@pytest.fixture(scope="session")
def compiled(case_inputs) -> Callable[[str], None]:
    """Compile a form for NUTS once, with the inputs of a scenario it is hardly ever used for.

    So every fit by NUTS of these tests is one of a model that was compiled with other data, of
    other lengths: `roadmap` has no runs, no systems and no campaigns.
    """
    from model.sampling.nuts import compile_form

    @lru_cache
    def compile_once(form: str) -> None:
        _, inputs = case_inputs("roadmap")
        compile_form(form, inputs)

    return compile_once


@pytest.fixture(scope="session")
def by_nuts(compiled) -> Callable[..., xr.DataTree]:
    """Fit inputs by NUTS."""

    def fit_by_nuts(form: str, inputs: Inputs, sampler: Sampler, seed: int) -> xr.DataTree:
        compiled(form)
        return fit_whole(form, inputs, replace(sampler, name="nuts"), seed=seed)

    return fit_by_nuts
