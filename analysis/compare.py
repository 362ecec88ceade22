"""Comparison of scenarios, and the parts of a shift."""

from collections.abc import Mapping, Sequence

import xarray as xr

from analysis.fit import Fit
from analysis.levels import QUANTILES
from analysis.monte_carlo import mcse_of_quantiles
from analysis.shapley import coalitions, shapley_values
from model.blocks import swap_blocks
from model.requirement import log10, requirement
from priors.documents import Json

#: What may differ between scenarios: blocks of the model, and what may be chosen.
PARTS = ("trend", "law", "efficiency", "levers")

_BLOCKS = {
    "trend": ("trend",),
    "law": ("law",),
    "efficiency": ("efficiency", "campaign"),
    "levers": (),
}
_COMPARED = ("effective_eflops", "peak_eflops", "training_flop", "efficiency")


def compare_pair(first: Fit, other: Fit) -> list[Json]:
    """Ratios and differences of two scenarios, paired by draw.

    Both scenarios must have been drawn with one seed: those with the same inputs then have the
    very same draws, and the ratio holds nothing but what differs between them.

    Parameters
    ----------
    first, other
        The ratio is other / first. Years and lengths that both ask for are compared; a peak is
        compared with the peak of the same precision, or of the only one there is.

    Returns
    -------
    list of dict
        One row per quantity, year, length and pair of precisions: quantiles of the ratio with
        `mcse_log10`, of the difference, and the probability that other needs more (or, for
        `efficiency`, delivers more).
    """
    left, right = first.required(), other.required()
    years = [year for year in left["year"].values if year in right["year"].values]
    days = [length for length in left["days"].values if length in right["days"].values]
    rows = []
    for name in _COMPARED:
        for at in _points(left[name], years, days):
            for pair in _precisions(left[name], right[name]):
                rows.append(_row(name, at, pair, left[name].sel(at), right[name].sel(at)))
    return rows


def decompose(first: Fit, other: Fit, quantity: str = "peak_eflops") -> dict[str, float]:
    """Split the shift of the mean log10 of a quantity into the parts that differ.

    Each part's share is its Shapley value (Shapley 1953): the mean, over all orders in which the
    parts of `first` are exchanged for those of `other`, of the step that its exchange makes. The
    blocks are independent in the posterior, so that a mixed set of draws is a posterior too.

    Parameters
    ----------
    quantity
        Averaged over years, lengths and precisions that a scenario asks for.

    Returns
    -------
    dict
        Part → dex, and `total`, which they add up to.
    """
    value = {parts: _mean_log10(first, other, parts, quantity) for parts in coalitions(PARTS)}
    total = value[frozenset(PARTS)] - value[frozenset()]
    return {**shapley_values(value, PARTS), "total": total}


def compare_scenarios(fits: Sequence[Fit]) -> Json:
    """Compare every scenario with the first."""
    first, *others = fits
    return {
        "baseline": first.scenario.name,
        "comparisons": {other.scenario.name: compare_pair(first, other) for other in others},
        "shift_log10": {
            other.scenario.name: {
                quantity: decompose(first, other, quantity)
                for quantity in ("effective_eflops", "peak_eflops")
            }
            for other in others
        },
    }


def _mean_log10(first: Fit, other: Fit, parts: frozenset[str], quantity: str) -> float:
    blocks = [block for part in parts for block in _BLOCKS[part]]
    draws = swap_blocks(first.posterior, other.posterior, blocks)
    asked = (other if "levers" in parts else first).scenario
    required = requirement(draws, asked.workload, asked.levers)
    return float(log10(required[quantity]).mean())


def _points(array: xr.DataArray, years: list[float], days: list[float]) -> list[dict[str, float]]:
    at_years: list[dict[str, float]] = [{}]
    if "year" in array.dims:
        at_years = [{"year": year} for year in years]
    if "days" not in array.dims:
        return at_years
    return [{**at, "days": length} for at in at_years for length in days]


def _precisions(left: xr.DataArray, right: xr.DataArray) -> list[tuple[str | None, str | None]]:
    if "precision" not in left.dims:
        return [(None, None)]
    ours, theirs = (list(map(str, array["precision"].values)) for array in (left, right))
    common: list[tuple[str | None, str | None]] = [
        (precision, precision) for precision in ours if precision in theirs
    ]
    return common or [(mine, yours) for mine in ours for yours in theirs]


def _row(
    name: str,
    at: Mapping[str, float],
    pair: tuple[str | None, str | None],
    left: xr.DataArray,
    right: xr.DataArray,
) -> Json:
    if pair[0] is not None:
        left, right = (
            left.sel(precision=pair[0], drop=True),
            right.sel(precision=pair[1], drop=True),
        )
    log_ratio = log10(right) - log10(left)
    difference = right - left
    dims = ("chain", "draw")
    mcse = mcse_of_quantiles(log_ratio, list(QUANTILES))
    return {
        "quantity": name,
        "year": None if "year" not in at else float(at["year"]),
        "days": None if "days" not in at else float(at["days"]),
        "precision_first": pair[0],
        "precision_other": pair[1],
        "ratio": {f"{p:g}": float(10 ** log_ratio.quantile(p, dims)) for p in QUANTILES},
        "mcse_log10": {f"{p:g}": float(mcse.sel(probability=p)) for p in QUANTILES},
        "difference": {f"{p:g}": float(difference.quantile(p, dims)) for p in QUANTILES},
        "probability_more": float((right > left).mean()),
    }
