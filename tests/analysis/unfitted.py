"""A scenario with draws that look like a posterior, made without compiling or fitting a model."""

import numpy as np
import xarray as xr

from analysis.fit import Fit
from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from priors.scenario import load_scenario

#: Sd of a posterior over that of its prior, roughly, so that the chain stays in its usual range.
_NARROWER = {
    "trend_level": 0.15,
    "trend_slope": 0.4,
    "trend_steps": 0.5,
    "law_a": 0.3,
    "mfu_median": 0.3,
    "mfu_new_system": 0.7,
}


def unfitted(name, evidence, priors, *, chains=4, draws=5000, seed=0) -> Fit:
    """Draws of the priors of a built-in scenario, about as wide as its posterior."""
    scenario = load_scenario(name)
    if scenario.trend.form == "stacked":
        scenario = scenario.override({"trend.form": "drifting"})
    inputs = make_inputs(scenario, evidence, priors)
    rng = np.random.default_rng(seed)
    drawn = dataset(draw_prior(scenario.trend.form, inputs, (chains, draws), rng=rng), inputs)
    for variable, narrower in _NARROWER.items():
        if variable not in drawn:
            continue
        middle = drawn[variable].median(("chain", "draw"))
        drawn[variable] = (middle + narrower * (drawn[variable] - middle)).assign_attrs(
            drawn[variable].attrs
        )
    drawn["law_b"] = xr.zeros_like(drawn["law_b"]) + 1 - drawn["law_a"] + drawn["law_closure"]
    stored = xr.DataTree.from_dict({"posterior": drawn})
    return Fit(scenario, evidence, priors, stored, seed)
