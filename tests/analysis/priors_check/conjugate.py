"""A posterior of which one parameter is known in closed form: a normal mean with a normal prior.

All else are draws of the priors of a built-in scenario, so that the chain to EFLOPS applies. What
is trained is the frontier itself: log10 of effective EFLOPS is level + slope × years + constant.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats

from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from priors.scenario import load_scenario

PARAMETER, LIKELIHOOD = "trend_slope", "trend_runs"


@dataclass(frozen=True)
class Conjugate:
    """Rows y_i ~ N(slope, sd), and what they make of the prior of `trend_slope`."""

    tree: xr.DataTree
    scenario: object
    inputs: object
    prior: tuple[float, float]
    posterior: tuple[float, float]


def conjugate(evidence, priors, *, rows, sd, scenario="updated", seed=0, draws=2500) -> Conjugate:
    chosen = load_scenario(scenario).fitted_part()
    chosen = chosen.override({"trend.form": "linear", "levers.targets": ["frontier"]})
    inputs = make_inputs(chosen, evidence, priors)
    rng = np.random.default_rng(seed)
    shape = (4, draws)
    posterior = dataset(draw_prior("linear", inputs, shape, rng=rng), inputs)
    stated = inputs.priors[PARAMETER].standardised()
    rows = np.asarray(rows, float)
    precision = 1 / stated.scale**2 + len(rows) / sd**2
    mean = (stated.loc / stated.scale**2 + rows.sum() / sd**2) / precision
    posterior[PARAMETER] = posterior[PARAMETER].copy(
        data=mean + rng.standard_normal(shape) / np.sqrt(precision)
    )
    uncertain = {
        name: prior.standardised().distribution()
        for name, prior in inputs.priors.items()
        if name in posterior and prior.standardised().scale > 0
    }
    log_prior = {
        name: (("chain", "draw"), prior.logpdf(posterior[name].values))
        for name, prior in uncertain.items()
    }
    density = stats.norm.logpdf(rows, posterior[PARAMETER].values[..., None], sd)
    none = np.empty((*shape, 0))
    log_likelihood = {
        LIKELIHOOD: (("chain", "draw", "run"), density),
        "law_studies": (("chain", "draw", "run_set"), none),
        "law_sizes": (("chain", "draw", "sized_run_set"), none),
        "mfu_rows": (("chain", "draw", "system"), none),
        "campaign_rows": (("chain", "draw", "campaign"), none),
        "goodput_rows": (("chain", "draw", "goodput_row"), none),
    }
    tree = xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "log_prior": xr.Dataset(log_prior),
            "log_likelihood": xr.Dataset(log_likelihood),
        }
    )
    return Conjugate(
        tree, chosen, inputs, (stated.loc, stated.scale), (mean, 1 / np.sqrt(precision))
    )
