"""Baseline forecasts of the trend."""

from typing import Protocol

import numpy as np
from numpy.random import Generator

from analysis.backtest.forecasts import Forecast
from model.gaussian import Array
from priors.elicit import Standardised

#: Resamples of the bootstrap, as many as Sevilla et al. 2022 draw.
_RESAMPLES = 1000
#: Half-width of the uniform log noise that Sevilla et al. 2022 add to each system: factor 2.
_LOG10_NOISE = np.log10(2)


class Baseline(Protocol):
    """Forecast from years and log10 FLOP of the systems known.

    What is forecast is the mean of so many `entrants` about each of the years `targets`: one
    system each if not given.
    """

    def __call__(
        self,
        years: Array,
        values: Array,
        targets: Array,
        rng: Generator,
        entrants: Array | float = 1.0,
    ) -> Forecast:
        """Forecast each target."""
        ...


def least_squares(
    years: Array, values: Array, targets: Array, rng: Generator, entrants: Array | float = 1.0
) -> Forecast:
    """Straight line by OLS with its Student-t prediction interval (Draper and Smith 1998, 3.1)."""
    count, centre = len(years), years.mean()
    slope, intercept = np.polyfit(years - centre, values, 1)
    residual = values - intercept - slope * (years - centre)
    variance = (residual**2).sum() / (count - 2)
    leverage = 1 / count + (targets - centre) ** 2 / ((years - centre) ** 2).sum()
    return Forecast(
        mean=(intercept + slope * (targets - centre))[None],
        scale=np.sqrt(variance * (1 / entrants + leverage))[None],
        degrees_of_freedom=np.array([count - 2.0]),
    )


def bootstrap_least_squares(
    years: Array, values: Array, targets: Array, rng: Generator, entrants: Array | float = 1.0
) -> Forecast:
    """OLS lines of resampled systems with factor-2 noise, as Sevilla et al. 2022 draw them.

    They give the line's interval only; a system scatters about each line with that line's
    residual standard deviation.
    """
    chosen = rng.integers(len(years), size=(_RESAMPLES, len(years)))
    noise = rng.uniform(-_LOG10_NOISE, _LOG10_NOISE, chosen.shape)
    drawn_years, drawn_values = years[chosen], values[chosen] + noise
    centre = drawn_years.mean(axis=1, keepdims=True)
    deviation = drawn_years - centre
    spread = (deviation**2).sum(axis=1)
    usable = spread > 0
    slope = (deviation * drawn_values).sum(axis=1)[usable] / spread[usable]
    level = drawn_values.mean(axis=1)[usable]
    line = level[:, None] + slope[:, None] * deviation[usable]
    residual = drawn_values[usable] - line
    scale = np.sqrt((residual**2).sum(axis=1) / (len(years) - 2))
    return Forecast(
        mean=level[:, None] + slope[:, None] * (targets - centre[usable]),
        scale=scale[:, None] / np.sqrt(np.broadcast_to(entrants, targets.shape)),
        degrees_of_freedom=np.full(len(slope), np.inf),
    )


def last_record(
    years: Array, values: Array, targets: Array, rng: Generator, entrants: Array | float = 1.0
) -> Forecast:
    """Random walk from the last record: no trend, and a variance that grows with the years.

    Its variance a year is that of the steps from record to record, root mean square about zero.
    """
    order = np.argsort(years, kind="stable")
    years, values = years[order], values[order]
    highest = np.maximum.accumulate(values)
    is_record = np.r_[True, np.diff(highest) > 0]
    steps, gaps = np.diff(values[is_record]), np.diff(years[is_record])
    per_year = (steps**2).sum() / gaps.sum()
    ahead = targets - years[is_record][-1]
    return Forecast(
        mean=np.full((1, len(targets)), highest[-1]),
        scale=np.sqrt(per_year * ahead)[None],
        degrees_of_freedom=np.array([np.inf]),
    )


def random_walk(
    years: Array, values: Array, targets: Array, rng: Generator, entrants: Array | float = 1.0
) -> Forecast:
    """Random walk from the last yearly mean, with the mean and variance of its yearly steps."""
    turns = np.floor(years)
    known = np.unique(turns)
    means = np.array([values[turns == turn].mean() for turn in known])
    at = np.array([years[turns == turn].mean() for turn in known])
    gaps = np.diff(at)
    drift = (means[-1] - means[0]) / (at[-1] - at[0])
    per_year = ((np.diff(means) - drift * gaps) ** 2 / gaps).sum() / max(len(gaps) - 1, 1)
    ahead = targets - at[-1]
    return Forecast(
        mean=(means[-1] + drift * ahead)[None],
        scale=np.sqrt(per_year * ahead * (1 + ahead / (at[-1] - at[0])))[None],
        degrees_of_freedom=np.array([max(len(gaps) - 1.0, 1.0)]),
    )


def roadmap_line(
    level: Standardised, slope: Standardised, pivot: float, years: Array, values: Array
) -> Baseline:
    """Make the baseline of the roadmap's straight line: the same forecast whatever is known.

    Parameters
    ----------
    level, slope, pivot
        log10 FLOP at the pivot, OOM/yr, decimal year: the median line of the roadmap's source.
    years, values
        Its own systems, whose scatter about the line it is given.
    """

    def line(at: Array) -> Array:
        return np.asarray(level.quantile(0.5) + slope.quantile(0.5) * (at - pivot))

    scatter = float(np.sqrt(((values - line(years)) ** 2).mean()))

    def forecast(
        years: Array,
        values: Array,
        targets: Array,
        rng: Generator,
        entrants: Array | float = 1.0,
    ) -> Forecast:
        return Forecast(
            mean=line(targets)[None],
            scale=scatter / np.sqrt(np.broadcast_to(entrants, targets.shape))[None],
            degrees_of_freedom=np.array([np.inf]),
        )

    return forecast
