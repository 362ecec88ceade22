"""Exceedance curves: probability that more than a size is required."""

import numpy as np
import xarray as xr

from analysis.fit import Fit
from model.requirement import log10

#: Probabilities at which a curve is stored: every half per cent, and the tails beside them.
_LEVELS = np.concatenate([[0.001, 0.0025], np.arange(0.005, 0.9951, 0.005), [0.9975, 0.999]])
#: Quantities that have a curve.
CURVES = ("effective_eflops", "peak_eflops")


def exceedance_curves(fit: Fit) -> xr.Dataset:
    """Quantiles of the requirement, close enough together to be drawn as a curve.

    Returns
    -------
    Dataset
        `effective_eflops` and, of the first precision, `peak_eflops`, in EFLOPS, over target, year
        and `exceedance`, the probability that more is required; of the longest campaign.
        Attributes: `days` (NaN where campaigns are as long as the frontier's runs) and
        `precision`.
    """
    required = fit.required()
    last = required.sizes["days"] - 1
    precision = str(required["precision"].values[0])
    point = required[list(CURVES)].isel(days=last).sel(precision=precision)
    found = {}
    for name in CURVES:
        curve = 10 ** log10(point[name]).quantile(_LEVELS, dim=("chain", "draw"))
        curve = curve.assign_coords(quantile=1 - _LEVELS).rename(quantile="exceedance")
        found[name] = curve.transpose("target", "year", "exceedance").assign_attrs(
            units="EFLOPS", long_name=required[name].attrs["long_name"]
        )
    days = float(required["days"].values[last])
    return xr.Dataset(found, attrs={"days": days, "precision": precision}).drop_vars(
        ["days", "precision"], errors="ignore"
    )
