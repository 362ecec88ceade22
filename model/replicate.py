"""Replicated rows of evidence, one set per draw.

How data arise, for predictive checks and simulation-based calibration;
names and dims are those of the group `observed_data`.
"""

from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.random import Generator

from model.blocks import LIKELIHOODS
from model.efficiency import COEFFICIENTS, beta_shapes
from model.gaussian import Array
from model.inputs import Inputs
from model.trend import LINE, noise_variance, path

#: A drawn share is kept this far from 0 and 1, where a Beta has no density.
_EDGE = 1e-9


def replicate(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> xr.Dataset:
    """Draw every row of the evidence anew, given each draw of the parameters.

    Dates, grades, precisions, device counts and standard errors stay those of the inputs; the
    effect of a system on its step MFU is drawn anew.

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
        `mfu_rows` (chain, draw, efficiency_row), logit; `campaign_rows` (chain, draw, campaign),
        1.
    """
    rows = {
        "trend_runs": _runs(draws, inputs, rng),
        "law_studies": _studies(draws, inputs, rng),
        "mfu_rows": _steps(draws, inputs, rng),
        "campaign_rows": _campaigns(draws, inputs, rng),
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
        One draw of what `replicate` returns: dims run, study, efficiency_row, campaign.
    """
    return replace(
        inputs,
        trend_log10_flop=rows["trend_runs"].values,
        law_exponents=rows["law_studies"].values,
        mfu_logit=rows["mfu_rows"].values,
        campaign_ratios=rows["campaign_rows"].values,
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


def _studies(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> Array:
    sd = np.hypot(inputs.law_sd, _values(draws, "law_exponent_spread"))
    return np.asarray(_values(draws, "law_exponent_mean") + sd * rng.standard_normal(sd.shape))


def _steps(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> Array:
    coefficients = np.concatenate([_values(draws, name) for name in COEFFICIENTS], axis=-1)
    shape = (*coefficients.shape[:-1], inputs.mfu_membership.shape[1])
    effects = _values(draws, "mfu_system_spread") * rng.standard_normal(shape)
    sd = np.hypot(_values(draws, "mfu_run_spread"), inputs.mfu_rounding_sd)
    noise = sd * rng.standard_normal(sd.shape)
    return np.asarray(coefficients @ inputs.mfu_basis.T + effects @ inputs.mfu_membership.T + noise)


def _campaigns(draws: xr.Dataset, inputs: Inputs, rng: Generator) -> Array:
    first, second = beta_shapes(
        _values(draws, "campaign_mean"), _values(draws, "campaign_concentration")
    )
    count = len(inputs.campaign_ratios)
    ratios = rng.beta(first, second, (*first.shape[:-1], count))
    return np.asarray(np.clip(ratios, _EDGE, 1 - _EDGE))
