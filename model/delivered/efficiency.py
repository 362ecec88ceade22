"""Efficiency of a campaign to come, and the devices that it takes."""

# ruff: noqa: ANN401 - the curve of a machine takes any kind of number
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from model import chain
from model.delivered.step_mfu import COEFFICIENTS, mfu_basis
from model.gaussian import Array
from priors.levers import Levers
from priors.machine import Machine

#: Newton's steps in which efficiency and number of devices are found together, at most, and the
#: change in dex from which on they are found.
_MOST_STEPS, _SETTLED = 60, 1e-10
#: Dex between the devices that a size takes and those of its efficiency, where these are the same.
_SETTLED_WELL = 1e-6
#: Halvings of the range in which the number lies from which on more devices deliver less.
_HALVINGS = 40
#: Logit of a goodput of 1.
_SURE = 700.0


def campaign_efficiency(
    draws: xr.Dataset, levers: Levers, effective: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray]:
    """Share of the dense peak that a campaign delivers on the machine that it takes.

    Step MFU and goodput fall with the number of devices, and that number with both: where the
    levers leave it to the size, all are found together, draw by draw, within
    `levers.device_range`, and up to the number beyond which more devices deliver less.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    effective
        Required, EFLOPS; any dims.

    Returns
    -------
    tuple of DataArray
        The share, dims chain, draw and precision; where the number follows from the size, those
        of `effective` too. Whether (1 or 0) it is that of another number of devices than the size
        takes, of the same dims.
    """
    if levers.devices != "from-size":
        share = delivered(draws, levers.machines(levers.devices)) * levers.uptime
        return share, xr.zeros_like(share)
    whole = xr.broadcast(effective, *curve_of(draws, levers), device_tflops(levers))
    need, *parameters, tflops = (array.values.ravel() for array in whole)
    curve = Curve(*parameters)
    low, high = (math.log10(end) for end in levers.device_range)
    per_share = np.log10(chain.devices(need, tflops))
    count = _number_of_devices(curve, per_share, low, most_useful(curve, low, high))
    share = curve.share(count)
    held = abs(per_share - np.log10(share) - count) > _SETTLED_WELL
    shape = whole[0]
    return shape.copy(data=share.reshape(shape.shape)), shape.copy(
        data=held.astype(float).reshape(shape.shape)
    )


class Curve(NamedTuple):
    """What a machine delivers of its peak, by log10 of its number of devices over the pivot's.

    Attributes
    ----------
    mfu, mfu_slope
        Logit of the step MFU at the pivot, and its slope per decade.
    goodput, goodput_fall
        Logit of the goodput at the pivot, and what it loses per decade.
    factor
        Counting of FLOP and uptime.
    pivot
        log10 of the devices at the pivot.
    """

    mfu: Any
    mfu_slope: Any
    goodput: Any
    goodput_fall: Any
    factor: Any
    pivot: Any

    def share(self, count: Any) -> Any:
        """Share of the peak that 10^count devices deliver."""
        mfu, goodput = self.parts(count)
        return self.factor * mfu * goodput

    def steepness(self, count: Any) -> Any:
        """D log10 of what 10^count devices deliver / d count."""
        mfu, goodput = self.parts(count)
        lost = self.goodput_fall * (1 - goodput) - self.mfu_slope * (1 - mfu)
        return 1 - lost / math.log(10)

    def only(self, kept: Any) -> "Curve":
        """Return some of the points."""
        return Curve(*(values[kept] for values in self))

    def parts(self, count: Any) -> tuple[Any, Any]:
        """Step MFU and goodput of 10^count devices."""
        decades = count - self.pivot
        return (
            chain.share(self.mfu + self.mfu_slope * decades),
            chain.share(self.goodput - self.goodput_fall * decades),
        )


