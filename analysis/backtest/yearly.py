"""Hindcast of yearly means: each form, all combined, baselines."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

import numpy as np
import xarray as xr
from numpy.random import Generator

from analysis.backtest.baselines import (
    Baseline,
    bootstrap_least_squares,
    last_record,
    least_squares,
    random_walk,
)
from analysis.backtest.blocks import Blocks, of_forecaster
from analysis.backtest.forecasts import Forecast
from analysis.backtest.trend import roadmap_baseline
from analysis.checks import Check
from analysis.fit import Progress
from model.gaussian import Array
from model.inputs import Inputs, make_inputs
from model.sampling.seeds import named_seed
from model.stacking.scores import Predictive, predict
from model.stacking.weights import FORMS, counts, effective_windows, weigh_forms
from model.stacking.windows import Window, observed_mean, windows
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

#: Years ahead that are scored.
HORIZONS = (1, 6)
COMBINED = "combined"
_ROADMAP = "roadmap line"
_BASELINES: dict[str, Baseline] = {
    "OLS": least_squares,
    "bootstrap OLS": bootstrap_least_squares,
    "random walk": random_walk,
    "last record": last_record,
}
#: Everything that is scored.
FORECASTERS = (*FORMS, COMBINED, *_BASELINES, _ROADMAP)
#: Components of a mixture.
_COMPONENTS = 4000


def hindcast_yearly(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Json:
    """Predict the mean log10 FLOP of each year's entrants from the turn of earlier years.

    What is scored is what the product reports: the line, not single systems, whose scatter drowns
    every difference between forms. The combination is weighed at each origin by what was known
    then. Rows have the values of this evidence, and which systems would enter is known.

    Returns
    -------
    dict
        `windows`: number of cases, of origins and of independent windows; `forecasters`: name →
        `all` and `weighed` (horizons by which forms are weighed), each with `coverage` (mass →
        `share` and `interval_90` of a block bootstrap), `crps`, `log_score`, `bias`, `width_90`,
        `sd_pit`, and `behind`: how far its log score and CRPS are from the combination's, with the
        block bootstrap's standard error; `weights`: origin → form → weight; `checks`.

    Raises
    ------
    ScenarioError
        No year has enough entrants after an origin.
    """
    inputs = make_inputs(scenario, evidence, priors).fitted_only()
    chosen = windows(inputs, HORIZONS)
    if not chosen:
        raise ScenarioError(
            f"scenario {scenario.name}", "no yearly mean to predict", "a trend that has runs"
        )
    found: list[xr.Dataset] = []
    weights: Json = {}
    origins = list(dict.fromkeys(window.origin for window in chosen))
    for done, origin in enumerate(origins):
        if progress is not None:
            progress("yearly means", done, len(origins))
        mine = [window for window in chosen if window.origin == origin]
        known = scenario.override({"as_of": date(origin, 1, 1)})
        shares = weigh_forms(make_inputs(known, evidence, priors).fitted_only()).weight
        weights[str(origin)] = dict(zip(FORMS, shares.tolist(), strict=True))
        found.append(_score_origin(inputs, evidence, priors, origin, mine, shares, seed))
    if progress is not None:
        progress("yearly means", len(origins), len(origins))
    scores = xr.concat(found, dim="case")
    summary = _summarise(scores, inputs, seed)
    return {
        "scenario": scenario.name,
        "windows": {
            "cases": len(chosen),
            "origins": len(origins),
            "independent": effective_windows(chosen, inputs),
        },
        "horizons": {"all": list(HORIZONS), "weighed": list(inputs.stacking.horizons)},
        "forecasters": summary,
        "weights": weights,
        "checks": [asdict(check) for check in _checks(summary)],
    }


def _score_origin(
    inputs: Inputs,
    evidence: Evidence,
    priors: Priors,
    origin: int,
    mine: Sequence[Window],
    shares: Array,
    seed: int,
) -> xr.Dataset:
    """Score every forecaster on the windows of one origin."""
    rng = np.random.default_rng(named_seed(seed, f"yearly means {origin}"))
    predictives = [predict(form, inputs, origin, mine, seed) for form in FORMS]
    forecasts: dict[str, Forecast] = {
        form: _forecast([one], [_COMPONENTS], rng)
        for form, one in zip(FORMS, predictives, strict=True)
    }
    forecasts[COMBINED] = _forecast(predictives, counts(shares, _COMPONENTS), rng)
    before = inputs.trend_years < origin
    years, values = inputs.trend_years[before], inputs.trend_log10_flop[before]
    at = np.array([inputs.trend_years[list(window.members)].mean() for window in mine])
    entrants = np.array([float(len(window.members)) for window in mine])
    baselines = {**_BASELINES, _ROADMAP: roadmap_baseline(evidence, priors)}
    for name, baseline in baselines.items():
        forecasts[name] = baseline(years, values, at, rng, entrants)
    observed = np.array([observed_mean(inputs, window) for window in mine])
    scored = [forecast.score(observed, rng) for forecast in forecasts.values()]
    names = xr.DataArray(list(forecasts), dims="forecaster", name="forecaster")
    return (
        xr.concat(scored, dim=names)
        .rename(system="case")
        .assign_coords(
            origin=("case", [window.origin for window in mine]),
            year=("case", [window.year for window in mine]),
            horizon=("case", [window.horizon for window in mine]),
        )
    )


def _forecast(predictives: Sequence[Predictive], shares: Sequence[int], rng: Generator) -> Forecast:
    """Mixture of equal components, so many of each predictive distribution."""
    means, scales = [], []
    for one, share in zip(predictives, shares, strict=True):
        picked = rng.choice(len(one.weights), size=share, p=one.weights)
        means.append(one.mean[picked])
        scales.append(one.sd[picked])
    mean = np.concatenate(means)
    return Forecast(mean, np.concatenate(scales), np.full(len(mean), np.inf))


def _summarise(scores: xr.Dataset, inputs: Inputs, seed: int) -> Json:
    low, high = inputs.stacking.horizons
    weighed = (scores["horizon"] >= low) & (scores["horizon"] <= high)
    subsets = {"all": scores, "weighed": scores.isel(case=np.flatnonzero(weighed.values))}
    found: Json = {str(name): {} for name in scores["forecaster"].values}
    for subset, cases in subsets.items():
        rng = np.random.default_rng(named_seed(seed, f"blocks {subset}"))
        blocks = Blocks.of(cases["origin"].values, inputs.stacking.origins_per_block, rng)
        reference = cases.sel(forecaster=COMBINED)
        for name in found:
            found[name][subset] = of_forecaster(
                cases.sel(forecaster=name), reference, blocks, is_reference=name == COMBINED
            )
    return found


def _checks(summary: Json) -> list[Check]:
    """Judge the combination: its coverage, and its log score beside the best form's."""
    combined = summary[COMBINED]["weighed"]
    outside = sum(
        not entry["interval_90"][0] <= float(mass) <= entry["interval_90"][1]
        for mass, entry in combined["coverage"].items()
        if mass in {"0.5", "0.8", "0.95"}
    )
    best = max(FORMS, key=lambda form: summary[form]["weighed"]["log_score"])
    behind = summary[best]["weighed"]["behind"]["log_score"]
    return [
        Check.at_most(
            "yearly_coverage_outside",
            float(outside),
            0.0,
            "coverages of 50, 80 and 95 % whose block-bootstrap interval does not hold the nominal",
        ),
        Check.at_most(
            "yearly_behind_best_form",
            -behind["mean"] - behind["error"],
            0.0,
            f"nats by which the log score lies below the best form's ({best}), less its error",
        ),
    ]
