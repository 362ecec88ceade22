"""Replicated rows of evidence, one set per draw.

How data arise, for predictive checks and simulation-based calibration;
names and dims are those of the group `observed_data`.
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.random import Generator

from model.blocks import LIKELIHOODS
from model.chain import share
from model.delivered.campaigns import Campaigns
from model.delivered.goodput import SAMPLED, goodput_logit
from model.delivered.step_mfu import COEFFICIENTS
from model.gaussian import Array
from model.inputs import Inputs
from model.law.scaling_law import MEANS, SPREADS, root_of
from model.law.studies import Studies
from model.trend import LINE, noise_variance, path


def replicate(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> xr.Dataset:
    """Draw every row of the evidence anew, given each draw of the parameters.

    Dates, grades, precisions, device counts and standard errors stay those of the inputs; the
    effect of a system on its step MFU, and the law of a set of runs, are drawn anew.

    Parameters
    ----------
    draws
        `posterior` or `prior` group; dims chain, draw and step.
    inputs
        The design: which rows, with which covariates.

    Returns
    -------
    Dataset
        `trend_runs` (chain, draw, run), log10 FLOP; `law_studies` (chain, draw, study), 1;
        `law_sizes` (chain, draw, sized_study), log10 parameters;
        `mfu_rows` (chain, draw, efficiency_row), logit; `campaign_rows` (chain, draw, campaign),
        1; `goodput_rows` (chain, draw, goodput_row), logit, or whether a bound is kept.
    """
    exponents, sizes = _studies(draws, inputs.studies, rng)
    campaigns, goodput = _campaigns(draws, inputs.campaigns, rng)
    rows = {
        "trend_runs": _runs(draws, inputs, rng),
        "law_studies": exponents,
        "law_sizes": sizes,
        "mfu_rows": _steps(draws, inputs, rng),
        "campaign_rows": campaigns,
        "goodput_rows": goodput,
    }
    return xr.Dataset(
        {
            name: xr.Variable(
                ("chain", "draw", one.dim),
                rows[name],
                {"units": one.unit, "long_name": f"replicated {one.long_name}"},
            )
            for name, one in LIKELIHOODS.items()
        },
        {
            **{one.dim: list(inputs.labels[one.dim]) for one in LIKELIHOODS.values()},
            "chain": draws["chain"],
            "draw": draws["draw"],
        },
    )


def with_rows(inputs: Inputs, rows: xr.Dataset) -> Inputs:
    """Put replicated rows in place of the observed ones.

    Parameters
    ----------
    rows
        One draw of what `replicate` returns: dims run, study, sized_study, efficiency_row,
        campaign, goodput_row.
    """
    return replace(
        inputs,
        trend_log10_flop=rows["trend_runs"].values,
        studies=replace(
            inputs.studies,
            exponents=rows["law_studies"].values,
            sizes=rows["law_sizes"].values,
        ),
        mfu_logit=rows["mfu_rows"].values,
        campaigns=replace(
            inputs.campaigns,
            log_ratios=rows["campaign_rows"].values,
            goodput=rows["goodput_rows"].values,
        ),
    )


def _values(draws: xr.Dataset, name: str) -> Array:
    """Draws of a parameter with a dim for rows behind chain and draw."""
    values: Array = draws[name].transpose("chain", "draw").values[..., None]
    return values


def _runs(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> Array:
    mean = trend_mean(draws, inputs, inputs.trend_years)
    data = {"trend_grade_sd": inputs.trend_grade_sd}
    variance = noise_variance(data, draws["trend_noise"].values, draws["trend_grade_factor"].values)
    return np.asarray(mean + np.sqrt(variance) * rng.standard_normal(mean.shape))


def trend_mean(draws: xr.Dataset, inputs: Inputs, years: Array) -> Array:
    """log10 FLOP of the path at each year; shape (chain, draw, year)."""
    names = [name for name in (*LINE, "trend_steps") if name in draws]
    values = {name: draws[name].transpose("chain", "draw", ...).values for name in names}
    return path(values, inputs.elapsed(years), inputs.ramps(years))


def _studies(draws: xr.Dataset, studies: Studies, rng: Generator) -> tuple[Array, Array]:
    """Exponents and sizes, of one law per draw and set of runs."""
    spreads = {name: _values(draws, name) for name in SPREADS}
    means = np.concatenate([_values(draws, name) for name in MEANS], axis=-1)[..., None, :]
    shape = (*means.shape[:-2], len(studies.labels["run_set"]), 2, 1)
    laws = means + (root_of(spreads) @ rng.standard_normal(shape))[..., 0]
    size, exponent = laws[..., studies.run_sets, 0], laws[..., studies.run_sets, 1]
    exponents = exponent + studies.exponent_sd * rng.standard_normal(exponent.shape)
    at = size[..., studies.sized] + exponent[..., studies.sized] * studies.from_pivot
    return exponents, at + studies.size_sd * rng.standard_normal(at.shape)


def _steps(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> Array:
    coefficients = np.concatenate([_values(draws, name) for name in COEFFICIENTS], axis=-1)
    shape = (*coefficients.shape[:-1], inputs.mfu_membership.shape[1])
    effects = _values(draws, "mfu_system_spread") * rng.standard_normal(shape)
    sd = np.hypot(_values(draws, "mfu_run_spread"), inputs.mfu_rounding_sd)
    noise = sd * rng.standard_normal(sd.shape)
    return np.asarray(coefficients @ inputs.mfu_basis.T + effects @ inputs.mfu_membership.T + noise)


def _campaigns(draws: xr.Dataset, rows: Campaigns, rng: Generator) -> tuple[Array, Array]:
    """Ln of campaign over step MFU, and goodput; a campaign has the goodput stated for it."""
    at = {name: _values(draws, name)[..., 0] for name in SAMPLED}

    def drawn(decades: Array, moe: Array) -> Array:
        mean: Array = goodput_logit(at, decades, moe)
        spread = at["campaign_goodput_spread"][..., None]
        return mean + spread * rng.standard_normal(mean.shape)

    goodput = drawn(rows.goodput_devices, rows.goodput_moe)
    bounded = np.isfinite(rows.bounds)
    rounded = goodput + rows.goodput_sd * rng.standard_normal(goodput.shape)
    kept = np.where(goodput >= np.nan_to_num(rows.bounds), 1.0, -1.0)
    own = drawn(rows.devices, rows.moe)
    linked = rows.stated >= 0
    own[..., linked] = np.where(bounded, goodput, rounded)[..., rows.stated[linked]]
    counting = at["campaign_counting"][..., None]
    sd = np.hypot(at["campaign_counting_spread"][..., None], rows.ratio_sd)
    ratios = counting + np.log(share(own)) + sd * rng.standard_normal(own.shape)
    return ratios, np.where(bounded, kept, rounded)
