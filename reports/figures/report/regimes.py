"""Scenarios and regimes of hardware side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.numbers import significant
from analysis.words import say
from reports.figures.style import (
    PALETTE,
    Size,
    drawing,
    halo,
    interval_row,
    log_axis,
    name_x,
    panels,
    rows_of_names,
    rule,
    short_name,
    typeset,
    wrapped_title,
)


def regimes(
    table: xr.Dataset,
    *,
    asked: Mapping[str, Mapping[str, object]],
    roadmap: Sequence[float] = (),
    title: str | None = None,
    size: Size = "wide",
) -> Figure:
    """Show what each scenario requires: effective EFLOPS, and devices of one kind.

    Parameters
    ----------
    table
        From `analysis.report.regimes.side_by_side`.
    asked
        Scenario → numbers that name its target (`Fit.asked`).
    roadmap
        The roadmap's effective EFLOPS.

    Examples
    --------
    >>> from analysis.report.regimes import side_by_side
    >>> table = side_by_side([(fit, "model-size")])
    >>> len(regimes(table, asked={fit.scenario.name: fit.asked}).axes)
    2
    """
    count = table.sizes["scenario"]
    with drawing(size, height=1.6 + 0.42 * count, rows=2) as figure:
        left, right = panels(figure, size, (1, 1))
        _intervals(left, table, "effective_eflops", size)
        name_x(left, say("figures.x_effective_short"), size)
        for value in roadmap:
            rule(left, value, f"{value:.1f}", top=True)
        _intervals(right, table, "devices", size)
        name_x(right, say("figures.devices"), size)
        at = np.arange(count)[::-1]
        names = [
            f"{short_name(name)}\n{say(f'short.{target}', **asked[str(name)])}, {precision}"
            for name, target, precision in zip(
                table["scenario"].values,
                table["target"].values,
                table["precision"].values,
                strict=True,
            )
        ]
        left.set_yticks(at, names)
        right.set_yticks(at, names if size == "narrow" else [""] * count)
        medians = table["devices"].sel(probability=0.5)
        low, high = (typeset(significant(float(end), 2)) for end in (medians.min(), medians.max()))
        wrapped_title(figure, title or say("figures.regimes_title", low=low, high=high), size)
    return figure


def _intervals(axes: Axes, table: xr.Dataset, quantity: str, size: Size) -> None:
    """Median with its 80 and 95 % intervals, one row per scenario."""
    values = table[quantity]
    log_axis(axes, float(values.min()) / 2, float(values.max()) * 2, size)
    for number, scenario in enumerate(values["scenario"].values):
        y = values.sizes["scenario"] - 1 - number
        ends = values.sel(scenario=scenario)
        at = {f"{p:g}": float(ends.sel(probability=p)) for p in ends["probability"].values}
        color = PALETTE[number % len(PALETTE)]
        interval_row(axes, y, at, color)
        halo(
            axes.annotate(
                typeset(significant(at["0.5"], 2)),
                (at["0.5"], y),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                va="bottom",
                color=color,
                fontsize="small",
            )
        )
    axes.set_ylim(-0.6, values.sizes["scenario"] + 0.35)
    rows_of_names(axes)
