"""Hindcast of single systems: the line with the scatter about it."""

from datetime import date

import numpy as np

from analysis.backtest.blocks import Blocks, of_forecaster
from analysis.backtest.trend import hindcast_trend
from analysis.backtest.yearly import COMBINED, HORIZONS
from analysis.fit import Progress
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_rng
from model.stacking.weights import FORMS
from priors.documents import Json
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

#: Enough for scores whose error is that of eleven origins.
_SAMPLER = Sampler(draws=300)
_LAST = 2024


def hindcast_systems(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Json:
    """Score what every form, their combination and the baselines say of the systems to come.

    A requirement is the line's, and yearly means are what it is judged by; single systems scatter
    about it by half a decade, which hides what the forms differ in.

    Returns
    -------
    dict
        `cases`, `origins`; `forecasters`: name → what `analysis.backtest.blocks.of_forecaster`
        says over all horizons.
    """
    fitted = {
        **dict.fromkeys(("record.data", "lag.data", "length.data"), "none"),
        "levers.targets": ["frontier"],
    }
    candidates: dict[str, dict[str, str]] = {form: {"trend.form": form} for form in FORMS}
    candidates[COMBINED] = {}
    origins = [date(year, 1, 1) for year in range(scenario.trend.stacking.since, _LAST + 1)]
    scores = hindcast_trend(
        scenario.override(fitted),
        candidates,
        evidence,
        priors,
        _SAMPLER,
        origins=origins,
        horizon=HORIZONS[1],
        seed=seed,
        progress=progress,
    )
    years = np.array([int(origin[:4]) for origin in scores["origin"].values])
    size = scenario.trend.stacking.origins_per_block
    blocks = Blocks.of(years, size, named_rng(seed, "blocks of systems"))
    reference = scores.sel(forecaster=COMBINED)
    return {
        "scenario": scenario.name,
        "cases": scores.sizes["case"],
        "origins": len(origins),
        "forecasters": {
            str(name): of_forecaster(
                scores.sel(forecaster=name), reference, blocks, is_reference=name == COMBINED
            )
            for name in scores["forecaster"].values
        },
    }
