"""What drives the width of a requirement."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.words import say
from reports.figures.style import (
    PALETTE,
    RULE,
    Size,
    drawing,
    log_axis,
    name_x,
    panels,
    wrapped_title,
)

#: A block that moves the need by less does not move it.
_NOTHING = 1e-3


def drivers(widths: xr.Dataset, *, title: str | None = None, size: Size = "wide") -> Figure:
    """Share of each block in the variance, and how far it moves the need at its 5 and 95 %.

    Parameters
    ----------
    widths
        From `analysis.report.drivers.width_drivers`.

    Examples
    --------
    >>> from analysis.report.drivers import width_drivers
    >>> len(drivers(width_drivers(fit, "model-size", 80.0)).axes)
    2
    """
    order = np.argsort(widths["share"].values)[::-1]
    blocks = [str(widths["block"].values[at]) for at in order]
    names = [say(f"blocks.{block}") for block in blocks]
    y = np.arange(len(blocks))[::-1]
    with drawing(size, height=2.6, rows=2) as figure:
        left, right = panels(figure, size, (1, 1))
        shares = widths["share"].values[order]
        left.barh(y, shares, height=0.55, color=PALETTE[0], alpha=0.85)
        for at, share in zip(y, shares, strict=True):
            left.annotate(
                f"{100 * share:.0f} %",
                (max(share, 0.0), at),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
            )
        left.set_xlim(0, 1.12 * max(1e-9, float(shares.max())) + 0.05)
        left.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
        name_x(left, say("figures.share_of_variance"), size)
        left.set_yticks(y, names)
        factors = 10 ** widths["change"].values[order]
        log_axis(right, min(0.77, factors.min()) / 2, max(1.3, factors.max()) * 2, size)
        for at, (low, high) in zip(y, factors, strict=True):
            right.plot([low, high], [at, at], color=PALETTE[1], linewidth=6, solid_capstyle="butt")
            for value, ha, offset in ((min(low, high), "right", -4), (max(low, high), "left", 4)):
                if high - low < _NOTHING:
                    continue
                right.annotate(
                    f"×{value:.2f}",
                    (value, at),
                    xytext=(offset, 0),
                    textcoords="offset points",
                    ha=ha,
                    va="center",
                    fontsize="small",
                )
        right.axvline(1, color=RULE, linewidth=0.8)
        name_x(right, say("figures.times_the_median"), size)
        right.set_yticks(y, names if size == "narrow" else [])
        for axes in (left, right):
            axes.set_ylim(-0.6, len(blocks) - 0.4)
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
        said = say("figures.drivers_title", block=names[0], share=100 * shares[0])
        wrapped_title(figure, title or said, size)
    return figure
