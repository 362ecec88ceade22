"""Hindcast of the record: the largest run so far, as known earlier."""

from dataclasses import asdict
from datetime import date

import numpy as np

from analysis.backtest.coverage import coverage, errors, score
from analysis.fit import Progress, check_refits, fit_scenario
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from model.targets import record_flop
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

#: Years after the first record from which on a forecast is made, and the years ahead that it is.
_FIRST, _AHEAD = 2, 5


def hindcast_record(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Json:
    """Predict the largest training FLOP known on 1 January of later years.

    From each 1 January on which three records are known, with the values of this evidence.

    Returns
    -------
    dict
        `records`: one row per origin and year, with what `analysis.backtest.coverage.score` says;
        `last_record`: mean CRPS, dex, of saying that the record stays; `coverage`, `error`;
        `checks`.

    Raises
    ------
    ScenarioError
        The scenario says nothing of the record, or too few are known.
    """
    if scenario.record.data == "none":
        raise ScenarioError(
            f"scenario {scenario.name}", "no record", "record.data = 'largest-runs'"
        )
    runs = [run for run in evidence.training_runs if run.published <= evidence.as_of]
    last = int(max((run.year for run in runs), default=0.0))
    origins = range(scenario.record.since + _FIRST, last)
    if not len(origins):
        raise ScenarioError(f"scenario {scenario.name}", "too few records", "runs of later years")

    def known(year: int) -> float:
        return max(run.training_flop for run in runs if run.year <= year)

    rows, stays, failures = [], [], []
    for done, origin in enumerate(origins):
        if progress is not None:
            progress("record", done, len(origins))
        earlier = scenario.override({"as_of": date(origin, 1, 1), "levers.walls": "flag"})
        fit = fit_scenario(
            earlier, evidence, priors, sampler, seed=named_seed(seed, f"record {origin}")
        )
        failures.append(fit.failed())
        years = np.arange(origin + 1, min(origin + _AHEAD, last) + 1, dtype=float)
        flop = record_flop(fit.posterior, years)
        for year in years:
            came = known(int(year))
            rows.append(
                {
                    "origin": origin,
                    "year": int(year),
                    "training_flop": came,
                    **score(flop.sel(year=year).values, came),
                }
            )
            stays.append(abs(np.log10(came / known(origin))))
    if progress is not None:
        progress("record", len(origins), len(origins))
    return {
        "scenario": scenario.name,
        "records": rows,
        "last_record": float(np.mean(stays)),
        "coverage": coverage([row["pit"] for row in rows]),
        "error": errors(rows),
        "checks": [asdict(check_refits("record_refits", failures))],
    }
