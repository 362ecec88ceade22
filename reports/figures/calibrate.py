"""Rank distributions of a calibration."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.words import say
from priors.documents import Json
from reports.figures.style import PALETTE, lettering

_COLUMNS = 4
#: Inches: a panel with its title, and the margins of the page.
_PANEL = (2.3, 1.5)
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.75, 0.2, 0.75, 0.55
_INSIDE, _OUTSIDE = PALETTE[0], PALETTE[1]


@lettering()
def rank_curves(document: Json) -> Figure:
    """ECDF of the ranks less the uniform one, one panel per quantity, with the simultaneous band.

    A curve below the band at the left and above it at the right: posteriors too wide; the other
    way round: too narrow; above it everywhere: posteriors too high.

    Parameters
    ----------
    document
        As `calibrate --json` prints it.
    """
    ecdf = document["ecdf"]
    passed = {check["name"]: check["passed"] for check in document["checks"]}
    names = list(ecdf["difference"])
    rows = math.ceil(len(names) / _COLUMNS)
    width, height = _PANEL[0] * _COLUMNS, _PANEL[1] * rows + _TOP + _BOTTOM
    # A fixed grid: a constrained layout of so many panels takes seconds, at each format anew.
    figure = Figure(figsize=(width, height))
    figure.subplots_adjust(
        left=_LEFT / width,
        right=1 - _RIGHT / width,
        bottom=_BOTTOM / height,
        top=1 - _TOP / height,
        hspace=0.35,
        wspace=0.12,
    )
    grid = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axes, name in zip(grid.flat, names, strict=False):
        _panel(axes, ecdf, name, passed=passed[f"sbc_{name}"])
    for axes in grid.flat[len(names) :]:
        axes.set_visible(False)
    # Only the lowest row has tick labels; the last panel of each column needs them.
    for axes in grid.flat[max(0, len(names) - _COLUMNS) : len(names)]:
        axes.tick_params(labelbottom=True)
    replications = max(entry["replications"] for entry in document["quantities"].values())
    figure.suptitle(
        "\n".join(
            [
                say(
                    "ranks.title",
                    scenario=document["scenario"],
                    form=say(f"forms.{document['form']}"),
                    replications=replications,
                ),
                say("ranks.band", count=len(names), percent=100 * _level(document)),
            ]
        ),
        fontsize=10,
        y=1 - 0.1 / height,
    )
    figure.supxlabel(say("ranks.rank"), fontsize=9, y=0.12 / height)
    figure.supylabel(say("ranks.below"), fontsize=9, x=0.12 / width)
    return figure


def _panel(axes: Axes, ecdf: Json, name: str, *, passed: bool) -> None:
    share = [0.0, *ecdf["share"], 1.0]
    low, high, difference = (
        [0.0, *values, 0.0]
        for values in (ecdf["band_low"], ecdf["band_high"], ecdf["difference"][name])
    )
    axes.fill_between(share, low, high, color="0.88", linewidth=0)
    axes.axhline(0, color="0.6", linewidth=0.8)
    color = _INSIDE if passed else _OUTSIDE
    axes.plot(share, difference, color=color, linewidth=1.3)
    axes.set_title(
        name if passed else say("ranks.outside", name=name),
        fontsize=8,
        color="black" if passed else color,
        fontweight="normal" if passed else "bold",
    )
    axes.set_xlim(0, 1)
    axes.tick_params(labelsize=7)


def _level(document: Json) -> float:
    """Threshold of the adjusted p-values."""
    return float(next(c["threshold"] for c in document["checks"] if c["name"].startswith("sbc_")))
