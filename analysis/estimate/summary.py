"""Quantiles of the requirement with their Monte Carlo errors."""

import math
from collections.abc import Iterable
from dataclasses import asdict

import numpy as np
import xarray as xr

from analysis.checks import NOT_FINITE, Check, check_sampling, diagnose
from analysis.estimate.notes import notes
from analysis.fit import Fit
from analysis.levels import ASSURANCE, QUANTILES
from analysis.monte_carlo import mcse_of_quantiles
from analysis.reproduce.roadmap_values import RoadmapValues
from model.requirement import log10
from priors.documents import Json

REPORTED = ("effective_eflops", "peak_eflops", "training_flop", "parameters", "tokens")

#: Quantities of which more suffices for less.
_SUFFICING = {"effective_eflops", "peak_eflops", "training_flop"}


def quantile_table(required: xr.Dataset) -> xr.Dataset:
    """Summarise log10 of every quantity over chain and draw.

    Parameters
    ----------
    required
        From `model.requirement.requirement`.

    Returns
    -------
    Dataset
        For each quantity `mean_log10`, `sd_log10`, `quantile` (natural units) and `mcse_log10`,
        the last two over a dim `probability`; variables are named QUANTITY/STATISTIC.
    """
    probabilities = sorted({*QUANTILES, *ASSURANCE})
    table = {}
    for name in REPORTED:
        log = log10(required[name])
        table[f"{name}/mean_log10"] = log.mean(("chain", "draw"), skipna=False)
        table[f"{name}/sd_log10"] = log.std(("chain", "draw"), skipna=False)
        quantile = 10 ** log.quantile(probabilities, dim=("chain", "draw"), skipna=False)
        table[f"{name}/quantile"] = quantile.rename(quantile="probability")
        # Days shift log10 by a constant: their MCSE is one and the same.
        one = log.isel(days=0, drop=True) if "days" in log.dims else log
        mcse = mcse_of_quantiles(one, probabilities)
        table[f"{name}/mcse_log10"] = mcse.broadcast_like(table[f"{name}/quantile"])
    return xr.Dataset(table)


def summarise_fit(fit: Fit) -> Json:
    """Results, parameters, checks and notes of one fit, as the JSON of `estimate` has them.

    Returns
    -------
    dict
        `title`; `results`, one row per quantity, year, length of campaign and, for a peak,
        precision, with quantiles in natural units and their MCSE in dex; `parameters`; `checks`;
        `notes`.
    """
    results = result_rows(fit.required(), RoadmapValues(fit.evidence))
    stats = fit.sample_stats
    parameters = diagnose(fit.posterior, stats)
    mcse = [
        row["mcse_log10"][key]
        for row in results
        for key in row["mcse_log10"]
        if 0.05 <= float(key) <= 0.95
    ]
    numbers = [
        *(row[key] for row in results for key in ("mean_log10", "sd_log10")),
        *(value for row in results for value in row["quantiles"].values()),
    ]
    checks = check_sampling(parameters, stats, mcse, numbers)
    return {
        "title": fit.scenario.title,
        "results": results,
        "parameters": parameters,
        "checks": [_as_json(check) for check in checks],
        "notes": notes(fit),
    }


def summarise_fits(fits: Iterable[Fit]) -> Json:
    """Summarise each fit, by the name of its scenario."""
    return {fit.scenario.name: summarise_fit(fit) for fit in fits}


def result_rows(required: xr.Dataset, roadmap: RoadmapValues) -> list[Json]:
    """One row per quantity, year, length of campaign and (for peak) precision."""
    table = quantile_table(required)
    rows = []
    for year in required["year"].values:
        for days in required["days"].values:
            for name in REPORTED:
                precisions = required["precision"].values if name == "peak_eflops" else [None]
                for precision in precisions:
                    at = {"year": year, "days": days, "precision": precision}
                    rows.append(_row(name, at, required, table, roadmap))
    return rows


def is_finite(summary: Json) -> bool:
    """Whether every number of a summary is finite; nothing else can be published at all."""
    return all(check.name != NOT_FINITE for check in failed_checks(summary))


def failed_checks(summary: Json) -> list[Check]:
    """List the checks of every scenario of a summary that did not pass."""
    return [
        Check(**check)
        for scenario in summary["scenarios"].values()
        for check in scenario["checks"]
        if not check["passed"]
    ]


def _as_json(check: Check) -> Json:
    """Return a check as JSON, which has no number that is not finite."""
    found = asdict(check)
    if check.value is not None and not math.isfinite(check.value):
        found["value"] = None
    return found


def _row(
    name: str, at: Json, required: xr.Dataset, table: xr.Dataset, roadmap: RoadmapValues
) -> Json:
    def select(array: xr.DataArray) -> np.ndarray:
        """Values at a place, without the cost of an indexed array for each of them."""
        place = [
            list(array[dim].values).index(at[str(dim)]) if dim in at else slice(None)
            for dim in array.dims
        ]
        values: np.ndarray = array.values[tuple(place)]
        return values

    probabilities = [f"{p:g}" for p in table["probability"].values]
    quantile, mcse = (
        dict(zip(probabilities, select(table[f"{name}/{key}"]).tolist(), strict=True))
        for key in ("quantile", "mcse_log10")
    )
    known = roadmap.find(name, float(at["year"]), float(at["days"]))
    suffices = None
    if known is not None and name in _SUFFICING:
        suffices = float((select(required[name]) <= known.ceiling).mean())
    return {
        "year": float(at["year"]),
        "days": float(at["days"]),
        "quantity": name,
        "precision": None if at["precision"] is None else str(at["precision"]),
        "mean_log10": float(select(table[f"{name}/mean_log10"])),
        "sd_log10": float(select(table[f"{name}/sd_log10"])),
        "quantiles": {f"{p:g}": quantile[f"{p:g}"] for p in QUANTILES},
        "mcse_log10": {f"{p:g}": mcse[f"{p:g}"] for p in QUANTILES},
        "assurance": {f"{p:g}": quantile[f"{p:g}"] for p in ASSURANCE},
        "assurance_mcse_log10": {f"{p:g}": mcse[f"{p:g}"] for p in ASSURANCE},
        "roadmap_value": None if known is None else known.value,
        "roadmap_value_printed": None if known is None else known.printed,
        "probability_roadmap_suffices": suffices,
    }
