"""Bridge from the dense peak to a campaign, one bar per factor."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.numbers import significant
from analysis.words import say
from reports.figures.style import MUTED, PALETTE, Size, drawing, halo, name_x, wrapped_title


def efficiency(bridge: xr.Dataset, *, title: str | None = None, size: Size = "wide") -> Figure:
    """Share of the peak that is left after each factor; geometric means, with 80 % intervals.

    Parameters
    ----------
    bridge
        From `analysis.report.efficiency.efficiency_bridge`.

    Examples
    --------
    >>> from analysis.report.efficiency import efficiency_bridge
    >>> len(efficiency(efficiency_bridge(fit, "model-size")).axes)
    1
    """
    factors = [str(name) for name in bridge["factor"].values[:-1]]
    logs = bridge["log10_mean"].values
    before = 10 ** np.concatenate([[0.0], np.cumsum(logs[:-2])])
    after = 10 ** np.cumsum(logs[:-1])
    names = [
        say("bridge.peak", precision=bridge.attrs["precision"]),
        *(say(f"bridge.{name}") for name in factors),
        say("bridge.efficiency"),
    ]
    with drawing(size, height=2.9) as figure:
        axes = figure.subplots()
        at = np.arange(len(names))[::-1]
        axes.barh(at[0], 1, height=0.55, color=MUTED)
        for y, begin, end in zip(at[1:-1], before, after, strict=True):
            axes.barh(y, begin - end, left=end, height=0.55, color=PALETTE[1], alpha=0.85)
            axes.plot([end, end], [y - 0.72, y + 0.28], color=MUTED, linewidth=0.8)
        axes.barh(at[-1], 10 ** logs[-1], height=0.55, color=PALETTE[0])
        ends = bridge["share"].sel(factor="efficiency")
        low, high = (float(ends.sel(probability=p)) for p in (0.1, 0.9))
        axes.plot([low, high], [at[-1]] * 2, color="black", linewidth=1.2)
        for y, factor, edge in zip(at[1:-1], factors, before, strict=True):
            axes.annotate(
                _said(bridge, factor),
                (edge, y),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        halo(
            axes.annotate(
                _said(bridge, "efficiency"),
                (max(high, 10 ** logs[-1]), at[-1]),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        )
        axes.set_yticks(at, names)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlim(0, 1.42 if size == "wide" else 1.85)
        axes.set_xticks(np.linspace(0, 1, 6 if size == "wide" else 3))
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        name_x(axes, say("figures.share_of_peak"), size)
        said = say(
            "figures.efficiency_title",
            devices=significant(bridge.attrs["devices"], 2),
            mean=100 * 10 ** logs[-1],
            low=100 * low,
            high=100 * high,
        )
        wrapped_title(figure, title or said, size)
    return figure


def _said(bridge: xr.Dataset, factor: str) -> str:
    """Write a factor with its 80 % interval."""
    ends = bridge["share"].sel(factor=factor)
    low, high = (float(ends.sel(probability=p)) for p in (0.1, 0.9))
    mean = 10 ** float(bridge["log10_mean"].sel(factor=factor))
    key = "figures.times" if low < high else "figures.times_exactly"
    return say(key, mean=mean, low=low, high=high)
