"""Coverage of predictive intervals and error of their medians."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from analysis.backtest.forecasts import crps
from model.gaussian import Array
from priors.documents import Json

#: Central intervals whose coverage is reported.
INTERVALS = (0.5, 0.8, 0.9, 0.95)
#: Mass of the interval of a coverage that is itself estimated.
_CONFIDENCE = 0.95


def score(draws: Array, observed: float) -> Json:
    """Score one prediction of a positive quantity.

    Parameters
    ----------
    draws
        Of the predictive distribution, natural units, any shape.
    observed
        What came, same unit.

    Returns
    -------
    dict
        `median`, `interval_90` (natural units); `pit`, predictive probability of no more than
        what came; `inside_90`; `error_dex`, log10 of observed over median; `width_factor`, upper
        over lower end of the central 90 %; `crps_dex`.
    """
    log = np.sort(np.log10(draws), axis=None)
    low, median, high = np.quantile(log, (0.05, 0.5, 0.95))
    at = math.log10(observed)
    pit = float((log <= at).mean())
    return {
        "median": float(10**median),
        "interval_90": [float(10**low), float(10**high)],
        "pit": pit,
        "inside_90": is_inside(pit, 0.9),
        "error_dex": float(at - median),
        "width_factor": float(10 ** (high - low)),
        "crps_dex": float(crps(log[:, None], np.array([at]))[0]),
    }


def is_inside(pit: float, mass: float) -> bool:
    """Whether the central interval of a mass holds the outcome."""
    return abs(pit - 0.5) <= mass / 2


def coverage(pits: Sequence[float]) -> Json:
    """Share of predictions inside each of `INTERVALS`, with its exact binomial interval.

    The interval is that of Clopper and Pearson 1934 for independent predictions. Predictions that
    share training data are not quite independent, so that it is, if anything, too narrow.

    Returns
    -------
    dict
        Mass → {`inside`, `of`, `share`, `interval_95`}.
    """
    found = {}
    for mass in INTERVALS:
        inside = sum(is_inside(pit, mass) for pit in pits)
        interval = stats.binomtest(inside, len(pits)).proportion_ci(_CONFIDENCE, method="exact")
        found[f"{mass:g}"] = {
            "inside": inside,
            "of": len(pits),
            "share": inside / len(pits),
            "interval_95": [float(interval.low), float(interval.high)],
        }
    return found


def errors(scores: Sequence[Json]) -> Json:
    """Mean of `error_dex` with its standard error, its sd, and the mean CRPS, all in dex.

    Standard error and sd are None for a single prediction.
    """
    values = np.array([row["error_dex"] for row in scores])
    several = len(values) > 1
    sd = float(values.std(ddof=1)) if several else None
    return {
        "bias_dex": float(values.mean()),
        "standard_error_dex": None if sd is None else sd / math.sqrt(len(values)),
        "sd_dex": sd,
        "crps_dex": float(np.mean([row["crps_dex"] for row in scores])),
    }
