"""Required FLOP, EFLOPS, parameters and tokens from draws and levers."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from model import chain
from model.efficiency import COEFFICIENTS, mfu_basis
from model.targets import trained
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
}


def requirement(draws: xr.Dataset, workload: Workload, levers: Levers) -> xr.Dataset:
    """Apply the chain from FLOP to EFLOPS to draws, for every target; no refit.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    workload, levers
        What is trained, and what may be chosen.

    Returns
    -------
    Dataset
        The `QUANTITIES`, with dims chain, draw and, where they matter, target, year, days,
        precision.
    """
    targets = [trained(target, draws, workload, levers) for target in levers.asked]
    names = xr.DataArray(list(levers.asked), dims="target", name="target")

    def along(quantity: str) -> xr.DataArray:
        joined: xr.DataArray = xr.concat([getattr(one, quantity) for one in targets], names)
        return joined.transpose(..., "target", "year")

    days = xr.DataArray(list(levers.days), dims="days", coords={"days": list(levers.days)})
    flop = along("flop")
    effective = chain.effective_eflops(flop, days)
    efficiency = chain.campaign_efficiency(
        step_mfu(draws, levers.machines), draws["campaign_ratio"], levers.uptime
    )
    quantities = {
        "effective_eflops": effective,
        "peak_eflops": chain.peak_eflops(effective, efficiency),
        "training_flop": flop,
        "parameters": along("parameters"),
        "tokens": along("tokens"),
        "efficiency": efficiency,
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
