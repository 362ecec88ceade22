"""Quantiles of the requirement with their Monte Carlo errors."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import product

import numpy as np
import xarray as xr

from analysis.checks import NOT_FINITE, Check, Errors, check_sampling, diagnose
from analysis.estimate.answer import answer
from analysis.estimate.beside import set_beside
from analysis.estimate.lag import errors_of_lag, lag_summary
from analysis.estimate.length import length_summary
from analysis.estimate.notes import notes
from analysis.estimate.trend import trend_summary
from analysis.fit import Fit
from analysis.levels import ASSURANCE, QUANTILES
from analysis.monte_carlo import mcse_factor, mcse_of_probability, mcse_of_quantiles
from analysis.numbers import NO_SPREAD
from analysis.own_evidence import own_evidence
from analysis.reproduce.roadmap_values import RoadmapValues
from model.requirement import log10
from model.targets import national_lag
from priors.documents import Json
from priors.offers import load_yardsticks

REPORTED = ("effective_eflops", "peak_eflops", "training_flop", "parameters", "tokens")

#: Quantities of which more suffices for less.
_SUFFICING = {"effective_eflops", "peak_eflops", "training_flop"}
#: Dense precision of the roadmap's peak.
_ROADMAP_PRECISION = "BF16"


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
        mcse = mcse_of_quantiles(one, probabilities) * mcse_factor(required)
        table[f"{name}/mcse_log10"] = mcse.broadcast_like(table[f"{name}/quantile"])
    return xr.Dataset(table)


def summarise_fit(fit: Fit) -> Json:
    """Results, parameters, checks and notes of one fit, as the JSON of `estimate` has them.

    Returns
    -------
    dict
        `title`; `answer`, at most three sentences; `results`, one row per target, quantity, year,
        length of campaign (`days`, None where it is that of the frontier's runs) and, for a peak,
        precision, with quantiles in natural units and their MCSE in dex; `trend`, the form of the
        line and what it has seen last; `lag` (`analysis.estimate.lag`); `run_length`
        (`analysis.estimate.length`); `own_evidence` (`analysis.own_evidence`); `parameters`;
        `checks`; `notes`.
    """
    required, yardsticks = fit.required(), load_yardsticks()
    levers, ceilings = fit.scenario.levers, fit.known.ceilings
    results = [
        {**row, **set_beside(row, required, ceilings, levers, yardsticks)}
        for row in result_rows(required, RoadmapValues(fit.evidence), _lags(fit))
    ]
    stats = fit.sample_stats
    parameters = diagnose(fit.posterior, stats)
    numbers = [
        *(row[key] for row in results for key in ("mean_log10", "sd_log10")),
        *(value for row in results for value in row["quantiles"].values()),
    ]
    lag, run_length = lag_summary(fit), length_summary(fit)
    errors = Errors.of(results) + errors_of_lag(lag)
    for year in run_length.get("by_year", ()):
        errors += Errors.of_levels(year["mcse_log10"])
    checks = check_sampling(parameters, stats, errors, numbers)
    finite = all(check.passed for check in checks if check.name == NOT_FINITE)
    return {
        "title": fit.scenario.title,
        "answer": list(answer(fit, results)) if finite else [],
        "results": results,
        "trend": trend_summary(fit),
        "lag": lag,
        "run_length": run_length,
        "own_evidence": own_evidence(fit),
        "parameters": parameters,
        "checks": [_as_json(check) for check in checks],
        "notes": notes(fit),
    }


def summarise_fits(fits: Iterable[Fit]) -> Json:
    """Summarise each fit, by the name of its scenario."""
    return {fit.scenario.name: summarise_fit(fit) for fit in fits}


def result_rows(
    required: xr.Dataset,
    roadmap: RoadmapValues,
    lags: Mapping[tuple[str, float], float] | None = None,
) -> list[Json]:
    """One row per year, length of campaign, target, quantity and (for peak) precision.

    Parameters
    ----------
    required
        From `model.requirement.requirement`.
    roadmap
        Its figures.
    lags
        Target and year → years behind the frontier, where a target has them.
    """
    table = quantile_table(required)
    rows = []
    for year, length, target, name in product(
        *(required[dim].values for dim in ("year", "days", "target")), REPORTED
    ):
        days = None if np.isnan(length) else length
        precisions = required["precision"].values if name == "peak_eflops" else [None]
        for precision in precisions:
            at = {"year": year, "days": days, "target": target, "precision": precision}
            row = _row(name, at, required, table, roadmap)
            behind = (lags or {}).get((str(target), float(year)))
            rows.append({**row, "lag_years": behind})
    return rows


def _lags(fit: Fit) -> dict[tuple[str, float], float]:
    """Years behind the frontier: of target `lag` as given, of `national` the median."""
    levers = fit.scenario.levers
    found: dict[tuple[str, float], float] = {}
    if levers.lag_years is not None:
        found |= {("lag", year): levers.lag_years for year in levers.years}
    if "national" in levers.asked:
        years = np.array(levers.years)
        median = national_lag(fit.posterior, years, levers).median(("chain", "draw"))
        found |= {("national", year): float(median.sel(year=year)) for year in levers.years}
    return found


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


def _index(labels: np.ndarray, label: object) -> int:
    """Place of a label; None where it is that of the only one, which has none."""
    return 0 if label is None else labels.tolist().index(label)


def _row(
    name: str, at: Json, required: xr.Dataset, table: xr.Dataset, roadmap: RoadmapValues
) -> Json:
    def select(array: xr.DataArray) -> np.ndarray:
        """Values at a place, without the cost of an indexed array for each of them."""
        place = [
            _index(array[dim].values, at[str(dim)]) if dim in at else slice(None)
            for dim in array.dims
        ]
        values: np.ndarray = array.values[tuple(place)]
        return values

    probabilities = [f"{p:g}" for p in table["probability"].values]
    quantile, mcse = (
        dict(zip(probabilities, select(table[f"{name}/{key}"]).tolist(), strict=True))
        for key in ("quantile", "mcse_log10")
    )
    known = None
    if at["precision"] in {None, _ROADMAP_PRECISION}:
        known = roadmap.find(name, float(at["year"]), at["days"])
    suffices = error = None
    if known is not None and name in _SUFFICING:
        here = {
            dim: _index(required[dim].values, at[str(dim)])
            for dim in required[name].dims
            if dim in at
        }
        holds = required[name].isel(here) <= known.ceiling
        suffices = float(holds.mean())
        exact = float(select(table[f"{name}/sd_log10"])) < NO_SPREAD
        error = 0.0 if exact else mcse_of_probability(holds) * float(mcse_factor(required, at))
    return {
        "year": float(at["year"]),
        "days": None if at["days"] is None else float(at["days"]),
        "target": str(at["target"]),
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
        "probability_mcse": error,
        "removed_at_walls": float(required["removed"].sel(target=at["target"], year=at["year"]))
        if "removed" in required
        else None,
    }
