"""Trend of the frontier as a fan, with the runs and ceilings beside it."""

import math

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.monte_carlo import DRAWS
from analysis.reproduce.roadmap_values import RoadmapValues
from model.requirement import log10
from model.stacking.weights import FORMS
from model.targets import frontier_flop
from priors.selection.frontier import by_date
from priors.units import decimal_year

#: Ends of the 95, 80 and 50 % bands, and the median.
BANDS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
#: The fan begins and ends here, where the evidence and the question do not reach further.
_FROM, _UNTIL = 2018.0, 2035.0
_PER_YEAR = 4


def trend_fan(fit: Fit) -> xr.Dataset:
    """Frontier's line by year with its bands, and what stands beside it.

    Returns
    -------
    Dataset
        `line`: log10 FLOP over `year` and `probability` (the ends of the 50, 80 and 95 % bands,
        and the median). Over `run`: `published` (decimal year), `log10_flop`, `system` and
        `in_fit`, 1 for the runs that the line is fitted to. Over `ceiling`: `ceiling_log10_flop`,
        `ceiling_name` and `by_year`, NaN where it limits every year. Over `form`: `weight` and
        `weight_sd`. Over `reading`, years: `roadmap_log10_flop`. A part of which there is nothing
        has length 0.
    """
    runs = by_date(fit.known.training_runs)
    in_fit = {run.id for run in fit.trend_runs}
    first = min((decimal_year(run.published) for run in fit.trend_runs), default=_FROM)
    last = max(_UNTIL, *fit.scenario.levers.years)
    count = round((math.ceil(last) - math.floor(first)) * _PER_YEAR) + 1
    years = np.linspace(math.floor(first), math.ceil(last), count)
    line = log10(frontier_flop(fit.posterior, years)).quantile(list(BANDS), DRAWS)
    line = line.rename(quantile="probability").transpose("probability", "year")
    ceilings = [row for row in fit.known.ceilings if row.quantity == "training_flop"]
    roadmap = _roadmap(fit)
    forms = _forms(fit)
    return xr.Dataset(
        {
            "line": line.assign_attrs(units="log10 FLOP", long_name="the frontier's line"),
            "published": ("run", [decimal_year(run.published) for run in runs]),
            "log10_flop": ("run", [math.log10(run.training_flop) for run in runs]),
            "system": ("run", [run.system for run in runs]),
            "in_fit": ("run", [float(run.id in in_fit) for run in runs]),
            "ceiling_log10_flop": ("ceiling", [math.log10(row.value) for row in ceilings]),
            "ceiling_name": ("ceiling", [row.ceiling for row in ceilings]),
            "by_year": (
                "ceiling",
                [math.nan if row.by_year is None else row.by_year for row in ceilings],
            ),
            "weight": ("form", [weight for weight, _ in forms.values()]),
            "weight_sd": ("form", [sd for _, sd in forms.values()]),
            "roadmap_log10_flop": ("reading", list(roadmap.values())),
        },
        {
            "ceiling": [row.id for row in ceilings],
            "form": list(forms),
            "reading": list(roadmap),
        },
    )


def _forms(fit: Fit) -> dict[str, tuple[float, float]]:
    """Form → its weight and the weight's sd; nothing where one form was chosen."""
    stats = fit.sample_stats
    if "form_weight" not in stats:
        return {}
    return {
        form: (
            float(stats["form_weight"].sel(form=form)),
            float(stats["form_weight_sd"].sel(form=form)),
        )
        for form in FORMS
    }


def _roadmap(fit: Fit) -> dict[float, float]:
    """Year → log10 of the training FLOP that the roadmap has for it."""
    known = RoadmapValues(fit.evidence)
    found = {}
    for year in range(math.floor(_FROM), math.ceil(_UNTIL) + 1):
        value = known.find("training_flop", float(year), None)
        if value is not None:
            found[float(year)] = math.log10(value.value)
    return found
