"""Blocks of the model by their share of the width of one requirement."""

from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.need import need_at
from analysis.sensitivity.main_effect import main_effect
from analysis.sensitivity.tornado import ENDS
from analysis.sensitivity.variance_shares import variance_shares
from model.blocks import BLOCKS, in_blocks
from priors.levers import Target

#: Draws that the shares are computed with: a chart needs no more digits.
_DRAWS = 4000


def width_drivers(fit: Fit, target: Target, days: float) -> xr.Dataset:
    """Shapley share of each block in the variance of log10 of the peak, and the need at its ends.

    Returns
    -------
    Dataset
        Over `block`: `share` and `share_mcse` of the variance; over `probability` too, `change`,
        by how many dex the need moves when the block is at its 5 and 95 %.

    Raises
    ------
    ScenarioError
        The requirement has no uncertainty.
    """
    year = fit.scenario.levers.years[0]
    need = need_at(fit, target=target, year=year, days=days)
    sizes = need.inputs.sizes
    every = max(1, sizes["chain"] * sizes["draw"] // _DRAWS)
    need = replace(need, inputs=need.inputs.isel(draw=slice(None, None, every)))
    shares = variance_shares(need.value, need.inputs).reindex(block=list(BLOCKS), fill_value=0.0)
    change = np.zeros((len(BLOCKS), len(ENDS)))
    for number, block in enumerate(BLOCKS):
        if in_blocks(need.active_inputs, [block]).data_vars:
            effect = main_effect(need.value, need.inputs, block)
            change[number] = (effect.quantile(list(ENDS)) - effect.median()).values
    return xr.Dataset(
        {
            "share": ("block", shares["shapley"].values),
            "share_mcse": ("block", shares["shapley_mcse"].values),
            "change": (("block", "probability"), change),
        },
        {"block": list(BLOCKS), "probability": list(ENDS)},
        {"target": target, "days": days, "year": year},
    )
