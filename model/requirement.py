"""Required FLOP, EFLOPS, parameters and tokens from draws and levers."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from model import chain
from model.efficiency import COEFFICIENTS, mfu_basis
from model.trend import hinges
from priors.machine import Machine
from priors.scenario import Levers, Workload

#: Quantity → (unit, meaning).
QUANTITIES = {
    "effective_eflops": ("EFLOPS", "required effective AI performance"),
    "peak_eflops": ("EFLOPS", "required peak of the named dense precision"),
    "training_flop": ("FLOP", "training FLOP required"),
    "parameters": ("parameters", "parameters of the model"),
    "tokens": ("tokens", "training tokens"),
    "efficiency": ("1", "share of the dense peak that the campaign delivers"),
    "frontier_flop": ("FLOP", "training FLOP of the frontier, less the lag"),
}


def requirement(draws: xr.Dataset, workload: Workload, levers: Levers) -> xr.Dataset:
    """Apply the chain from FLOP to EFLOPS to draws; no refit, whatever the levers.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    workload, levers
        What is trained, and what may be chosen.

    Returns
    -------
    Dataset
        The `QUANTITIES`, with dims chain, draw and, where they matter, year, days, precision.
    """
    pivot_flop = draws.attrs["law_pivot_flop"]
    pivot_parameters = 10 ** draws["law_pivot_parameters"]
    a, b = draws["law_a"], draws["law_b"]
    frontier = frontier_flop(draws, np.array(levers.years), levers.lag_years)
    if workload.kind == "frontier":
        parameters = chain.optimal_parameters(frontier, pivot_flop, pivot_parameters, a)
        budget = frontier
    else:
        parameters = _named_parameters(frontier, workload)
        budget = chain.flop_of_optimal(parameters, pivot_flop, pivot_parameters, a)
    optimal_tokens = chain.optimal_tokens(budget, pivot_flop, pivot_parameters, b)
    tokens = levers.tokens_ratio * optimal_tokens
    if workload.kind == "frontier":
        flop = frontier * levers.tokens_ratio
    else:
        flop = chain.training_flop(parameters, tokens)
    days = xr.DataArray(list(levers.days), dims="days", coords={"days": list(levers.days)})
    effective = chain.effective_eflops(flop, days)
    efficiency = chain.campaign_efficiency(
        step_mfu(draws, levers.machines), draws["campaign_ratio"], levers.uptime
    )
    quantities = {
        "effective_eflops": effective,
        "peak_eflops": chain.peak_eflops(effective, efficiency),
        "training_flop": flop,
        "parameters": parameters,
        "tokens": tokens,
        "efficiency": efficiency,
        "frontier_flop": frontier,
    }
    for name, (unit, long_name) in QUANTITIES.items():
        quantities[name] = quantities[name].assign_attrs(units=unit, long_name=long_name)
    return xr.Dataset(quantities)


def log10(quantity: xr.DataArray) -> xr.DataArray:
    """Take log10 and keep names and coordinates."""
    result: xr.DataArray = xr.apply_ufunc(np.log10, quantity)
    return result


def with_log10(required: xr.Dataset) -> xr.Dataset:
    """Add log10_NAME beside every quantity NAME but shares.

    Requirements are near lognormal: means and standard deviations are those of log10. The mean on
    the linear scale depends on a few draws of the upper tail.
    """
    logs = {}
    for name, quantity in required.items():
        unit, long_name = quantity.attrs["units"], quantity.attrs["long_name"]
        if unit != "1":
            logs[f"log10_{name}"] = log10(quantity).assign_attrs(
                units=f"log10 {unit}", long_name=f"log10 of {long_name}"
            )
    return required.assign(logs)


def frontier_flop(draws: xr.Dataset, years: np.ndarray, lag_years: float = 0.0) -> xr.DataArray:
    """Training FLOP of the frontier `lag_years` before each year; dims chain, draw, year."""
    elapsed = years - lag_years - draws.attrs["trend_pivot"]
    year = xr.DataArray(elapsed, dims="year", coords={"year": years})
    frontier: xr.DataArray = chain.frontier_flop(
        draws["trend_level"], draws["trend_slope"], year, _drift(draws, year)
    )
    return frontier


def step_mfu(draws: xr.Dataset, machines: Sequence[Machine]) -> xr.DataArray:
    """Step MFU of a machine to come, once at each dense precision.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    machines
        Each of another precision.

    Returns
    -------
    DataArray
        Share of the dense peak; dims chain, draw and precision.
    """
    names = [machine.precision for machine in machines]
    basis = mfu_basis(machines, draws.attrs["mfu_device_pivot"])
    logit = draws[COEFFICIENTS[0]]
    for name, column in zip(COEFFICIENTS[1:], basis.T[1:], strict=True):
        if (column == column[0]).all():
            logit = logit + draws[name] * column[0]
        else:
            logit = logit + draws[name] * xr.DataArray(column, {"precision": names}, "precision")
    if "precision" not in logit.dims:
        logit = logit.expand_dims(precision=names, axis=-1)
    mfu: xr.DataArray = chain.share(logit + draws["mfu_new_system"])
    return mfu


def _drift(draws: xr.Dataset, elapsed: xr.DataArray) -> xr.DataArray | float:
    """Dex that the changes of slope have added since the pivot."""
    if "trend_changes" not in draws:
        return 0.0
    knots = draws["knot"] - draws.attrs["trend_pivot"]
    acted = xr.DataArray(hinges(elapsed, knots), dims=("year", "knot"))
    drift: xr.DataArray = xr.dot(draws["trend_changes"], acted, dim="knot")
    return drift


def _named_parameters(frontier: xr.DataArray, workload: Workload) -> xr.DataArray:
    """Parameters of the LLM that is meant: given, or read off the trend by N = A C^a."""
    if workload.kind == "model-size":
        return xr.full_like(frontier, workload.parameters)
    named: xr.DataArray = chain.named_parameters(frontier, workload.coefficient, workload.exponent)
    return named
