"""Scaling studies beside the law that is pooled from them."""

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.monte_carlo import DRAWS

#: Median, and the ends of the central 80 and 95 %.
ENDS = (0.025, 0.1, 0.5, 0.9, 0.975)


def law_forest(fit: Fit) -> xr.Dataset:
    """Exponent a of each study with its standard error, and of the pooled law.

    Returns
    -------
    Dataset
        Over `study`: `a` and `a_sd`, as the model reads the row, by the row's id; length 0 where
        no study is data. Over `law` and `probability`: `pooled_a`, quantiles of the mean of the
        laws ("mean") and of the law of a model to come ("new"). Attribute:
        `roadmap_exponent`.
    """
    rows = fit.inputs.studies
    order = np.argsort(rows.exponents, kind="stable")
    labels = [rows.labels["study"][at] for at in order]
    posterior = fit.posterior
    pooled = {"mean": posterior["law_exponent_mean"], "new": posterior["law_a"]}
    quantiles = np.array([draws.quantile(list(ENDS), DRAWS).values for draws in pooled.values()])
    return xr.Dataset(
        {
            "a": ("study", rows.exponents[order]),
            "a_sd": ("study", rows.exponent_sd[order]),
            "pooled_a": (("law", "probability"), quantiles),
        },
        {"study": labels, "law": list(pooled), "probability": list(ENDS)},
        {"roadmap_exponent": fit.scenario.workload.exponent},
    )
