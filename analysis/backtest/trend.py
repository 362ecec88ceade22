"""Hindcast of the trend from earlier days of knowledge."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import xarray as xr

from analysis.backtest.baselines import (
    Baseline,
    bootstrap_least_squares,
    last_record,
    least_squares,
    roadmap_line,
)
from analysis.backtest.forecasts import Forecast
from analysis.fit import Progress
from model.fit import fit
from model.gaussian import Array
from model.inputs import Inputs, make_inputs
from model.replicate import trend_mean
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from model.trend import noise_variance
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.records.runs import RunRow
from priors.scenario import Scenario
from priors.selection.frontier import select_runs
from priors.units import decimal_year

#: Draws enough for scores whose error is that of eleven origins.
HINDCAST_SAMPLER = Sampler(draws=1000)
#: Fewest systems from which a baseline can estimate a line and its scatter.
_FEWEST = 5


def hindcast_trend(
    scenario: Scenario,
    candidates: Mapping[str, Mapping[str, Any]],
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler = HINDCAST_SAMPLER,
    *,
    origins: Sequence[date],
    horizon: float,
    seed: int,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Score forecasts made at each origin on the frontier systems of the following years.

    A forecast knows the rows published up to its origin, with the values they have in this
    evidence, and the date and confidence grade of the system it forecasts. That the system would
    be at the frontier is known too: forecast is how large a frontier system is, not whether one
    appears.

    Parameters
    ----------
    scenario
        Its priors and selection of systems; what is scored are the systems of that selection.
    candidates
        Name → changes of the scenario, dotted key → value.
    origins, horizon
        Days on which a forecast is made, and the years it is scored for.

    Returns
    -------
    Dataset
        The scores of `Forecast.score` with dims forecaster and case, NaN where a candidate has no
        data at an origin; coords `origin` (ISO day), `system` and `lead` (years) along case.

    Raises
    ------
    ScenarioError
        No system was published within the horizon of an origin, or too few before it.
    """
    later = select_runs(evidence, scenario.trend.selection, scenario.trend.since)
    grade_sd = {row.grade: row.sd for row in evidence.confidence_grades}
    line = roadmap_baseline(evidence, priors)
    baselines: dict[str, Baseline] = {
        "OLS": least_squares,
        "bootstrap OLS": bootstrap_least_squares,
        "last record": last_record,
        "roadmap line": line,
    }
    scored = []
    for done, origin in enumerate(origins):
        if progress is not None:
            progress("hindcasts", done, len(origins))
        targets = [
            run
            for run in later
            if run.published > origin and run.year <= decimal_year(origin) + horizon
        ]
        known = select_runs(
            evidence.known_on(origin), scenario.trend.selection, scenario.trend.since
        )
        if not targets or len(known) < _FEWEST:
            raise ScenarioError(
                f"origin {origin}",
                f"{len(known)} systems before and {len(targets)} after it",
                f"{_FEWEST} systems before and one after",
            )
        years, grades = _years(targets), np.array([grade_sd[run.confidence] for run in targets])
        observed = np.log10([run.training_flop for run in targets])
        forecasts = {}
        for name, changes in candidates.items():
            chosen = scenario.override({**changes, "as_of": origin})
            inputs = make_inputs(chosen, evidence, priors).fitted_only()
            if len(inputs.trend_years) >= _FEWEST:
                forecasts[name] = _model(chosen, inputs, years, grades, sampler, seed)
        values = np.log10([run.training_flop for run in known])
        for name, baseline in baselines.items():
            rng = np.random.default_rng(named_seed(seed, f"{name} {origin}"))
            forecasts[name] = baseline(_years(known), values, years, rng)
        names = [*candidates, *baselines]
        scored.append(_scores(forecasts, names, observed, origin, targets, seed))
    if progress is not None:
        progress("hindcasts", len(origins), len(origins))
    return xr.concat(scored, dim="case")


def predictive(draws: xr.Dataset, inputs: Inputs, years: Array, grade_sd: Array) -> Forecast:
    """Predictive distribution of systems of given years and grades.

    Parameters
    ----------
    draws
        `posterior` group of a fit to the inputs.
    years, grade_sd
        Decimal years and dex, shape (system,).
    """
    mean = trend_mean(draws, inputs, years)
    variance = noise_variance(
        {"trend_grade_sd": grade_sd},
        draws["trend_noise"].values,
        draws["trend_grade_factor"].values,
    )
    flat = (-1, len(years))
    gaussian = np.full(mean.shape[:2], np.inf)
    return Forecast(mean.reshape(flat), np.sqrt(variance).reshape(flat), gaussian.ravel())


def _model(
    scenario: Scenario, inputs: Inputs, years: Array, grades: Array, sampler: Sampler, seed: int
) -> Forecast:
    tree = fit(scenario.trend.form, inputs, sampler, seed=seed)
    return predictive(tree["posterior"].to_dataset(), inputs, years, grades)


def _scores(
    forecasts: Mapping[str, Forecast],
    names: Sequence[str],
    observed: Array,
    origin: date,
    targets: Sequence[RunRow],
    seed: int,
) -> xr.Dataset:
    scores = xr.concat(
        [
            forecast.score(observed, np.random.default_rng(named_seed(seed, f"score {origin}")))
            for forecast in forecasts.values()
        ],
        dim=xr.DataArray(list(forecasts), dims="forecaster", name="forecaster"),
    )
    lead = _years(targets) - decimal_year(origin)
    return (
        scores.reindex(forecaster=list(names))
        .rename(system="case")
        .assign_coords(
            origin=("case", [str(origin)] * len(targets)),
            system=("case", [run.id for run in targets]),
            lead=("case", lead, {"units": "yr", "long_name": "years from origin to publication"}),
        )
    )


def roadmap_baseline(evidence: Evidence, priors: Priors) -> Baseline:
    """Return the baseline of the roadmap's line, with its own systems' scatter about it."""
    stated = priors.block("roadmap", "trend")
    systems = evidence.sevilla_large_scale
    pivot = stated["trend_pivot"].value
    assert pivot is not None  # a constant's row is `fixed`, which requires a value
    return roadmap_line(
        stated["trend_level"].standardised(),
        stated["trend_slope"].standardised(),
        pivot,
        _years(systems),
        np.log10([run.training_flop for run in systems]),
    )


def _years(runs: Sequence[RunRow]) -> Array:
    return np.array([run.year for run in runs])
