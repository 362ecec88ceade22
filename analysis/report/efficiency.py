"""Bridge from the dense peak to a campaign, factor by factor."""

import numpy as np
import xarray as xr

from analysis.assess.assess import FACTORS
from analysis.fit import Fit
from analysis.monte_carlo import DRAWS
from model.delivered.delivery import delivery
from priors.levers import Target

ENDS = (0.1, 0.5, 0.9)


def efficiency_bridge(fit: Fit, target: Target) -> xr.Dataset:
    """Factors between peak and effective performance, on the devices that a target takes.

    Parameters
    ----------
    target
        Whose median number of devices, in the first year and the longest campaign at the first
        precision, the factors are stated for.

    Returns
    -------
    Dataset
        Over `factor` (step MFU, counting, goodput, uptime, and their product `efficiency`):
        `log10_mean`, mean of log10 of the share, of which those of the factors add up to that of
        the product; over `probability` too, `share`, its quantiles. Attributes: `devices`,
        `precision`.
    """
    levers = fit.scenario.levers
    required = fit.required()["devices"].sel(target=target).isel(year=0, days=-1, precision=0)
    devices = float(required.median())
    found = delivery(fit.posterior, levers, devices).isel(precision=0)
    names = [*FACTORS, "efficiency"]
    means = [float(np.log10(found[name]).mean()) for name in names]
    shares = [found[name].quantile(list(ENDS), DRAWS).values for name in names]
    return xr.Dataset(
        {"log10_mean": ("factor", means), "share": (("factor", "probability"), np.array(shares))},
        {"factor": names, "probability": list(ENDS)},
        {"devices": devices, "precision": levers.precisions[0]},
    )
