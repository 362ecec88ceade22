"""Forest plot of the scaling studies and the law pooled from them."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.words import say
from reports.figures.style import (
    MUTED,
    PALETTE,
    Size,
    drawing,
    name_x,
    rows_of_names,
    rule,
    short_name,
    wrapped_title,
)

#: Standard errors that the 95 % interval of a study spans either way.
_NORMAL_95 = 1.96


def law(forest: xr.Dataset, *, title: str | None = None, size: Size = "wide") -> Figure:
    """Exponent a of each study with its 95 % interval, and of the pooled law.

    Parameters
    ----------
    forest
        From `analysis.report.law.law_forest`.

    Examples
    --------
    >>> from analysis.report.law import law_forest
    >>> len(law(law_forest(fit)).axes)
    1
    """
    studies = forest.sizes["study"]
    rows = studies + 2
    names = [short_name(str(name)) for name in forest["study"].values]
    pooled = {"mean": say("figures.pooled_mean"), "new": say("figures.pooled_new")}
    with drawing(size, height=1.5 + 0.235 * rows) as figure:
        axes = figure.subplots()
        at = np.arange(rows)[::-1]
        if studies:
            axes.errorbar(
                forest["a"].values,
                at[:studies],
                xerr=_NORMAL_95 * forest["a_sd"].values,
                fmt="s",
                markersize=4,
                color="black",
                ecolor=MUTED,
                elinewidth=1.2,
            )
        for number, (name, y) in enumerate(zip(pooled, at[studies:], strict=True)):
            ends = forest["pooled_a"].sel(law=name)
            color = PALETTE[number]
            low, high = (float(ends.sel(probability=p)) for p in (0.025, 0.975))
            axes.plot([low, high], [y, y], color=color, linewidth=1.5)
            low, high = (float(ends.sel(probability=p)) for p in (0.1, 0.9))
            axes.plot([low, high], [y, y], color=color, linewidth=5, solid_capstyle="butt")
            middle = float(ends.sel(probability=0.5))
            axes.plot([middle], [y], marker="D", color="white", markeredgecolor=color, markersize=6)
        axes.set_yticks(at, [*names, *pooled.values()])
        axes.set_ylim(-0.7, rows + 0.9)
        axes.axhline(1.5, color=MUTED, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(5 if size == "narrow" else 8))
        name_x(axes, say("figures.exponent_a"), size)
        rows_of_names(axes)
        roadmap = float(forest.attrs["roadmap_exponent"])
        rule(axes, roadmap, say("figures.roadmap_exponent", value=roadmap), top=True)
        axes.texts[-1].set_rotation(0)
        low, median, high = (
            float(forest["pooled_a"].sel(law="new", probability=p)) for p in (0.025, 0.5, 0.975)
        )
        said = say("figures.law_title", count=studies, median=median, low=low, high=high)
        wrapped_title(figure, title or said, size)
    return figure
