"""Scores of forecasters, with a bootstrap over blocks of origins."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.random import Generator

from analysis.backtest.coverage import INTERVALS, is_inside
from model.gaussian import Array
from priors.documents import Json

#: Resamples of blocks of origins.
_RESAMPLES = 2000
#: Ends of an interval of resampled values that has a mass of 90 %.
_NINETY = (0.05, 0.95)


@dataclass(frozen=True)
class Blocks:
    """Resamples of blocks of neighbouring origins, whose windows overlap."""

    weights: Array  # shape (resample, case): how often each case counts

    @classmethod
    def of(cls, origins: Array, size: int, rng: Generator) -> "Blocks":
        """Resample blocks of so many neighbouring origins, given that of each case."""
        block = np.searchsorted(np.unique(origins), origins) // size
        drawn = rng.multinomial(
            block.max() + 1, np.full(block.max() + 1, 1 / (block.max() + 1)), size=_RESAMPLES
        )
        return cls(drawn[:, block].astype(float))

    def means(self, values: Array) -> Array:
        """Mean over the cases of each resample that holds any; shape (resample,)."""
        counted = self.weights.sum(axis=1)
        return (self.weights @ values)[counted > 0] / counted[counted > 0]


def of_forecaster(
    mine: xr.Dataset, reference: xr.Dataset, blocks: Blocks, *, is_reference: bool
) -> Json:
    """Coverage, scores and bias of a forecaster, and how far it is behind the reference.

    Parameters
    ----------
    mine, reference
        What `Forecast.score` returns, over case.

    Returns
    -------
    dict
        As `analysis.backtest.yearly.hindcast_yearly` describes a forecaster.
    """
    pit = mine["pit"].values
    inside = {mass: np.array([is_inside(one, mass) for one in pit], float) for mass in INTERVALS}
    behind = None
    if not is_reference:
        lags: dict[str, Callable[[], Array]] = {
            "log_score": lambda: (reference["log_score"] - mine["log_score"]).values,
            "crps": lambda: (mine["crps"] - reference["crps"]).values,
        }
        behind = {
            name: {"mean": float(lag().mean()), "error": float(blocks.means(lag()).std())}
            for name, lag in lags.items()
        }
    return {
        "coverage": {
            f"{mass:g}": {
                "share": float(hits.mean()),
                "interval_90": np.quantile(blocks.means(hits), _NINETY).tolist(),
            }
            for mass, hits in inside.items()
        },
        "crps": float(mine["crps"].mean()),
        "log_score": float(mine["log_score"].mean()),
        "bias": float(mine["error"].mean()),
        "width_90": float(mine["width"].mean()),
        "sd_pit": float(pit.std()),
        "behind": behind,
    }
