"""Probability that more than a size is required."""

from matplotlib.figure import Figure

from priors.documents import Json
from reports.figures.style import PALETTE
from reports.tables.estimate import is_point

_STYLES = ("-", "--", "-.", ":")


def exceedance(summary: Json, days: float | None, quantity: str = "effective_eflops") -> Figure:
    """P(required > x) against x, from the quantiles of a summary.

    Parameters
    ----------
    summary
        As `estimate --json` prints it.
    days
        Length of the campaign; None: that of the frontier's runs.
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
        title="Pre-training as long as the frontier's runs"
        if days is None
        else f"Pre-training in {days:g} days",
    )
    axes.grid(alpha=0.25)
    axes.legend(frameon=False, loc="upper right")
    return figure
