"""Length of the frontier's runs, and published growth rates."""

from collections.abc import Iterator

import numpy as np

from analysis.fit import Fit
from analysis.monte_carlo import reported_quantiles
from analysis.words import noted
from model.requirement import log10
from model.run_length import frontier_days
from priors.documents import Json


def length_summary(fit: Fit) -> Json:
    """Days that the frontier's runs of each year take.

    Returns
    -------
    dict
        `runs`, the number of lengths that are known; `cap_days`; `by_year`, per year quantiles of
        the days with their MCSE. Empty where the scenario says nothing of it.
    """
    lengths = fit.inputs.lengths
    if lengths is None:
        return {}
    years = np.array(fit.scenario.levers.years)
    days = log10(frontier_days(fit.posterior, years))
    return {
        "runs": len(lengths.years),
        "cap_days": fit.inputs.constant("length_cap"),
        "by_year": [
            {"year": float(year), **reported_quantiles(days.sel(year=year, drop=True))}
            for year in years
        ],
    }


def length_notes(fit: Fit) -> Iterator[Json]:
    """Say how long campaigns are where their length is the frontier's, and what that leaves open.

    The growth of FLOP is not that of computing power times that of run length: neither is derived
    from the other two.
    """
    if fit.scenario.levers.run_length != "frontier":
        return
    found = length_summary(fit)
    for year in found["by_year"]:
        low, median, high = (year["quantiles"][key] for key in ("0.025", "0.5", "0.975"))
        yield noted(
            "notes.run_length",
            year=year["year"],
            median=median,
            low=low,
            high=high,
            runs=found["runs"],
            since=fit.scenario.length.since,
            cap=found["cap_days"],
        )
    rates: dict[str, float] = {
        row.quantity: 10**row.slope
        for row in fit.known.trend_studies
        if row.computed_from == _SET_BESIDE
    }
    if len(rates) == len(_QUANTITIES):
        flop, power, length = (rates[quantity] for quantity in _QUANTITIES)
        both = power * length
        yield noted("notes.growths", flop=flop, power=power, length=length, both=both)


#: The set of runs that all three growth rates were computed from, and their names.
_SET_BESIDE = "epoch-2025"
_QUANTITIES = ("training FLOP", "computing power", "run length")
