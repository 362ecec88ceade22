"""Lag of national programmes, and the lag that the roadmap implies."""

from itertools import product

import numpy as np
import xarray as xr

from analysis.checks import Errors
from analysis.fit import Fit
from analysis.levels import QUANTILES
from analysis.monte_carlo import (
    DRAWS,
    mcse_factor,
    mcse_of_probability,
    mcse_of_quantiles,
    reported_quantiles,
)
from analysis.reproduce.roadmap_values import RoadmapValues
from model import chain
from model.requirement import campaign_days, log10
from model.targets import national_lag, trained, years_behind_line
from priors.documents import Json
from priors.selection.flagships import GROWTHS


def lag_summary(fit: Fit) -> Json:
    """Lag of a flagship to come, and what target `national` requires, under every law of the lag.

    Returns
    -------
    dict
        `flagships`: class of funding → number of runs the lag is read off from. `cases`: one per
        class, growth of the lag (`growing` as estimated, or `constant`) and year, with quantiles
        of `lag_years` and of `effective_eflops` in the scenario's longest campaign, and the
        probability that the roadmap's figure suffices. `implied_by_roadmap`: per year, quantiles
        of the years by which the roadmap's training FLOP lie behind the line. Empty parts where
        the scenario says nothing of the lag.
    """
    levers = fit.scenario.levers
    flagships = fit.inputs.flagships or {}
    return {
        "flagships": {funding: len(runs.ids) for funding, runs in flagships.items()},
        "cases": [
            _case(fit, funding, growth, year)
            for funding, growth, year in product(flagships, GROWTHS, levers.years)
        ],
        "implied_by_roadmap": [implied for year in levers.years for implied in _implied(fit, year)],
    }


def errors_of_lag(summary: Json) -> Errors:
    """Monte Carlo errors of a summary of the lag."""
    errors = Errors()
    for case in summary["cases"]:
        errors += Errors.of_levels(case["effective_eflops"]["mcse_log10"])
        errors += Errors.of_probabilities(case)
        errors += Errors(years=tuple(case["lag_years"]["mcse"].values()))
    for implied in summary["implied_by_roadmap"]:
        errors += Errors(years=tuple(implied["lag_years"]["mcse"].values()))
    return errors


def _case(fit: Fit, funding: str, growth: str, year: float) -> Json:
    asked = fit.scenario.levers
    days = None if asked.run_length == "frontier" else max(asked.days)
    one = fit.ask(
        {
            "levers.targets": ["national"],
            "levers.lag_years": None,
            "levers.national_funding": funding,
            "levers.national_lag": growth,
            "levers.years": [year],
            "levers.days": [max(asked.days)],
        }
    )
    lag = national_lag(fit.posterior, np.array([year]), one.scenario.levers).isel(year=0, drop=True)
    need, factor = _need(one)
    known = RoadmapValues(fit.evidence).find("effective_eflops", year, days)
    holds = None if known is None else need <= known.ceiling
    return {
        "funding": funding,
        "growth": growth,
        "year": year,
        "days": days,
        "lag_years": _quantiles(lag),
        "effective_eflops": reported_quantiles(log10(need), factor),
        "roadmap_value": None if known is None else known.value,
        "probability_roadmap_suffices": None if holds is None else float(holds.mean()),
        "probability_mcse": None if holds is None else factor * mcse_of_probability(holds),
    }


def _need(fit: Fit) -> tuple[xr.DataArray, float]:
    """Effective EFLOPS of the one target, year and length asked, and the factor of their error."""
    levers = fit.scenario.levers
    if levers.walls == "truncate":
        required = fit.required()
        need, factor = required["effective_eflops"], float(mcse_factor(required).squeeze())
        return need.squeeze(("target", "year", "days"), drop=True), factor
    flop = trained("national", fit.posterior, fit.scenario.workload, levers).flop
    effective = chain.effective_eflops(flop, campaign_days(fit.posterior, levers))
    return effective.squeeze(("year", "days"), drop=True), 1.0


def _implied(fit: Fit, year: float) -> list[Json]:
    """Years by which the roadmap's FLOP of a year lie behind the line, if it has such a figure."""
    known = RoadmapValues(fit.evidence).find("training_flop", year, fit.scenario.levers.days[0])
    if known is None:
        return []
    behind = years_behind_line(fit.posterior, year, known.value)
    return [{"year": year, "training_flop": known.value, "lag_years": _quantiles(behind)}]


def _quantiles(years: xr.DataArray) -> Json:
    """Return the reported quantiles with their MCSE, in years."""
    levels = list(QUANTILES)
    keys = [f"{p:g}" for p in levels]
    found, errors = years.quantile(levels, DRAWS).values, mcse_of_quantiles(years, levels).values
    return {
        "quantiles": dict(zip(keys, found.tolist(), strict=True)),
        "mcse": dict(zip(keys, errors.tolist(), strict=True)),
    }
