"""Pictures of the page, in two formats and in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import xarray as xr
from matplotlib.figure import Figure

from analysis.numbers import significant, with_interval
from analysis.report.stored import from_json
from analysis.words import say
from priors.documents import Json
from reports.figures.assess import machine
from reports.figures.backtest import hindcasts
from reports.figures.calibrate import rank_curves
from reports.figures.estimate import exceedance
from reports.figures.report.efficiency import efficiency
from reports.figures.report.law import law
from reports.figures.report.regimes import regimes
from reports.figures.report.trend import trend
from reports.figures.sensitivity import drivers
from reports.figures.style import Size, svg, typeset
from reports.page.rows import first_year_rows, target_name

SIZES: tuple[Size, ...] = ("wide", "narrow")

type Draw = Callable[[Size], Figure]


@dataclass(frozen=True)
class Picture:
    """A figure of the page.

    Attributes
    ----------
    formats
        Format → SVG.
    alternative
        The same in words, with the numbers.
    """

    formats: Mapping[Size, str]
    alternative: str


def pictures(
    page: Json, summary: Json, *, backtest: Json | None = None, calibration: Json | None = None
) -> dict[str, Picture]:
    """Draw every figure that a run has, by name."""
    found = {}
    for name, draw in drawings(page, summary).items():
        figures = {size: draw(size) for size in SIZES}
        title = " ".join(figures["wide"].get_suptitle().split("\n"))
        found[name] = Picture(
            {size: svg(figure, f"{name} {size}") for size, figure in figures.items()},
            typeset(f"{title}. {_in_words(name, page, summary)}"),
        )
    for name, figure in results(backtest, calibration).items():
        found[name] = Picture(
            {"wide": svg(figure, name)}, figure.get_suptitle().replace("\n", ". ")
        )
    return found


def results(backtest: Json | None, calibration: Json | None) -> dict[str, Figure]:
    """Figures of other commands' results, which have one format, by name."""
    found = {}
    if backtest is not None:
        found["hindcast"] = hindcasts(backtest)
    if calibration is not None:
        found["calibration"] = rank_curves(calibration)
    return found


def drawings(page: Json, summary: Json) -> dict[str, Draw]:
    """Figures that a run has, by name, each as a function of its format."""
    lead = page["lead"]
    asked = page["asked"][lead]
    curves = from_json(page["exceedance"][lead])
    found: dict[str, Draw] = {
        "exceedance": lambda size: exceedance(
            curves, asked=asked, roadmap=page["roadmap_eflops"], machines=_machines(page), size=size
        )
    }
    simple: dict[str, Callable[..., Figure]] = {
        "trend": trend,
        "law": law,
        "efficiency": efficiency,
        "drivers": drivers,
    }
    for name, make in simple.items():
        if page[name] is not None:
            data = from_json(page[name])
            found[name] = _sized(make, data)
    if page["regimes"] is not None:
        table = from_json(page["regimes"])
        found["regimes"] = lambda size: regimes(
            table, asked=page["asked"], roadmap=page["roadmap_eflops"], size=size
        )
    if page["assessed"] is not None:
        needs = {
            target_name(page, row["target"]): row["quantiles"]
            for row in first_year_rows(page, summary)
            if row["quantity"] == "effective_eflops"
        }
        found["assessed"] = lambda size: machine(page["assessed"], needs, size=size)
    return found


def _sized(make: Callable[..., Figure], data: xr.Dataset) -> Draw:
    return lambda size: make(data, size=size)


def _machines(page: Json) -> dict[str, float]:
    """Assessed machine → effective EFLOPS that it delivers in the median."""
    found = page["assessed"]
    if found is None:
        return {}
    first = found["delivers"][0]
    return {found["machine"]["name"]: first["effective_eflops"]["quantiles"]["0.5"]}


def _in_words(name: str, page: Json, summary: Json) -> str:
    """Numbers of a figure, in words."""
    if name in {"exceedance", "assessed"}:
        rows = first_year_rows(page, summary)
        needs = [
            f"{target_name(page, row['target'])} {with_interval(row)} EFLOPS"
            for row in rows
            if row["quantity"] == "effective_eflops"
        ]
        if name == "assessed":
            needs += [
                f"{one['precision']} {with_interval(one['effective_eflops'])} EFLOPS"
                for one in page["assessed"]["delivers"]
            ]
        return "; ".join(needs)
    data = from_json(page[name])
    return _WORDS[name](data)


def _trend_words(fan: xr.Dataset) -> str:
    years = [year for year in (2025.0, 2030.0, 2035.0) if year in fan["year"].values]
    parts = []
    for year in years:
        low, median, high = (
            f"{10 ** float(fan['line'].sel(year=year, probability=p)):.1e}"
            for p in (0.025, 0.5, 0.975)
        )
        parts.append(f"{year:g}: {median} ({low}–{high}) FLOP")
    parts += [
        f"{say(f'forms.{name}')} {float(weight):.2f}"
        for name, weight in zip(fan["form"].values, fan["weight"].values, strict=True)
    ]
    return "; ".join(parts)


def _law_words(forest: xr.Dataset) -> str:
    return "; ".join(
        f"{name} {a:.3f} ± {sd:.3f}"
        for name, a, sd in zip(
            forest["study"].values, forest["a"].values, forest["a_sd"].values, strict=True
        )
    )


def _efficiency_words(bridge: xr.Dataset) -> str:
    return "; ".join(
        f"{say(f'bridge.{name}')} {10 ** float(bridge['log10_mean'].sel(factor=name)):.2f}"
        for name in bridge["factor"].values
    )


def _drivers_words(widths: xr.Dataset) -> str:
    return "; ".join(
        f"{say(f'blocks.{name}')} {100 * float(widths['share'].sel(block=name)):.0f} %"
        for name in widths["block"].values
    )


def _regimes_words(table: xr.Dataset) -> str:
    return "; ".join(
        f"{name} {significant(float(table['devices'].sel(scenario=name, probability=0.5)), 2)}"
        for name in table["scenario"].values
    )


_WORDS: dict[str, Callable[[xr.Dataset], str]] = {
    "trend": _trend_words,
    "law": _law_words,
    "efficiency": _efficiency_words,
    "drivers": _drivers_words,
    "regimes": _regimes_words,
}
