"""Figures as functions of Datasets; each returns a Figure and leaves all defaults alone."""

from collections.abc import Mapping
from io import StringIO

import xarray as xr
from matplotlib.figure import Figure

from analysis.summarise import Json
from model.workload import log10
from reports.tables import is_point

#: Okabe and Ito's palette: colour-blind-safe, and of different lightness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_STYLES = ("-", "--", "-.", ":")


def exceedance(summary: Json, days: float, quantity: str = "effective_eflops") -> Figure:
    """P(required > x) against x, from the quantiles of a summary.

    Parameters
    ----------
    summary
        As `estimate --json` prints it.
    days
        Length of the campaign.
    quantity
        `effective_eflops` or `peak_eflops`.
    """
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    index = 0
    roadmap: dict[float, None] = {}
    for name, scenario in summary["scenarios"].items():
        for row in scenario["results"]:
            if row["quantity"] != quantity or row["days"] != days:
                continue
            roadmap |= {} if row["roadmap_value"] is None else {row["roadmap_value"]: None}
            if is_point(row):
                continue
            label = name if row["precision"] is None else f"{name}, {row['precision']}"
            axes.plot(
                list(row["quantiles"].values()),
                [1 - float(probability) for probability in row["quantiles"]],
                color=PALETTE[index % len(PALETTE)],
                linestyle=_STYLES[index % len(_STYLES)],
                linewidth=2,
                label=label,
            )
            index += 1
    for value in roadmap:
        axes.axvline(value, color="0.25", linewidth=1.2)
        axes.annotate(
            f"roadmap {value:.1f}",
            (value, 0.0),
            xytext=(-3, 4),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=8,
            color="0.25",
        )
    noun = "effective" if quantity == "effective_eflops" else "peak"
    axes.set(
        xscale="log",
        ylim=(0, 1),
        xlabel=f"x: {noun} AI performance, EFLOPS (10¹⁸ FLOP/s)",
        ylabel="probability that more than x is required",
        title=f"Pre-training in {days:g} days",
    )
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="upper right")
    return figure


def trend(
    fans: Mapping[str, xr.Dataset], runs: xr.Dataset, readings: Mapping[float, float]
) -> Figure:
    """Training FLOP of the frontier with evidence points and the fan to the future.

    Parameters
    ----------
    fans
        Scenario → Dataset with `frontier_flop` over chain, draw and year.
    runs
        `flop` over a dim `run` with a coordinate `year`.
    readings
        Year → FLOP, the roadmap's.
    """
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.scatter(
        runs["year"], runs["flop"], s=14, color="0.35", alpha=0.7, label="systems (evidence)"
    )
    for index, (name, fan) in enumerate(fans.items()):
        color = PALETTE[index % len(PALETTE)]
        low, middle, high = (
            10 ** log10(fan["frontier_flop"]).quantile(p, dim=("chain", "draw"))
            for p in (0.05, 0.5, 0.95)
        )
        axes.fill_between(fan["year"], low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(
            fan["year"],
            middle,
            color=color,
            linestyle=_STYLES[index % len(_STYLES)],
            label=f"{name}: median, 90 % band",
        )
    axes.plot(
        list(readings), list(readings.values()), "kD", markersize=5, label="roadmap's readings"
    )
    axes.set(
        yscale="log",
        xlabel="publication date",
        ylabel="training compute, FLOP",
        title="The frontier of training compute",
    )
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="upper left")
    return figure


def svg(figure: Figure) -> str:
    """SVG element of a figure, the same bytes for the same figure."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "eflops", "svg.fonttype": "none"}):
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
