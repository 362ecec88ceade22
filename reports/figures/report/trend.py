"""Training compute of the frontier: runs, fan, ceilings and forms."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.words import say, say_known
from reports.figures.style import (
    MUTED,
    PALETTE,
    RULE,
    Place,
    Size,
    drawing,
    halo,
    label_apart,
    panels,
    superscript_power,
    typeset,
    wrapped_title,
)

_BANDS = (
    (0.025, 0.975, 0.18, "figures.interval_95"),
    (0.1, 0.9, 0.25, "figures.interval_80"),
    (0.25, 0.75, 0.35, "figures.interval_50"),
)


def trend(fan: xr.Dataset, *, title: str | None = None, size: Size = "wide") -> Figure:
    """Training FLOP of the frontier by year, and the weights of the forms of its line.

    Parameters
    ----------
    fan
        From `analysis.report.trend.trend_fan`.

    Examples
    --------
    >>> from analysis.report.trend import trend_fan
    >>> len(trend(trend_fan(fit)).axes)
    1
    """
    weighed = fan.sizes["form"] > 1
    with drawing(size, height=4.4 if size == "wide" else 5.6) as figure:
        if weighed:
            axes, beside = panels(figure, size, (3.4, 1)) if size == "wide" else _tall(figure)
            _weights(beside, fan)
        else:
            axes = figure.subplots()
        _line(axes, fan, narrow=size == "narrow")
        wrapped_title(figure, title or _said(fan), size)
        figure.draw_without_rendering()
        _name_parts(axes, fan)
    return figure


def _said(fan: xr.Dataset) -> str:
    """State the growth of the median line, and where it is in the last year of the roadmap."""
    year = float(fan["reading"][-1]) if fan.sizes["reading"] else float(fan["year"][-1])
    low, median, high = (typeset(f"{10 ** _at(fan, p, year):.1e}") for p in (0.025, 0.5, 0.975))
    growth = _at(fan, 0.5, year) - _at(fan, 0.5, year - 1)
    return say(
        "figures.trend_title", factor=10**growth, median=median, year=year, low=low, high=high
    )


def _at(fan: xr.Dataset, probability: float, year: float) -> float:
    """log10 FLOP of a band in a year."""
    line = fan["line"].sel(probability=probability)
    return float(np.interp(year, fan["year"].values, line.values))


def _tall(figure: Figure) -> list[Axes]:
    """Give the line most of the height, and the weights the rest."""
    return list(figure.subplots(2, 1, height_ratios=(2.4, 1)))


def _line(axes: Axes, fan: xr.Dataset, *, narrow: bool) -> None:
    line, years = fan["line"], fan["year"].values
    for low, high, alpha, _ in _BANDS:
        axes.fill_between(
            years,
            line.sel(probability=low),
            line.sel(probability=high),
            color=PALETTE[0],
            alpha=alpha,
            linewidth=0,
        )
    axes.plot(years, line.sel(probability=0.5), color=PALETTE[0], linewidth=2)
    in_fit = fan["in_fit"].values > 0
    shown = fan["published"].values >= years[0]
    for chosen, color, area in ((~in_fit & shown, "#BBBBBB", 7), (in_fit & shown, "black", 11)):
        axes.scatter(
            fan["published"].values[chosen],
            fan["log10_flop"].values[chosen],
            s=area,
            color=color,
            linewidth=0,
            zorder=3,
        )
    ends = line.isel(year=-1)
    top = max(
        float(ends.max()), float(fan["ceiling_log10_flop"].max()) if fan.sizes["ceiling"] else 0
    )
    lowest = float(fan["log10_flop"].values[in_fit].min()) if in_fit.any() else float(line.min())
    axes.set_xlim(years[0], years[-1])
    axes.set_ylim(lowest - 0.5, top + 1.3)
    axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: superscript_power(value)))
    axes.xaxis.set_major_locator(MaxNLocator(5 if narrow else 7, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.set_xlabel(say("figures.year"))
    axes.set_ylabel(say("figures.training_flop"))
    axes.grid(alpha=0.2)
    for year, level in zip(fan["reading"].values, fan["roadmap_log10_flop"].values, strict=True):
        axes.scatter(
            [year], [level], marker="D", s=26, facecolor="white", edgecolor=PALETTE[1], zorder=5
        )


def _name_parts(axes: Axes, fan: xr.Dataset) -> None:
    """Name points, bands, ceilings and the roadmap's figures where they stand."""
    years, in_fit = fan["year"].values, fan["in_fit"].values > 0
    begin = years[0] + 0.03 * (years[-1] - years[0])
    for number in range(fan.sizes["ceiling"]):
        level = float(fan["ceiling_log10_flop"][number])
        until = float(fan["by_year"][number])
        end = years[-1] if np.isnan(until) else min(until, years[-1])
        axes.hlines(level, years[0], end, color=RULE, linewidth=1, linestyle=(0, (4, 2)))
        said = say(
            "figures.ceiling",
            name=say_known(
                f"ceiling_names.{fan['ceiling'].values[number]}",
                str(fan["ceiling_name"].values[number]),
            ),
            value=typeset(f"{10**level:.0e}"),
        )
        label_apart(axes, said, [Place(begin, level, (0, 3), "left", "bottom")], color=RULE)
    if in_fit.any():
        first = int(np.flatnonzero(in_fit)[0])
        x, y = float(fan["published"][first]), float(fan["log10_flop"][first])
        label_apart(
            axes,
            say("figures.runs_in_fit", count=int(in_fit.sum())),
            [
                Place(begin, y + 6, (0, 0), "left", "center"),
                Place(x, y + 7, (0, 0), "left", "center"),
            ],
            color="black",
        )
        others = int((fan["published"].values >= years[0]).sum() - in_fit.sum())
        if others:
            middle = years[0] + 0.55 * (years[-1] - years[0])
            label_apart(
                axes,
                say("figures.other_runs", count=others),
                [Place(middle, axes.get_ylim()[0] + 0.6, (0, 0), "left", "center")],
                color=MUTED,
            )
    if fan.sizes["reading"]:
        year, level = float(fan["reading"][-1]), float(fan["roadmap_log10_flop"][-1])
        label_apart(
            axes,
            say("figures.roadmap_points"),
            [
                Place(year, level, (4, -14), "left", "top"),
                Place(year, level, (0, -14), "center", "top"),
                Place(year, level, (0, -28), "center", "top"),
            ],
            color=PALETTE[1],
        )
    at = years[-1] - 0.06 * (years[-1] - years[0])
    median = _at(fan, 0.5, at)
    label_apart(
        axes,
        say("figures.median_and_bands"),
        [
            Place(years[-1], median - 3.2, (-2, 0), "right", "top"),
            Place(at, median, (0, 34), "right", "bottom"),
        ],
        color=PALETTE[0],
    )


def _weights(axes: Axes, fan: xr.Dataset) -> None:
    """Bars of the weights of the forms, with their standard deviation."""
    names = [say(f"forms.{name}") for name in fan["form"].values]
    at = np.arange(len(names))[::-1]
    axes.barh(at, fan["weight"].values, height=0.42, color=PALETTE[0], alpha=0.75)
    axes.errorbar(
        fan["weight"].values,
        at,
        xerr=fan["weight_sd"].values,
        fmt="none",
        ecolor=RULE,
        elinewidth=1,
        capsize=2,
    )
    for y, name in zip(at, names, strict=True):
        halo(axes.text(0.0, y + 0.27, name, ha="left", va="bottom", fontsize="small"))
    axes.set_yticks([])
    axes.set_ylim(-0.5, len(names) - 0.1)
    axes.set_xlim(0, max(0.5, float((fan["weight"] + fan["weight_sd"]).max()) * 1.1))
    axes.xaxis.set_major_locator(MaxNLocator(3))
    axes.set_xlabel(say("figures.weight"))
    axes.spines["left"].set_visible(False)