def curve_of(draws: xr.Dataset, levers: Levers) -> tuple[xr.DataArray, ...]:
    """Fields of `Curve` at the pivot of the step MFU, each of its own dims."""
    pivot = draws.attrs["mfu_device_pivot"]
    mfu = _logit(draws, levers.machines(pivot))
    none = xr.zeros_like(draws["mfu_devices"])
    counting, goodput, fall = none, none + _SURE, none
    if not draws.attrs["campaign_included"]:
        counting, fall = draws["campaign_counting_new"], draws["campaign_goodput_devices"]
        goodput = _goodput(draws, pivot, float(levers.moe))
    factor = levers.uptime * math.e**counting
    return mfu, draws["mfu_devices"], goodput, fall, factor, none + math.log10(pivot)


def most_useful(curve: Curve, low: float, most: float) -> Array:
    """log10 of the number up to which every further device delivers something; shape (point,)."""
    high = np.full(curve.mfu.shape, most)
    useless = np.flatnonzero(~(curve.steepness(most) > 0))
    some = curve.only(useless)
    few, many = np.full(len(useless), low), np.full(len(useless), most)
    for _ in range(_HALVINGS if len(useless) else 0):
        middle = (few + many) / 2
        rising = some.steepness(middle) > 0
        few, many = np.where(rising, middle, few), np.where(rising, many, middle)
    high[useless] = few
    return high


def _number_of_devices(curve: Curve, per_share: Array, low: float, high: Array) -> Array:
    """log10 of the devices whose peak, times what they deliver of it, is the requirement.

    Newton's steps of log10 of what is delivered, which rises with the number of devices up to
    `high`, kept between the numbers that are known to be too small and too large.

    Parameters
    ----------
    per_share
        log10 of the devices that would do at a share of 1, shape (point,).
    low, high
        Ends between which the number is sought, and beyond which it is held.
    """
    fewest = np.full(per_share.shape, low)
    count = high.copy()
    enough = per_share - np.log10(curve.share(high)) < high
    plenty = per_share - np.log10(curve.share(fewest)) <= fewest
    count[plenty] = low
    open_ = np.flatnonzero(enough & ~plenty)
    few, many = fewest[open_], high[open_]
    guess = (few + many) / 2
    for _ in range(_MOST_STEPS):
        some, wanted = curve.only(open_), per_share[open_]
        taken = wanted - np.log10(some.share(guess))
        too_many = guess > taken
        few, many = np.where(too_many, few, guess), np.where(too_many, guess, many)
        new = guess - (guess - taken) / some.steepness(guess)
        new = np.where((new >= few) & (new <= many), new, (few + many) / 2)
        settled = ~(np.abs(new - guess) >= _SETTLED)
        count[open_] = new
        left = ~settled
        if not left.any():
            break
        open_, few, many, guess = open_[left], few[left], many[left], new[left]
    return count


def delivered(draws: xr.Dataset, machines: Sequence[Machine]) -> xr.DataArray:
    """Share of the peak that campaigns on machines of known size deliver, at full uptime.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    machines
        Each of another precision, alike in all else.

    Returns
    -------
    DataArray
        Dims chain, draw and precision.
    """
    (devices,), (moe,) = {one.devices for one in machines}, {one.moe for one in machines}
    counting, goodput = _campaign(draws, devices, float(moe))
    share: xr.DataArray = chain.campaign_efficiency(
        step_mfu(draws, machines), counting, goodput, uptime=1.0
    )
    return share


def _campaign(
    draws: xr.Dataset, devices: float, moe: float
) -> tuple[xr.DataArray | float, xr.DataArray | float]:
    """FLOP by 6ND over those of the steps, and goodput, of a campaign to come."""
    if draws.attrs["campaign_included"]:
        return 1.0, 1.0
    return math.e ** draws["campaign_counting_new"], chain.share(_goodput(draws, devices, moe))


def _goodput(draws: xr.Dataset, devices: float, moe: float) -> xr.DataArray:
    """Logit of the goodput of a campaign to come."""
    logit: xr.DataArray = (
        draws["campaign_goodput"]
        - draws["campaign_goodput_devices"]
        * math.log10(devices / draws.attrs["campaign_device_pivot"])
        + draws["campaign_goodput_moe"] * moe
        + draws["campaign_goodput_new"]
    )
    return logit


def device_tflops(levers: Levers) -> xr.DataArray:
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
