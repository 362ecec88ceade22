"""Yearly means of the frontier that forecasts are scored on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from model.gaussian import Array
from model.inputs import Inputs


@dataclass(frozen=True)
class Window:
    """The entrants of one calendar year, seen from the turn of an earlier year.

    Attributes
    ----------
    origin, year
        The turn of a year on which the forecast is made, and the year of the entrants.
    members
        Places of the entrants among the rows of the trend.
    """

    origin: int
    year: int
    members: tuple[int, ...]

    @property
    def horizon(self) -> int:
        """Years from the origin to the end of the window."""
        return self.year - self.origin + 1


def windows(inputs: Inputs, horizons: Sequence[int] | None = None) -> list[Window]:
    """Return the windows of every origin, by origin and year.

    Parameters
    ----------
    horizons
        First and last; those by which forms are weighed if not given.

    Returns
    -------
    list of Window
        Only years with enough entrants for a mean, and origins with enough runs before them.
    """
    choice = inputs.stacking
    low, high = choice.horizons if horizons is None else horizons
    years = inputs.trend_years
    last = math.floor(inputs.evidence_until)
    found = []
    for origin in range(choice.since, last + 1):
        if (years < origin).sum() < choice.fewest_runs:
            continue
        for year in range(origin + low - 1, origin + high):
            members = np.flatnonzero((years >= year) & (years < year + 1))
            if len(members) >= choice.fewest_entrants:
                found.append(Window(origin, year, tuple(members.tolist())))
    return found


def known_before(inputs: Inputs, year: int) -> Inputs:
    """Return the inputs with the runs of the trend that were published before a year."""
    known = inputs.trend_years < year
    return replace(
        inputs,
        trend_years=inputs.trend_years[known],
        trend_log10_flop=inputs.trend_log10_flop[known],
        trend_grade_sd=inputs.trend_grade_sd[known],
        labels={
            **inputs.labels,
            "run": tuple(np.array(inputs.labels["run"], object)[known].tolist()),
        },
    )


def observed_mean(inputs: Inputs, window: Window) -> float:
    """Mean log10 FLOP of the entrants."""
    return float(inputs.trend_log10_flop[list(window.members)].mean())


def mean_ramps(inputs: Inputs, window: Window) -> tuple[float, Array]:
    """Mean over the entrants of the years since the pivot and of the parts of each year."""
    years = inputs.trend_years[list(window.members)]
    return float(inputs.elapsed(years).mean()), inputs.ramps(years).mean(axis=0)
