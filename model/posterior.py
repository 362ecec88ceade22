"""All parameters drawn back, named, with units, in groups for ArviZ."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.random import Generator

from model.beliefs import Beliefs
from model.delivered.step_mfu import COEFFICIENTS, regression_given
from model.densities import Draws, design, log_likelihood, log_prior, observed
from model.gaussian import NUMERIC, Array
from model.given_line.read_off import LAG_CASES, read_off
from model.inputs import Inputs
from model.law.scaling_law import MEANS, means_given, root_of
from model.law.scaling_law import SPREADS as LAW_SPREADS
from model.replicate import replicate
from model.run_length import draw_lengths
from model.sampling.seeds import named_rng
from model.sampling.threads import one_blas_thread
from model.trend import LINE, SPREADS, decay, grades_together, path_at, path_scale
from priors.parameters import ALL_PARAMETERS, PARAMETERS
from priors.scenario import SingleForm, TrendForm

#: Constants that whoever applies the draws needs with them.
_PIVOTS = ("trend_pivot", "law_pivot_flop", "mfu_device_pivot", "campaign_device_pivot")

#: Variables that are not parameters with a prior row: name → (unit, meaning).
_DERIVED = {
    "trend_form": (
        "1",
        "number of the form of the trend, in the order of its weights",
    ),
    "trend_steps": ("dex", "what the line takes in a year beside its slope"),
    "law_size": ("log10 parameters", "optimal parameters at the law's pivot, of the law to come"),
    "law_a": ("1", "exponent a in N_opt ∝ C^a of the law to come"),
    "law_b": ("1", "exponent b in D_opt ∝ C^b of the law to come"),
    "mfu_new_system": ("logit", "deviation of the machine to come from its predicted step MFU"),
    "campaign_counting_new": (
        "1",
        "ln of FLOP by 6ND over steps', of a campaign to come",
    ),
    "campaign_goodput_new": ("logit", "deviation of the goodput of a campaign to come"),
    "record_last": ("dex", "record above the line on the last day that is counted"),
    "record_deviation": ("1", "standard normal deviation of the record to come"),
    "lag_deviation": ("yr", "deviation of the lag of the flagship to come"),
}


@one_blas_thread
def complete(tree: xr.DataTree, form: TrendForm, inputs: Inputs, *, seed: int) -> xr.DataTree:
    """Add every group that can be recomputed from a posterior and its inputs.

    Parameters
    ----------
    tree
        From `model.fit.fit`, or read from a run: groups `posterior` and `sample_stats`.
    form, inputs, seed
        What it was fitted with.

    Returns
    -------
    DataTree
        Groups `posterior`, `prior` (as many draws of the same parameters from their priors),
        `posterior_predictive`, `log_likelihood`, `log_prior`, `sample_stats`, `observed_data` and
        `constant_data`; dims chain and draw, and step, run, study, efficiency_row, system,
        campaign; every variable with `units` and `long_name`. Rows bear one name in all groups;
        in `log_likelihood` step MFU has one density per system, as the rows of a system share
        its effect.
    """
    posterior = tree["posterior"].to_dataset()
    draws = {str(name): posterior[name].values for name in posterior}
    shape = (posterior.sizes["chain"], posterior.sizes["draw"])
    code = draws["trend_form"] if form == "stacked" else None
    prior = draw_prior(form, inputs, shape, rng=named_rng(seed, "prior"), code=code)
    groups = {
        "posterior": posterior,
        "prior": dataset(prior, inputs),
        "posterior_predictive": replicate(posterior, inputs, named_rng(seed, "predictive")),
        "log_likelihood": log_likelihood(draws, inputs),
        "log_prior": log_prior(draws, inputs),
        "observed_data": observed(inputs),
        "constant_data": design(inputs),
        "sample_stats": tree["sample_stats"].to_dataset(),
    }
    return xr.DataTree.from_dict(groups)


def draw_prior(
    form: TrendForm,
    inputs: Inputs,
    shape: tuple[int, int],
    *,
    rng: Generator,
    code: Array | None = None,
) -> Draws:
    """Draw every parameter from its prior; arrays of shape (chain, draw[, step]).

    Parameters
    ----------
    code
        Of draws that are of several forms, the number of each one's form.
    """
    draws = {}
    for name, parameter in PARAMETERS.items():
        prior = inputs.priors[name].standardised()
        if parameter.family == "lkj":
            base = rng.beta(prior.shape, prior.shape, size=shape)
        else:
            base = rng.standard_normal(shape)
            base = np.abs(base) if parameter.family == "half-normal" else base
        draws[name] = prior.loc + prior.scale * base
    if code is not None:
        draws["trend_form"] = code
    return draw_back(form, draws, inputs.without_data(), rng=rng)


def dataset(draws: Draws, inputs: Inputs) -> xr.Dataset:
    """Named, labelled draws of every variable of one form.

    Parameters
    ----------
    draws
        Name → array of shape (chain, draw) or (chain, draw, step).
    """
    variables = {}
    for name, values in draws.items():
        parameter = ALL_PARAMETERS.get(name)
        unit, long_name = (
            _DERIVED[name] if parameter is None else (parameter.unit, parameter.long_name)
        )
        dims = ("chain", "draw", "lag_case" if name.startswith("lag_") else "step")[: values.ndim]
        variables[name] = xr.Variable(dims, values, {"units": unit, "long_name": long_name})
    chains, draw_count = next(iter(draws.values())).shape[:2]
    coords = {"chain": np.arange(chains), "draw": np.arange(draw_count)}
    if "trend_steps" in draws:
        coords["step"] = np.array(inputs.step_years)
    attrs = {name: inputs.constant(name) for name in _PIVOTS}
    attrs["campaign_included"] = float(inputs.campaign_included)
    if inputs.flagships is not None:
        coords["lag_case"] = np.array(LAG_CASES)
        attrs["lag_pivot"] = inputs.constant("lag_pivot")
    if inputs.lengths is not None:
        attrs |= {name: inputs.constant(name) for name in ("length_pivot", "length_cap")}
    if inputs.records is not None:
        attrs["record_until"] = float(
            inputs.records.years[-1] if inputs.records.years.size else np.nan
        )
    return xr.Dataset(
        variables,
        coords,
        {**attrs, "evidence_until": inputs.evidence_until},
    )


@one_blas_thread
def draw_back(
    form: TrendForm, draws: Mapping[str, Array], inputs: Inputs, *, rng: Generator
) -> Draws:
    """Draw every variable of a form, given draws of what is sampled and the inputs' rows.

    Each draw of the spreads gets one exact draw of the coefficients given these spreads, and of
    the law, machine and campaign to come.

    Parameters
    ----------
    draws
        What a sampler returned: parameter → array of shape (chain, draw).
    rng
        Source of the added draws.

    Returns
    -------
    dict
        Name → array of shape (chain, draw) or (chain, draw, step).
    """
    shape = np.broadcast_shapes(*(values.shape for values in draws.values()))
    arrays = inputs.arrays("linear" if form == "stacked" else form)
    beliefs = Beliefs.of(arrays)
    out = {name: np.broadcast_to(values, shape) for name, values in draws.items()}
    if form == "stacked":
        out.update(_paths(beliefs, out, inputs, rng))
    else:
        out.update(_path(form, beliefs, arrays, out, inputs, rng))
    for own in SPREADS.values():
        if own is not None and (form == "stacked" or own != SPREADS[form]):
            out.pop(own, None)
    out.update(draw_law(arrays, out, rng=rng))
    out.update(_efficiency(beliefs, arrays, out, shape, rng))
    out.update(read_off(out, inputs, rng))
    counting, goodput = rng.standard_normal((2, *shape))
    counting = out["campaign_counting"] + out["campaign_counting_spread"] * counting
    out["campaign_counting_new"] = counting
    out["campaign_goodput_new"] = out["campaign_goodput_spread"] * goodput
    if inputs.lengths is not None:
        since = inputs.lengths.years - inputs.constant("length_pivot")
        drawn = draw_lengths(
            since, inputs.lengths.log10_days, inputs.priors, int(np.prod(shape)), rng
        )
        out.update({name: values.reshape(shape) for name, values in drawn.items()})
    return out


def _paths(beliefs: Beliefs, out: Draws, inputs: Inputs, rng: Generator) -> Draws:
    """Level, slope and yearly steps of draws that are of several forms."""
    code = out["trend_form"]
    names = (*LINE, "trend_steps")
    found = {name: np.zeros(code.shape) for name in LINE}
    found["trend_steps"] = np.zeros((*code.shape, len(inputs.step_years)))
    for number, form in enumerate(SPREADS):
        mine = code == number
        if mine.any():
            own = {name: values[mine] for name, values in out.items() if name.startswith("trend_")}
            line = _path(form, beliefs, inputs.arrays(form), own, inputs, rng)
            for name in names:
                if name in line:
                    found[name][mine] = line[name]
    return found


def _path(
    form: SingleForm,
    beliefs: Beliefs,
    arrays: Mapping[str, Array],
    out: Draws,
    inputs: Inputs,
    rng: Generator,
) -> Draws:
    """Level, slope and yearly steps; a change that enters no datum keeps its prior."""
    arrays = grades_together(beliefs, arrays)
    given, spread = path_at(form, beliefs, arrays, out)
    z = given.draw_back(rng.standard_normal(given.shift.shape))
    z = z * path_scale(beliefs, arrays, spread)
    line = z[..., :2] + beliefs.loc_of(*LINE)
    found = dict(zip(LINE, np.moveaxis(line, -1, 0), strict=True))
    if form == "saturating":
        steps = line[..., 1:] * decay(NUMERIC, spread, inputs.starts)
        return {**found, "trend_steps": steps}
    effects, reached = inputs.effects(form), inputs.reached(form)
    if not effects.size:
        return found
    changes = spread[..., None] * rng.standard_normal((*spread.shape, effects.shape[1]))
    changes[..., reached] = z[..., 2:]
    return {**found, "trend_steps": changes @ effects.T}


def second_exponent(a: Array, closure: Array) -> Array:
    """Exponent b of the law to come: a + b = 1 but for the closure."""
    return 1 - a + closure


def draw_law(arrays: Mapping[str, Array], spreads: Mapping[str, Array], *, rng: Generator) -> Draws:
    """Draw the means over laws and the law to come, given draws of the spreads between laws.

    Parameters
    ----------
    arrays
        What `Inputs.arrays` returns.
    spreads
        Of the law's block, what a sampler returned; arrays of one shape, that of what is drawn.
    """
    beliefs = Beliefs.of(arrays)
    shape = spreads[LAW_SPREADS[0]].shape
    pooled = means_given(NUMERIC, beliefs, arrays, spreads)
    z = pooled.draw_back(rng.standard_normal(pooled.shift.shape))
    means = beliefs.loc_of(*MEANS) + beliefs.scale_of(*MEANS) * z
    between = (root_of(spreads) @ rng.standard_normal((*shape, 2, 1)))[..., 0]
    size, a = np.moveaxis(means + between, -1, 0)
    closure = beliefs.place("law_closure", rng.standard_normal(shape))
    return {
        **dict(zip(MEANS, np.moveaxis(means, -1, 0), strict=True)),
        "law_size": size,
        "law_a": a,
        "law_closure": closure,
        "law_b": second_exponent(a, closure),
    }


def _efficiency(
    beliefs: Beliefs,
    arrays: Mapping[str, Array],
    out: Draws,
    shape: tuple[int, int],
    rng: Generator,
) -> Draws:
    between, within = out["mfu_system_spread"], out["mfu_run_spread"]
    regression = regression_given(NUMERIC, beliefs, arrays, between=between, within=within)
    z = regression.draw_back(rng.standard_normal(regression.shift.shape))
    placed = {name: beliefs.place(name, z[..., i]) for i, name in enumerate(COEFFICIENTS)}
    return {
        **placed,
        "mfu_new_system": np.hypot(between, within) * rng.standard_normal(shape),
    }
