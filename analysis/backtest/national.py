"""Hindcast of national flagships from the lag known on an earlier day."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from itertools import product

import numpy as np

from analysis.backtest.coverage import coverage, errors, score
from analysis.fit import DEFAULT_SAMPLER, Fit, Progress, check_refits, fit_scenario
from model.sampling.sampler import Sampler
from model.targets import frontier_flop, national_lag
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.records.runs import NationalRunRow
from priors.scenario import Scenario
from priors.selection.flagships import CLASSES, GROWTHS, select_flagships
from priors.selection.frontier import select_runs

#: The last day that is known, of the hindcast that `eflops backtest` makes.
ORIGIN = date(2023, 12, 31)


def hindcast_national(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = DEFAULT_SAMPLER,
    *,
    seed: int,
    origin: date = ORIGIN,
    progress: Progress | None = None,
) -> Json:
    """Predict the training FLOP of the flagships after a day from what was known on it.

    Line and lag are fitted to the rows published up to the origin. A flagship to come is one of a
    new programme; that and when it would be published is known, and not how large it would be.

    Parameters
    ----------
    scenario
        Its priors, and the runs that its trend is fitted to.
    origin
        The last day that is known.

    Returns
    -------
    dict
        `origin`; `cases`: one per class of funding and growth of the lag, with `known`, the number
        of flagships that inform the lag, `lag_years`, its predicted median on the day of the last
        flagship, `runs`, one row each with what `analysis.backtest.coverage.score` says of its
        FLOP, `coverage` and `error`; `checks`.

    Raises
    ------
    ScenarioError
        The scenario says nothing of the lag, or no flagship is known after the origin.
    """
    if scenario.lag.data == "none":
        raise ScenarioError(
            f"scenario {scenario.name}", "no lag of national programmes", "lag.data = 'flagships'"
        )
    if progress is not None:
        progress("national", 0, 1)
    earlier = scenario.override({"as_of": origin, "levers.walls": "flag"})
    fit = fit_scenario(earlier, evidence, priors, sampler, seed=seed)
    if progress is not None:
        progress("national", 1, 1)
    runs = select_runs(evidence, scenario.trend.selection, scenario.trend.since)
    in_trend = {run.id for run in runs}
    cases = []
    for funding, growth in product(CLASSES, GROWTHS):
        flagships = select_flagships(evidence.national_runs, funding, in_trend)
        later = [run for run in flagships if run.published > origin]
        if not later:
            raise ScenarioError(
                f"origin {origin}", f"no later flagship of class {funding}", "at least one"
            )
        levers = {"levers.national_funding": funding, "levers.national_lag": growth}
        cases.append(_case(fit.ask(levers), later))
    failed = fit.failed()
    return {
        "origin": str(origin),
        "scenario": scenario.name,
        "cases": cases,
        "checks": [asdict(check_refits("national_refits", [failed]))],
    }


def _case(fit: Fit, later: Sequence[NationalRunRow]) -> Json:
    levers = fit.scenario.levers
    years = np.unique([run.year for run in later])
    lag = national_lag(fit.posterior, years, levers)
    flop = frontier_flop(fit.posterior, years, lag)
    rows = [
        {
            "id": run.id,
            "system": run.system,
            "published": str(run.published),
            "training_flop": run.training_flop,
            **score(flop.sel(year=run.year).values, run.training_flop),
        }
        for run in later
    ]
    return {
        "funding": levers.national_funding,
        "growth": levers.national_lag,
        "known": len((fit.inputs.flagships or {})[levers.national_funding].ids),
        "lag_years": float(lag.sel(year=years[-1]).median()),
        "runs": rows,
        "coverage": coverage([row["pit"] for row in rows]),
        "error": errors(rows),
    }
