"""One replication: truth, simulated rows, refit, ranks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr
from numpy.random import Generator

from analysis.calibrate.ranks import rank_among
from analysis.checks import diagnose, is_constant
from model.chain import share
from model.delivered.goodput import SAMPLED, goodput_logit
from model.delivered.step_mfu import COEFFICIENTS
from model.fit import fit
from model.gaussian import Array
from model.inputs import Inputs, make_inputs
from model.posterior import dataset, draw_prior
from model.replicate import replicate, trend_mean, with_rows
from model.requirement import log10, requirement
from model.sampling.sampler import DrawingError, Sampler
from model.sampling.seeds import named_seed
from model.stacking.weights import FORMS, Weights, weigh_forms
from model.targets import frontier_flop
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario, TrendForm

#: A model that is wrong on purpose: noise twice as large, laws three times as different, the sign
#: of every covariate of step MFU swapped.
type Broken = Literal["noise", "law-spread", "swapped-sign"]

#: Draws among which the truth is ranked: one in ten of 1000, so that ranks hold too where NUTS
#: had to draw (ranks among dependent draws pile up at both ends).
RANKED_DRAWS = 100
SAMPLER = Sampler(draws=500, tune=400, chains=2, cores=1)

#: Standard deviations of the rows about what the parameters say of them.
SPREADS = (
    *("trend_noise", "trend_grade_factor", "law_size_spread", "law_exponent_spread"),
    *("mfu_system_spread", "mfu_run_spread"),
    *("campaign_counting_spread", "campaign_goodput_spread"),
)
#: Ways to draw rows wrongly → parameters of the truth, and what they are multiplied by.
BROKEN: dict[Broken, tuple[tuple[str, ...], float]] = {
    "noise": (SPREADS, 2.0),
    "law-spread": (("law_size_spread", "law_exponent_spread"), 3.0),
    "swapped-sign": (COEFFICIENTS[1:], -1.0),
}
#: What is required, of the quantities of `model.requirement`: others have the same ranks.
_REQUIRED = ("effective_eflops", "efficiency", "peak_eflops")
_PRIOR_DRAWS = 100


#: Variables of a posterior that are not ranked: paths, of which some years are, and the number of
#: a form, which is drawn with given frequencies.
_NOT_RANKED = {"trend_steps", "trend_form"}


@dataclass(frozen=True)
class Plan:
    """What a replication depends on besides its number.

    Attributes
    ----------
    inputs
        The design: dates, grades, systems and standard errors are kept, figures are replaced.
    names, fixed
        What is ranked, and what does not vary because priors fix it.
    noise_factor
        Rows are drawn with the `SPREADS` of the truth times this: a model that is wrong on
        purpose, unless it is 1.
    broken
        Another way in which the rows are drawn wrongly on purpose (`BROKEN`).
    weights
        Of the forms of a combined trend: a truth is of a form with this probability, and the
        refit has this share of its draws.
    """

    scenario: Scenario
    inputs: Inputs
    names: tuple[str, ...]
    fixed: tuple[str, ...]
    seed: int
    noise_factor: float = 1.0
    sampler: Sampler = SAMPLER
    broken: Broken | None = None
    weights: Weights | None = None

    @property
    def form(self) -> TrendForm:
        """Form of the trend."""
        return self.scenario.trend.form


@dataclass(frozen=True)
class Replication:
    """What one replication leaves.

    Attributes
    ----------
    sampler
        What drew: `exact`, `nuts` where the exact draws were not accepted, or `none` where
        neither could.
    divergent
        Divergent transitions of NUTS; 0 for exact draws.
    ess
        Effective sample size of the least effective parameter; None where nothing was drawn.
    ranks
        Quantity → rank of the truth, 0 to `RANKED_DRAWS`; empty where nothing was drawn.
    """

    number: int
    sampler: str
    divergent: int
    ess: float | None
    ranks: Mapping[str, int]


def make_plan(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    *,
    seed: int,
    noise_factor: float = 1.0,
    broken: Broken | None = None,
) -> Plan:
    """Plan replications of a scenario's design.

    Raises
    ------
    InputError
        Evidence, priors and scenario do not go together, or nothing in them is uncertain.
    """
    form, inputs = scenario.trend.form, make_inputs(scenario, evidence, priors).fitted_only()
    rng = np.random.default_rng(named_seed(seed, "what varies"))
    weights = weigh_forms(inputs) if form == "stacked" else None
    code = _codes(weights, (1, _PRIOR_DRAWS), rng)
    prior = dataset(draw_prior(form, inputs, (1, _PRIOR_DRAWS), rng=rng, code=code), inputs)
    drawn = quantities(prior, inputs, scenario)
    fixed = tuple(str(name) for name in drawn if is_constant(drawn[name]))
    names = tuple(
        str(name)
        for name in drawn
        if name not in fixed and not (weights is not None and str(name).startswith("trend_"))
    )
    if not names:
        raise ScenarioError(
            f"scenario {scenario.name}", "every prior fixed", "something uncertain to calibrate"
        )
    return Plan(scenario, inputs, names, fixed, seed, noise_factor, broken=broken, weights=weights)


def quantities(draws: xr.Dataset, inputs: Inputs, scenario: Scenario) -> xr.Dataset:
    """Everything that is ranked, over chain and draw.

    Every parameter, the law, machine and campaign to come, the steps of the line in the year in
    which the data end and in the next one, log10 of what is required in the scenario's first year
    in its longest campaign, and the misfit of each block.

    Parameters
    ----------
    draws
        `posterior` or `prior` group; dims chain, draw and step.
    inputs
        The rows that the misfits are of.
    """
    ranked = {str(name): draws[name] for name in draws if name not in _NOT_RANKED}
    if "trend_steps" in draws:
        last = int(inputs.trend_years.max(initial=inputs.step_years[0]))
        for year in (last, last + 1):
            ranked[f"trend_step_{year}"] = draws["trend_steps"].sel(step=year, drop=True)
    levers = scenario.levers.only(scenario.levers.headline)
    required = requirement(draws, scenario.workload, levers).isel(target=0, drop=True)
    at = {
        "year": scenario.levers.years[0],
        "days": max(scenario.levers.days),
        "precision": scenario.levers.precisions[0],
    }
    frontier = frontier_flop(draws, np.array(scenario.levers.years))
    for name, array in {"frontier_flop": frontier, **required[list(_REQUIRED)]}.items():
        here = {key: value for key, value in at.items() if key in array.dims}
        ranked[f"log10_{name}"] = log10(array.sel(here, drop=True))
    return xr.Dataset({**ranked, **misfits(draws, inputs)})


def misfits(draws: xr.Dataset, inputs: Inputs) -> dict[str, xr.DataArray]:
    """Mean absolute distance of a block's rows from what the parameters expect, by block.

    A quantity of parameters and rows together: a posterior that ignores the rows has uniform
    ranks of its parameters, but not of these (Modrák et al. 2023, section 3).
    """
    at = {name: draws[name].values for name in SAMPLED}
    goodput = goodput_logit(at, inputs.campaigns.devices, inputs.campaigns.moe)
    counting = at["campaign_counting"][..., None]
    coefficients = np.stack([draws[name].values for name in COEFFICIENTS], axis=-1)
    expected = {
        "trend": (inputs.trend_log10_flop, trend_mean(draws, inputs, inputs.trend_years)),
        "law": (inputs.studies.exponents, draws["law_exponent_mean"].values[..., None]),
        "mfu": (inputs.mfu_logit, coefficients @ inputs.mfu_basis.T),
        "campaign": (inputs.campaigns.log_ratios, counting + np.log(share(goodput))),
    }
    return {
        f"{block}_misfit": xr.DataArray(np.abs(rows - mean).mean(axis=-1), dims=("chain", "draw"))
        for block, (rows, mean) in expected.items()
        if len(rows)
    }


def replicate_once(plan: Plan, number: int) -> Replication:
    """Draw a truth and its rows, refit, and rank the truth.

    The result depends on the plan and the number only, not on which process computes it, when or
    beside which others. A refit with divergent transitions counts like any other: leaving it out
    would select among truths, and make ranks of a right model uneven.
    """
    root = named_seed(plan.seed, f"replication {number}")
    truth, simulated = simulate(plan, root)
    try:
        tree = fit(plan.form, simulated, plan.sampler, seed=root, weights=plan.weights)
    except DrawingError:
        return Replication(number, "none", 0, None, {})
    posterior, stats = tree["posterior"].to_dataset(), tree["sample_stats"].to_dataset()
    drawn = quantities(posterior, simulated, plan.scenario)[list(plan.names)]
    ties = _rng(root, "ties")
    ranks = {
        name: rank_among(float(truth[name].item()), thinned(drawn[name]), ties)
        for name in plan.names
    }
    ess = [entry["ess_bulk"] for entry in diagnose(posterior, stats).values()]
    divergent = int(stats["diverging"].sum()) if "diverging" in stats else 0
    effective = min(value for value in ess if value is not None)
    return Replication(number, stats.attrs["sampler"], divergent, effective, ranks)


def simulate(plan: Plan, root: int) -> tuple[xr.Dataset, Inputs]:
    """One truth from the prior, as `quantities`, and inputs whose rows it produced."""
    rng = _rng(root, "truth")
    code = _codes(plan.weights, (1, 1), _rng(root, "form"))
    parameters = dataset(
        draw_prior(plan.form, plan.inputs, (1, 1), rng=rng, code=code), plan.inputs
    )
    scatter = parameters.assign(
        {name: plan.noise_factor * parameters[name] for name in SPREADS if name in parameters}
    )
    if plan.broken is not None:
        names, factor = BROKEN[plan.broken]
        scatter = scatter.assign(
            {name: factor * scatter[name] for name in names if name in scatter}
        )
    rows = replicate(scatter, plan.inputs, _rng(root, "rows")).isel(chain=0, draw=0)
    simulated = with_rows(plan.inputs, rows)
    return quantities(parameters, simulated, plan.scenario), simulated


def _codes(weights: Weights | None, shape: tuple[int, int], rng: Generator) -> Array | None:
    """Forms of truths by the weights of the forms; None where there is one form."""
    if weights is None:
        return None
    return rng.choice(len(FORMS), size=shape, p=weights.weight / weights.weight.sum()).astype(float)


def thinned(array: xr.DataArray) -> xr.DataArray:
    """`RANKED_DRAWS` draws, equally spaced and from every chain alike."""
    chains, draws = array.sizes["chain"], array.sizes["draw"]
    each, rest = divmod(RANKED_DRAWS, chains)
    if rest or draws % each:
        raise ValueError(f"{chains} x {draws} draws: expected chains of a multiple of {each}")
    return array.isel(draw=slice(draws // each - 1, None, draws // each))


def _rng(root: int, name: str) -> Generator:
    return np.random.default_rng(named_seed(root, name))
