"""Conflict of the roadmap's slope with later runs."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy import stats

from analysis.fit import check_refits, fit_scenario
from analysis.priors_check.power_scaling import prior_sensitivity
from analysis.priors_check.refits import rescaled
from analysis.words import say
from model.inputs import make_inputs
from model.posterior import complete
from model.requirement import log10
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from model.targets import frontier_flop
from model.trend import LINE
from priors.documents import Json
from priors.evidence import Evidence
from priors.prior_rows import Prior, Priors
from priors.scenario import Scenario, load_scenario
from priors.thresholds import thresholds
from priors.units import decimal_year

#: A prior so many times as wide as that of the updated set leaves the data to speak alone.
_FLAT = 10.0
#: What the two sets share here: how systems scatter is not the roadmap's belief.
_SCATTER = ("trend_noise", "trend_grade_factor", "trend_drift")
_BLOCKS = ("trend",)
_SET, _WEAK = "roadmap", "updated"


def confront_roadmap_slope(
    evidence: Evidence, priors: Priors, sampler: Sampler, *, seed: int
) -> Json:
    """Confront the roadmap-era level and slope with frontier runs published later.

    A straight line is fitted to the runs of the running top 10 that became known after every
    source of the roadmap's slope, once from flat priors of level and slope (what the later runs
    say alone) and once from the roadmap's. With a drifting slope there would be no one slope to
    confront. The systems behind the roadmap's interval are all older, so that nothing counts
    twice.

    Returns
    -------
    dict
        `since`, `runs`; `prior`, `later` and `both`: mean and sd of `slope` (OOM/yr) and of
        `frontier` (log10 FLOP at the later runs' mean date, `at`); `slope` and `frontier`: `z` =
        difference / sqrt(sum of variances) and two-sided prior predictive p-value (Box 1980) of
        the later runs' estimate, by normal approximation; `joint`: chi-squared of both with 2
        degrees of freedom and its p-value; `power_scaling`: as `prior_sensitivity` has it of the
        slope fitted from the roadmap's prior; `conflict`, `diagnosis`,
        `checks`.
    """
    stated = priors.block(_SET, "trend")
    since = max(
        decimal_year(evidence.sources.by_id[source].published)
        for source in stated["trend_slope"].sources
    )
    confronted = _scenario(since, priors, flat=False)
    inputs = make_inputs(confronted, evidence, priors)
    at = float(inputs.trend_years.mean())
    both = fit_scenario(
        confronted,
        evidence,
        priors,
        sampler,
        seed=named_seed(seed, "roadmap slope"),
    )
    alone = fit_scenario(
        _scenario(since, priors, flat=True),
        evidence,
        priors,
        sampler,
        seed=named_seed(seed, "later runs"),
    )
    prior = stated_line(stated, at)
    later = Line.of(alone.posterior, at)
    whole = complete(both.stored, confronted.trend.form, inputs, seed=seed)
    failed = [fit.failed(_BLOCKS) for fit in (both, alone)]
    power_scaling = next(
        row
        for row in prior_sensitivity(whole, confronted, inputs)["parameters"]
        if row["name"] == "trend_slope"
    )
    found = {
        "since": since,
        "at": at,
        "runs": len(inputs.trend_years),
        "prior": prior.as_json(),
        "later": later.as_json(),
        "both": Line.of(both.posterior, at).as_json(),
        **compare_lines(prior, later),
        "power_scaling": power_scaling,
        "checks": [asdict(check_refits("roadmap_slope_refits", failed))],
    }
    limit = thresholds("prior_sensitivity")["conflict_p"]
    conflict = found["slope"]["p"] < limit or found["joint"]["p"] < limit
    return {**found, "conflict": conflict, "diagnosis": _words(found, conflict=conflict)}


@dataclass(frozen=True)
class Line:
    """Slope (OOM/yr) and frontier at a date (log10 FLOP): their mean and covariance."""

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @classmethod
    def of(cls, draws: xr.Dataset, at: float) -> "Line":
        """Take them from draws of a straight line."""
        frontier = log10(frontier_flop(draws, np.array([at])).isel(year=0))
        pair = np.stack([draws["trend_slope"].values.ravel(), frontier.values.ravel()])
        return cls(pair.mean(axis=1), np.cov(pair))

    def as_json(self) -> Json:
        """Return mean and sd of each."""
        sd = np.sqrt(np.diag(self.covariance))
        return {
            name: {"mean": float(self.mean[i]), "sd": float(sd[i])}
            for i, name in enumerate(("slope", "frontier"))
        }


def stated_line(stated: dict[str, Prior], at: float) -> Line:
    """Take slope and frontier at a date from a prior, whose level and slope are independent.

    Parameters
    ----------
    stated
        Rows of the trend block.
    at
        Decimal year.
    """
    level, slope = (stated[name].standardised() for name in LINE)
    pivot = stated["trend_pivot"].value
    assert pivot is not None  # a constant's row is `fixed`, which requires a value
    map_ = np.array([[0.0, 1.0], [1.0, at - pivot]])
    variance = np.diag([level.scale**2, slope.scale**2])
    return Line(map_ @ [level.loc, slope.loc], map_ @ variance @ map_.T)


def compare_lines(prior: Line, later: Line) -> dict[str, Json]:
    """Return z and p of slope and frontier, and chi-squared and p of both (normal model).

    Before the later runs, their estimate is normal about the prior's mean with the sum of both
    covariances: these are prior predictive p-values (Box 1980).
    """
    difference = later.mean - prior.mean
    covariance = prior.covariance + later.covariance
    z = difference / np.sqrt(np.diag(covariance))
    chi_squared = float(difference @ np.linalg.solve(covariance, difference))
    found = {
        name: {"z": float(z[i]), "p": float(2 * stats.norm.sf(abs(z[i])))}
        for i, name in enumerate(("slope", "frontier"))
    }
    joint = {"chi_squared": chi_squared, "p": float(stats.chi2.sf(chi_squared, len(z)))}
    return {**found, "joint": joint}


def _scenario(since: float, priors: Priors, *, flat: bool) -> Scenario:
    weak = priors.block(_WEAK, "trend")
    changes: dict[str, Any] = {f"prior.{name}": rescaled(weak[name], 1.0) for name in _SCATTER}
    if flat:
        changes |= {f"prior.{name}": rescaled(weak[name], _FLAT) for name in LINE}
    return load_scenario(_WEAK).override(
        {
            "trend.form": "linear",
            "trend.priors": _SET,
            "trend.selection": "top-10",
            "trend.since": since,
            "law.studies": "none",
            "efficiency.data": "none",
            **changes,
        }
    )


def _words(found: Json, *, conflict: bool) -> str:
    prior, later, slope = found["prior"], found["later"], found["slope"]
    both, scaled = found["both"]["slope"], found["power_scaling"]
    sensitivities = scaled["prior_sensitivity"], scaled["likelihood_sensitivity"]
    return say(
        "slope.confronted",
        verdict=say("slope.contradicts" if conflict else "slope.agrees"),
        runs=found["runs"],
        since=found["since"],
        prior=prior["slope"]["mean"],
        prior_sd=prior["slope"]["sd"],
        later=later["slope"]["mean"],
        later_sd=later["slope"]["sd"],
        z=slope["z"],
        p=slope["p"],
        at=found["at"],
        expected=prior["frontier"]["mean"],
        found=later["frontier"]["mean"],
        z_frontier=found["frontier"]["z"],
        p_frontier=found["frontier"]["p"],
        p_joint=found["joint"]["p"],
        both=both["mean"],
        both_sd=both["sd"],
        prior_sensitivity=sensitivities[0],
        run_sensitivity=sensitivities[1],
        diagnosis=_power_scaling(*sensitivities),
    )


def _power_scaling(prior: float, runs: float) -> str:
    """Diagnosis of the slope, as Kallioinen et al. 2024 name it."""
    limit = thresholds("prior_sensitivity")["sensitivity"]
    keys = {
        (True, True): "slope.both",
        (True, False): "slope.prior",
        (False, True): "slope.runs",
        (False, False): "slope.neither",
    }
    return say(keys[prior >= limit, runs >= limit])
