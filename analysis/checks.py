"""The gate: a posterior is published only if every one of these passes."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

import arviz_stats as azs
import numpy as np
import xarray as xr

from priors.thresholds import thresholds


@dataclass(frozen=True)
class Check:
    """A named verdict.

    Attributes
    ----------
    value
        The worst over all parameters or results; None where nothing is uncertain.
    relation
        How the value must stand to the threshold.
    """

    name: str
    passed: bool
    value: float | None
    threshold: float
    relation: str
    about: str


def scalar_parameters(posterior: xr.Dataset) -> xr.Dataset:
    """Split vector parameters, so that each variable has dims chain and draw only."""
    scalars = {}
    for name, array in posterior.data_vars.items():
        for dim in set(array.dims) - {"chain", "draw"}:
            for label in posterior[dim].values:
                scalars[f"{name}[{label}]"] = array.sel({dim: label}, drop=True)
        if set(array.dims) == {"chain", "draw"}:
            scalars[str(name)] = array
    return xr.Dataset(scalars)


def is_constant(array: xr.DataArray) -> bool:
    """Whether all draws are one value up to rounding, as with a degenerate prior."""
    values = array.values
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))


def diagnose(posterior: xr.Dataset) -> dict[str, dict[str, float | None]]:
    """Mean, sd, bulk and tail ESS and rank R-hat of every scalar parameter.

    Parameters
    ----------
    posterior
        Dims chain, draw and at most one more.

    Returns
    -------
    dict
        Parameter → {mean, sd, ess_bulk, ess_tail, r_hat}; the last three are None where the
        parameter is constant.
    """
    scalars = scalar_parameters(posterior)
    uncertain = scalars[[name for name in scalars if not is_constant(scalars[name])]]
    if uncertain.data_vars:
        diagnostics = {
            "ess_bulk": azs.ess(uncertain, method="bulk"),
            "ess_tail": azs.ess(uncertain, method="tail"),
            "r_hat": azs.rhat(uncertain),
        }
    else:
        diagnostics = dict.fromkeys(("ess_bulk", "ess_tail", "r_hat"), xr.Dataset())
    return {
        str(name): {
            "mean": float(scalars[name].mean()),
            "sd": float(scalars[name].std()) if name in uncertain else 0.0,
            **{
                key: float(values[name]) if name in uncertain else None
                for key, values in diagnostics.items()
            },
        }
        for name in scalars
    }


def check_sampling(
    parameters: dict[str, dict[str, float | None]],
    sample_stats: xr.Dataset,
    mcse_log10: list[float],
) -> list[Check]:
    """Judge one scenario's posterior.

    Parameters
    ----------
    parameters
        From `diagnose`.
    sample_stats
        Of the sampler: `diverging`, `energy`, `maxdepth_reached`.
    mcse_log10
        MCSE of the reported 5 to 95 % quantiles, dex.

    Returns
    -------
    list of Check
    """
    limit = thresholds("sampling")
    energy = sample_stats["energy"].values
    e_bfmi = np.square(np.diff(energy, axis=1)).mean(axis=1) / energy.var(axis=1)
    return [
        _at_most("r_hat", _extreme(parameters, "r_hat", max), limit["r_hat"]),
        _at_least("ess_bulk", _extreme(parameters, "ess_bulk", min), limit["ess_bulk"]),
        _at_least("ess_tail", _extreme(parameters, "ess_tail", min), limit["ess_tail"]),
        _at_most("divergences", float(sample_stats["diverging"].sum()), limit["divergences"]),
        _at_least("e_bfmi", float(e_bfmi.min()), limit["e_bfmi"]),
        _at_most(
            "max_depth_share",
            float(sample_stats["maxdepth_reached"].mean()),
            limit["max_depth_share"],
        ),
        _at_most("mcse_quantile_dex", max(mcse_log10, default=None), limit["mcse_quantile_dex"]),
    ]


_ABOUT = {
    "r_hat": "largest rank-normalised R-hat of a parameter",
    "ess_bulk": "smallest bulk effective sample size of a parameter",
    "ess_tail": "smallest tail effective sample size of a parameter",
    "divergences": "divergent transitions",
    "e_bfmi": "smallest energy Bayesian fraction of missing information of a chain",
    "max_depth_share": "share of draws that hit the limit of the tree depth",
    "mcse_quantile_dex": "largest Monte Carlo error of a reported 5 to 95 % quantile, in dex",
}


def _extreme(
    parameters: dict[str, dict[str, float | None]], key: str, pick: Callable[[list[float]], float]
) -> float | None:
    entries = (entry[key] for entry in parameters.values())
    values = [value for value in entries if value is not None]
    return pick(values) if values else None


def _at_most(name: str, value: float | None, threshold: float) -> Check:
    return _verdict(name, value, threshold, "<=")


def _at_least(name: str, value: float | None, threshold: float) -> Check:
    return _verdict(name, value, threshold, ">=")


def _verdict(name: str, value: float | None, threshold: float, relation: str) -> Check:
    compare = {"<=": operator.le, ">=": operator.ge}[relation]
    # A NaN compares false with everything and so fails.
    passed = value is None or bool(compare(value, threshold))
    return Check(name, passed, value, threshold, relation, _ABOUT[name])
