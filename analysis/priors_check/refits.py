"""Refits with a prior made wider and narrower."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from analysis.fit import Fit, Progress, fit_scenario
from analysis.monte_carlo import mcse_of_quantiles
from analysis.priors_check.power_scaling import headline_quantities
from model.sampling.sampler import Sampler
from priors.documents import Json
from priors.prior_rows import Prior
from priors.scenario import Scenario

#: Factors on the scale of a prior.
FACTORS = (0.5, 2.0)
#: Variance of a correlation that may be anything: that of a uniform one is 1/3.
_WIDEST = 1 / 3


def rescaled(prior: Prior, factor: float) -> dict[str, Any]:
    """Record of a prior with its scale multiplied, its centre (or start at 0) kept.

    Of a correlation, whose range is
    given, the variance 1 / (2 shape + 1) is divided or multiplied as far as it goes. The support
    is dropped: the question is what a wider prior would do, not whether one would believe it.
    """
    made = prior.standardised()
    record = {
        "family": made.family,
        "unit": prior.unit,
        "transform": prior.transform,
        "scale": made.scale * factor,
        "rationale": f"Scale times {factor:g}. {prior.rationale}",
        "sources": prior.sources,
    }
    if made.family == "normal":
        record["loc"] = made.loc
    if made.family == "lkj":
        del record["scale"]
        record["shape"] = _lkj_shape(made.shape, factor)
    return record


def _lkj_shape(shape: float, factor: float) -> float:
    """Shape of the LKJ prior of a variance 1 / (2 shape + 1) times factor², short of 1."""
    variance = min(factor**2 / (2 * shape + 1), _WIDEST)
    return (1 / variance - 1) / 2


def refit_priors(
    names: Sequence[str],
    fit: Fit,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
) -> list[Json]:
    """Refit a scenario with the scale of one prior after the other halved and doubled.

    Parameters
    ----------
    names
        Parameters; one whose prior is fixed is left out.
    fit
        The scenario with its posterior.
    seed
        One for all fits, so that differences hold little Monte Carlo noise.

    Returns
    -------
    list of dict
        One row per parameter, factor and headline: `shift` of the median (dex) with `shift_mcse`,
        `width_ratio` of the central 90 % intervals (dex over dex) and `failed_checks`.
    """
    scenario, beliefs = fit.scenario.fitted_part(), fit.inputs.priors
    uncertain = [name for name in names if beliefs[name].family != "fixed"]
    asked = [(name, factor) for name in uncertain for factor in FACTORS]

    def refit(changed: Scenario) -> tuple[xr.Dataset, tuple[str, ...]]:
        other = fit_scenario(changed, fit.evidence, fit.priors, sampler, seed=seed)
        return headline_quantities(other.posterior, changed), other.failed()

    rows = []
    baseline, _ = refit(scenario) if asked else (xr.Dataset(), ())
    for done, (name, factor) in enumerate(asked):
        if progress is not None:
            progress("prior refits", done, len(asked))
        other, failed = refit(scenario.override({f"prior.{name}": rescaled(beliefs[name], factor)}))
        for quantity in baseline:
            shift, mcse, ratio = _difference(baseline[quantity], other[quantity])
            rows.append(
                {
                    "name": name,
                    "factor": factor,
                    "quantity": str(quantity),
                    "shift": shift,
                    "shift_mcse": mcse,
                    "width_ratio": ratio,
                    "failed_checks": list(failed),
                }
            )
    if progress is not None:
        progress("prior refits", len(asked), len(asked))
    return rows


def _difference(first: xr.DataArray, other: xr.DataArray) -> tuple[float, float, float]:
    (low, median, high), (low_2, median_2, high_2) = (
        np.quantile(draws, (0.05, 0.5, 0.95)) for draws in (first.values, other.values)
    )
    errors = [float(mcse_of_quantiles(draws, [0.5])[0]) for draws in (first, other)]
    ratio = (high_2 - low_2) / (high - low)
    return float(median_2 - median), math.hypot(*errors), float(ratio)
