"""What a machine of known size delivers in a campaign, factor by factor."""

import math

import numpy as np
import xarray as xr

from model import chain
from model.delivered.efficiency import Curve, curve_of, most_useful
from model.delivered.regime import under
from priors.levers import Levers

#: Dims of draws.
_DRAWS = ("chain", "draw")


def delivery(draws: xr.Dataset, levers: Levers, devices: float) -> xr.Dataset:
    """Shares of the dense peak that a campaign on so many devices delivers.

    The inverse of `model.delivered.efficiency.campaign_efficiency`: step MFU and goodput are
    those of the number of devices within `levers.device_range`, and of at most the number
    from which on more devices would deliver less, so that a larger machine never delivers less.

    Parameters
    ----------
    draws
        `posterior` or `prior` group: dims chain and draw.
    levers
        Precisions, build and uptime.
    devices
        Accelerators that train one model.

    Returns
    -------
    Dataset
        `step_mfu`, `counting` (FLOP by 6ND over those of the steps), `goodput`, `uptime`, their
        product `efficiency`, and `held`, whether (1 or 0) it is that of another number of devices;
        dims chain, draw and precision.

    Notes
    -----
    Source of the factors: `model.delivered.step_mfu`, `model.delivered.goodput`.
    """
    whole = xr.broadcast(*curve_of(under(draws, levers), levers))
    shape = whole[0].transpose(*_DRAWS, "precision")
    curve = Curve(*(one.transpose(*shape.dims).values.ravel() for one in whole))
    low, high = (math.log10(end) for end in levers.device_range)
    asked = math.log10(devices)
    count = np.maximum(low, np.minimum(asked, most_useful(curve, low, high)))
    mfu, goodput = curve.parts(count)
    counting = curve.factor / levers.uptime
    found = {
        "step_mfu": mfu,
        "counting": counting,
        "goodput": goodput,
        "uptime": np.full(mfu.shape, levers.uptime),
        "efficiency": chain.campaign_efficiency(mfu, counting, goodput, levers.uptime),
        "held": (count != asked).astype(float),
    }
    return xr.Dataset(
        {name: shape.copy(data=values.reshape(shape.shape)) for name, values in found.items()}
    ).drop_attrs()


def with_failures(
    draws: xr.Dataset,
    devices: float,
    *,
    device_hours: float,
    checkpoint_hours: float,
    restart_hours: float,
) -> xr.Dataset:
    """Draws whose goodput is that of a stated rate of failures and time of a checkpoint.

    With checkpoints at the best interval √(2 δ M) the share of time lost is
    √(2 δ / M) + R / M, where M is the mean time between interruptions of all devices, δ the time
    of a checkpoint and R that of a restart (Young 1974; Daly 2006, first order). The mean goodput
    and its fall with the number of devices are replaced by these; how single campaigns deviate
    stays.

    Parameters
    ----------
    device_hours
        Mean time between interruptions of one device, hours.
    """
    pivot = draws.attrs["campaign_device_pivot"]

    def logit(count: float) -> float:
        between = device_hours / count
        lost = math.sqrt(2 * checkpoint_hours / between) + restart_hours / between
        return -math.log(lost)  # goodput 1 / (1 + lost): the loss is on top of the useful time

    step = 1e-3
    fall = (logit(devices) - logit(devices * 10**step)) / step
    level = logit(devices) + fall * math.log10(devices / pivot)
    none = xr.zeros_like(draws["campaign_goodput"])
    return draws.assign(
        campaign_goodput=none + level,
        campaign_goodput_devices=none + fall,
        campaign_goodput_moe=none,
    )
