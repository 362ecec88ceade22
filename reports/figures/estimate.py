"""Probability that more than a size is required."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.words import say
from reports.figures.style import (
    LINES,
    PALETTE,
    Place,
    Size,
    drawing,
    label_apart,
    log_axis,
    name_x,
    rule,
    short_name,
    wrapped_title,
)

#: Heights at which a curve's label is tried, first to last.
_HEIGHTS = (0.5, 0.56, 0.44, 0.62, 0.38, 0.7, 0.32, 0.26, 0.86)
#: A share of the curves beyond which the axis does not go.
_TAIL = 0.005


def exceedance(
    curves: xr.Dataset,
    *,
    quantity: str = "effective_eflops",
    asked: Mapping[str, object],
    roadmap: Sequence[float] = (),
    machines: Mapping[str, float] | None = None,
    title: str | None = None,
    size: Size = "wide",
) -> Figure:
    """P(required > x) against x, one curve per target.

    Parameters
    ----------
    curves
        From `analysis.report.exceedance.exceedance_curves`; the first year is drawn.
    quantity
        `effective_eflops` or `peak_eflops`.
    asked
        Numbers that name the targets (`Fit.asked`).
    roadmap
        The roadmap's figures for this quantity, EFLOPS; each is a line. The title says whether
        the first suffices for the last target.
    machines
        Name → EFLOPS of machines; each is a line too.
    title
        None: what is drawn.

    Examples
    --------
    >>> from analysis.report.exceedance import exceedance_curves
    >>> figure = exceedance(exceedance_curves(fit), asked=fit.asked, roadmap=[43.4])
    >>> len(figure.axes)
    1
    """
    first = curves[quantity].isel(year=0)
    days = curves.attrs["days"]
    with drawing(size, height=4.0) as figure:
        axes = figure.subplots()
        for number, target in enumerate(first["target"].values):
            curve = first.sel(target=target)
            axes.plot(
                curve.values,
                curve["exceedance"].values,
                color=PALETTE[number % len(PALETTE)],
                linestyle=LINES[number % len(LINES)],
                linewidth=2,
            )
        inside = first.where((first["exceedance"] > _TAIL) & (first["exceedance"] < 1 - _TAIL))
        marks = [*roadmap, *(machines or {}).values()]
        low = min(float(inside.min()), *marks) if marks else float(inside.min())
        high = max(float(inside.max()), *marks) if marks else float(inside.max())
        log_axis(axes, low / 1.6, high * 1.6, size)
        axes.set_ylim(0, 1.02)
        noun = (
            say("figures.x_effective")
            if quantity == "effective_eflops"
            else say("figures.x_peak", precision=curves.attrs["precision"])
        )
        name_x(axes, noun, size)
        axes.set_ylabel(say("figures.exceedance"))
        axes.grid(alpha=0.2)
        length = (
            say("estimate.frontier_length")
            if math.isnan(days)
            else say("estimate.length", days=days)
        )
        year = float(first["year"])
        said = say("figures.exceedance_title", year=year, length=length)
        if roadmap:
            target = str(first["target"].values[-1])
            said = say(
                "figures.roadmap_suffices",
                target=say(f"short.{target}", **asked),
                roadmap=f"{roadmap[0]:.1f}",
                probability=1 - _exceedance_of(first.sel(target=target), roadmap[0]),
                year=year,
                length=length,
            )
        wrapped_title(figure, title or said, size)
        for value in roadmap:
            rule(axes, value, say("figures.roadmap", value=f"{value:.1f}"), top=True)
        for name, value in (machines or {}).items():
            rule(axes, value, short_name(name))
        figure.draw_without_rendering()
        for number, target in enumerate(first["target"].values):
            _label(axes, first.sel(target=target), number, say(f"short.{target}", **asked))
    return figure


def _exceedance_of(curve: xr.DataArray, size: float) -> float:
    """Probability that more than a size is required, read off a curve."""
    logs = np.log10(curve.values)
    return float(np.interp(math.log10(size), logs, curve["exceedance"].values))


def _label(axes: Axes, curve: xr.DataArray, number: int, text: str) -> None:
    """Name a curve beside it, where nothing else is written."""
    heights = curve["exceedance"].values
    places = []
    for height in _HEIGHTS:
        at = int(np.abs(heights - height).argmin())
        x = float(curve.values[at])
        places.append(Place(x, height, (6, 0), "left"))
        places.append(Place(x, height, (-6, 0), "right"))
    if number % 2:
        places = [places[i ^ 1] for i in range(len(places))]
    label_apart(axes, text, places, color=PALETTE[number % len(PALETTE)])
