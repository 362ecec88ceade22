"""Required FLOP, EFLOPS, parameters and tokens from draws and levers."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from model import chain
from model.efficiency import COEFFICIENTS, mfu_basis
from model.run_length import frontier_days
from model.targets import trained
from priors.levers import Levers, Workload
from priors.machine import Machine

#: Newton's steps in which efficiency and number of devices are found together, at most, and the
#: change in dex from which on they are found.
_MOST_STEPS, _SETTLED = 50, 1e-10
#: Quantity → (unit, meaning).
QUANTITIES = {
    "effective_eflops": ("EFLOPS", "required effective AI performance"),
    "peak_eflops": ("EFLOPS", "required peak of the named dense precision"),
    "training_flop": ("FLOP", "training FLOP required"),
    "parameters": ("parameters", "parameters of the model"),
    "tokens": ("tokens", "training tokens"),
    "devices": ("devices", "accelerators of one kind whose peaks add up to the peak"),
    "megawatts": ("MW", "power of these accelerators"),
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

    flop = along("flop")
    effective = chain.effective_eflops(flop, campaign_days(draws, levers))
    efficiency = campaign_efficiency(draws, levers, effective)
    peak = chain.peak_eflops(effective, efficiency)
    devices = chain.devices(peak, _device_tflops(levers))
    quantities = {
        "effective_eflops": effective,
        "peak_eflops": peak,
        "training_flop": flop,
        "parameters": along("parameters"),
        "tokens": along("tokens"),
        "devices": devices,
        "megawatts": chain.megawatts(devices, levers.device.kilowatts),
        "efficiency": efficiency,
    }
    for name, (unit, long_name) in QUANTITIES.items():
        quantities[name] = quantities[name].assign_attrs(units=unit, long_name=long_name)
    return xr.Dataset(quantities)


def campaign_days(draws: xr.Dataset, levers: Levers) -> xr.DataArray:
    """Days of each campaign that is asked.

    Returns
    -------
    DataArray
        Dim days; where the length is the frontier's, dims chain, draw and year too, and the label
        of the one length is NaN.
    """
    labels = xr.DataArray(list(levers.lengths), dims="days", coords={"days": list(levers.lengths)})
    if levers.run_length == "days":
        return labels
    days: xr.DataArray = frontier_days(draws, np.array(levers.years)).expand_dims(
        days=labels["days"]
    )
    return days


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


def campaign_efficiency(draws: xr.Dataset, levers: Levers, effective: xr.DataArray) -> xr.DataArray:
    """Share of the dense peak that a campaign delivers on the machine that it takes.

    Step MFU falls with the number of devices, and that number with step MFU: where the levers
    leave it to the size, both are found together, draw by draw, within `levers.device_range`.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    effective
        Required, EFLOPS; any dims.

    Returns
    -------
    DataArray
        Dims chain, draw and precision; where the number follows from the size, those of
        `effective` too.
    """
    pivot = draws.attrs["mfu_device_pivot"]
    if levers.devices != "from-size":
        return _delivered(draws, levers, _logit(draws, levers.machines(levers.devices)))
    slope, base = draws["mfu_devices"], _logit(draws, levers.machines(pivot))
    if not slope.any():
        return _delivered(draws, levers, base)
    low, high = (math.log10(end) for end in levers.device_range)
    at_pivot = math.log10(pivot)
    count = xr.full_like(log10(effective), at_pivot)  # log10 of the number of devices
    for _ in range(_MOST_STEPS):
        logit = base + slope * (count - at_pivot)
        efficiency = _delivered(draws, levers, logit)
        taken = chain.devices(chain.peak_eflops(effective, efficiency), _device_tflops(levers))
        # Newton's step of count − log10 taken(count), whose derivative is 1 + γ (1 − η) / ln 10.
        steepness = 1 + slope * (1 - chain.share(logit)) / math.log(10)
        new = (count - (count - log10(taken)) / steepness).clip(min=low, max=high)
        settled = float(np.abs(new - count).max()) < _SETTLED
        count = new
        if settled:
            break
    return _delivered(draws, levers, base + slope * (count - at_pivot))


def _delivered(draws: xr.Dataset, levers: Levers, logit: xr.DataArray) -> xr.DataArray:
    """Share of the peak that a campaign delivers at a logit of the step MFU."""
    share: xr.DataArray = chain.campaign_efficiency(
        chain.share(logit), draws["campaign_ratio"], levers.uptime
    )
    return share


def _device_tflops(levers: Levers) -> xr.DataArray:
    """Peak of one device at each precision that is asked, TFLOP/s."""
    names = list(levers.precisions)
    return xr.DataArray(
        [levers.device.tflops[name] for name in names], {"precision": names}, "precision"
    )


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
    mfu: xr.DataArray = chain.share(_logit(draws, machines))
    return mfu


def _logit(draws: xr.Dataset, machines: Sequence[Machine]) -> xr.DataArray:
    """Logit of the step MFU of machines to come; dims chain, draw and precision."""
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
    return logit + draws["mfu_new_system"]
