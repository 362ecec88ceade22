"""Forecasts as mixtures, with CRPS, log score and PIT.

Scores: PIT and coverage, CRPS and log score (Gneiting and Raftery 2007), bias. All are in dex, as
what is forecast is log10 FLOP; the log score is in nat per system and is better where larger.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.random import Generator
from scipy import special, stats

from model.gaussian import Array

#: Draws of a mixture from which its median and CRPS are computed.
_SAMPLES = 4000


@dataclass(frozen=True)
class Forecast:
    """Predictive distribution of each of several systems.

    Attributes
    ----------
    mean, scale
        log10 FLOP and dex, shape (component, system); components weigh alike.
    degrees_of_freedom
        Of the Student-t of each component, shape (component,); infinite for a normal.
    """

    mean: Array
    scale: Array
    degrees_of_freedom: Array

    def draw(self, rng: Generator, count: int = _SAMPLES) -> Array:
        """Draw each system's value; shape (count, system)."""
        component = rng.integers(len(self.mean), size=count)
        degrees = self.degrees_of_freedom[component, None]
        shape = (count, self.mean.shape[1])
        normal = rng.standard_normal(shape)
        # A normal over the root of a scaled chi-squared is a Student-t; over 1 it stays normal.
        finite = np.where(np.isfinite(degrees), degrees, 1.0)
        shrink = np.where(np.isfinite(degrees), np.sqrt(rng.chisquare(finite, shape) / finite), 1.0)
        return np.asarray(self.mean[component] + self.scale[component] * normal / shrink)

    def log_density(self, observed: Array) -> Array:
        """Log predictive density of each system's value; shape (system,)."""
        return np.asarray(
            special.logsumexp(self._component("logpdf", observed), axis=0) - np.log(len(self.mean))
        )

    def pit(self, observed: Array) -> Array:
        """Predictive probability of no more than each system's value; shape (system,)."""
        return np.asarray(self._component("cdf", observed).mean(axis=0))

    def score(self, observed: Array, rng: Generator) -> xr.Dataset:
        """Score each system.

        Parameters
        ----------
        observed
            log10 FLOP, shape (system,).
        rng
            For the draws behind CRPS and median.

        Returns
        -------
        Dataset
            Over a dim system: `pit`, `crps` (dex), `log_score` (nat), `error` (dex, observed less
            the median), `width` (dex, of the central 90 %).
        """
        draws = np.sort(self.draw(rng), axis=0)
        low, median, high = np.quantile(draws, (0.05, 0.5, 0.95), axis=0)
        scores = {
            "pit": (self.pit(observed), "1", "predictive probability of no more than the value"),
            "crps": (crps(draws, observed), "dex", "continuous ranked probability score"),
            "log_score": (self.log_density(observed), "nat", "log predictive density"),
            "error": (observed - median, "dex", "value less the predictive median"),
            "width": (high - low, "dex", "width of the central 90 % interval"),
        }
        return xr.Dataset(
            {
                name: xr.Variable("system", values, {"units": unit, "long_name": long_name})
                for name, (values, unit, long_name) in scores.items()
            }
        )

    def _component(self, function: str, observed: Array) -> Array:
        """Density or distribution function by component; shape (component, system)."""
        degrees = np.broadcast_to(self.degrees_of_freedom[:, None], self.mean.shape)
        standardised = (observed - self.mean) / self.scale
        heavy = np.isfinite(degrees)
        values = np.asarray(getattr(stats.norm, function)(standardised))
        if heavy.any():
            values = np.where(
                heavy,
                getattr(stats.t, function)(standardised, np.where(heavy, degrees, 1.0)),
                values,
            )
        return values - np.log(self.scale) if function == "logpdf" else values


def crps(draws: Array, observed: Array) -> Array:
    """CRPS of each column from sorted draws, E|X − y| − E|X − X'| / 2.

    The second term is by probability-weighted moments (Hersbach 2000; Taillardat et al. 2016,
    eq. 3), unbiased for independent draws.

    Parameters
    ----------
    draws
        Sorted along the first axis, shape (draw, system).
    observed
        Shape (system,).
    """
    count = len(draws)
    weight = 2 * np.arange(count)[:, None] - (count - 1)
    spread = (weight * draws).sum(axis=0) / (count * (count - 1))
    return np.asarray(np.abs(draws - observed).mean(axis=0) - spread)
