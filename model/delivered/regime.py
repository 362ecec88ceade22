"""What a regime of hardware takes for granted."""

import numpy as np
import xarray as xr

from model import chain
from model.delivered.efficiency import curve_of
from priors.levers import Levers

#: A step MFU is kept below this.
_MOST = 0.99
#: Parameters of what is lost with the number of devices.
_WITH_SCALE = ("mfu_devices", "campaign_goodput_devices")


def under(draws: xr.Dataset, levers: Levers) -> xr.Dataset:
    """Draws with what the levers take for granted in place of what is estimated.

    `scale_penalty = "none"`: step MFU and goodput do not fall with the number of devices.
    `goodput`: every campaign has this goodput. `fp8_gain`: training in FP8 is so many times as
    fast as in 16 bits on the same devices, at the number of them at which step MFU is stated.

    Parameters
    ----------
    draws
        `posterior` or `prior` group, or single inputs; dims chain and draw or others.
    """
    if levers.scale_penalty == "none":
        draws = draws.assign({name: xr.zeros_like(draws[name]) for name in _WITH_SCALE})
    if levers.goodput != "estimated":
        none = xr.zeros_like(draws["campaign_goodput"])
        draws = draws.assign(
            campaign_goodput=none + np.log(levers.goodput / (1 - levers.goodput)),
            campaign_goodput_devices=none,
            campaign_goodput_moe=none,
            campaign_goodput_new=none,
        )
    if levers.fp8_gain is not None:
        draws = draws.assign(mfu_fp8=_shift_of_fp8(draws, levers, levers.fp8_gain))
    return draws


def _shift_of_fp8(draws: xr.Dataset, levers: Levers, gain: float) -> xr.DataArray:
    """Logit by which the step MFU of the FP8 peak lies below that of the 16-bit peak."""
    sixteen = levers.model_copy(update={"precisions": ("BF16",)})
    logit = curve_of(draws, sixteen)[0].isel(precision=0, drop=True)
    peaks = levers.device.tflops
    share = (gain * chain.share(logit) * peaks["BF16"] / peaks["FP8"]).clip(max=_MOST)
    shift: xr.DataArray = np.log(share / (1 - share)) - logit
    return shift
