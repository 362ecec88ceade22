"""Forms of the trend with weights and widths, and its last runs."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from analysis.fit import Fit
from model.requirement import log10
from model.stacking.weights import FORMS
from model.targets import frontier_flop
from priors.documents import Json
from priors.records.runs import RunRow
from priors.selection.frontier import running_top


def trend_summary(fit: Fit) -> Json:
    """Form of the trend with its width by year, and the last runs that the trend has seen.

    Returns
    -------
    dict
        `forms`: form → `weight` and `weight_sd` (pseudo-BMA+), `stacking_weight` and
        `stacking_weight_sd`, `sd_log10_by_year` and `median_log10_by_year` of the line's FLOP under
        this form; `windows`, the number of independent windows that the weights rest on, None
        where one form was chosen. `last_entrant`, `last_record`: `system`, `published` and
        `training_flop`, None where no run is data.
    """
    years = np.array(fit.scenario.levers.years)
    line = log10(frontier_flop(fit.posterior, years))
    chosen = fit.scenario.trend.form
    if chosen == "stacked":
        forms, windows = _weighed(fit, line), float(fit.sample_stats.attrs["windows"])
    else:
        only = {"weight": 1.0, "weight_sd": 0.0, "stacking_weight": 1.0, "stacking_weight_sd": 0.0}
        forms, windows = {chosen: {**only, **_by_year(line.values, years)}}, None
    return {
        "forms": forms,
        "windows": windows,
        "last_entrant": _as_seen(fit.trend_runs),
        "last_record": _as_seen(running_top(fit.trend_runs, rank=1)),
    }


def _weighed(fit: Fit, line: xr.DataArray) -> Json:
    stats, code = fit.sample_stats, fit.posterior["trend_form"].transpose("chain", "draw").values
    values = line.transpose("chain", "draw", "year").values
    found: Json = {}
    for number, form in enumerate(FORMS):
        stated = {
            "weight": "form_weight",
            "weight_sd": "form_weight_sd",
            "stacking_weight": "form_stacking",
            "stacking_weight_sd": "form_stacking_sd",
        }
        weights = {key: float(stats[name].sel(form=form)) for key, name in stated.items()}
        found[form] = {**weights, **_by_year(values[code == number], line["year"].values)}
    return found


def _by_year(values: np.ndarray, years: np.ndarray) -> Json:
    flat = values.reshape(-1, len(years))
    return {
        f"{name}_log10_by_year": {
            f"{year:g}": float(number) for year, number in zip(years, found, strict=True)
        }
        for name, found in (("sd", flat.std(axis=0)), ("median", np.median(flat, axis=0)))
    }


def _as_seen(runs: Sequence[RunRow]) -> Json | None:
    """Return the last of some runs, as JSON."""
    if not runs:
        return None
    last = runs[-1]
    return {
        "system": last.system,
        "published": str(last.published),
        "training_flop": last.training_flop,
    }
