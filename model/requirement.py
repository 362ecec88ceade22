"""Required FLOP, EFLOPS, parameters and tokens from draws and levers."""

import numpy as np
import xarray as xr

from model import chain
from model.delivered.efficiency import campaign_efficiency, device_tflops
from model.delivered.regime import under
from model.run_length import frontier_days
from model.targets import trained
from priors.levers import Levers, Workload

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
    "held": ("1", "whether that is the share with another number of devices than the size takes"),
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
    draws = under(draws, levers)
    targets = [trained(target, draws, workload, levers) for target in levers.asked]
    names = xr.DataArray(list(levers.asked), dims="target", name="target")

    def along(quantity: str) -> xr.DataArray:
        joined: xr.DataArray = xr.concat([getattr(one, quantity) for one in targets], names)
        return joined.transpose(..., "target", "year")

    flop = along("flop")
    effective = chain.effective_eflops(flop, campaign_days(draws, levers))
    efficiency, held = campaign_efficiency(draws, levers, effective)
    peak = chain.peak_eflops(effective, efficiency)
    devices = chain.devices(peak, device_tflops(levers))
    quantities = {
        "effective_eflops": effective,
        "peak_eflops": peak,
        "training_flop": flop,
        "parameters": along("parameters"),
        "tokens": along("tokens"),
        "devices": devices,
        "megawatts": chain.megawatts(devices, levers.device.kilowatts),
        "efficiency": efficiency,
        "held": held,
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
