"""Diagnosis of prior and likelihood sensitivity, in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr
from scipy import stats

from analysis.words import say
from priors.documents import Json
from priors.parameters import ALL_PARAMETERS
from priors.prior_rows import Prior

#: Priors that a headline's sentence names, the strongest first.
_NAMED = 3


@dataclass(frozen=True)
class Belief:
    """A parameter before and after the evidence, on the scale of its prior."""

    name: str
    prior_mean: float
    prior_sd: float
    posterior_mean: float
    posterior_sd: float

    @classmethod
    def of(cls, name: str, prior: Prior, draws: xr.DataArray) -> "Belief":
        """Take the prior from its row and the posterior from its draws."""
        mean, variance = prior.standardised().distribution().stats("mv")
        return cls(name, float(mean), math.sqrt(variance), float(draws.mean()), float(draws.std()))

    @property
    def surprise(self) -> float | None:
        """Return z, the shift of the mean over the sd that the prior expects of that shift.

        Before the data a posterior mean has variance prior less posterior variance (normal
        model), so that z is a prior predictive check (Box 1980). None where the posterior is no
        narrower than the prior.
        """
        variance = self.prior_sd**2 - self.posterior_sd**2
        if variance <= 0:
            return None
        return (self.posterior_mean - self.prior_mean) / math.sqrt(variance)

    @property
    def contraction(self) -> float:
        """Share of the prior variance that the evidence removed; negative where it grew."""
        return 1 - (self.posterior_sd / self.prior_sd) ** 2


@dataclass(frozen=True)
class Sensitivity:
    """Power-scaling of a parameter's own prior and of its block's evidence; None: no rows."""

    prior: float
    likelihood: float | None


def diagnose_parameter(
    belief: Belief, strength: Sensitivity, evidence: str, limit: Mapping[str, float]
) -> Json:
    """Say which of prior and evidence decides a parameter.

    Sensitivity to the prior and to the likelihood alike is a potential conflict, or only means
    that both inform (Kallioinen et al. 2024, section 3.3). It is called a conflict where the
    evidence has also moved the mean further than the prior predicts (`Belief.surprise`).

    Parameters
    ----------
    evidence
        Name of the likelihood of the parameter's block.
    limit
        `sensitivity`, `conflict_p`, `contraction`, `decided` of section `prior_sensitivity`.
    """
    prior = strength.prior >= limit["sensitivity"]
    data = (strength.likelihood or 0.0) >= limit["sensitivity"]
    rows = say(f"diagnosis.{evidence}")
    z = belief.surprise
    p = 1.0 if z is None else float(2 * stats.norm.sf(abs(z)))
    contracted = belief.contraction
    if prior and data and p < limit["conflict_p"]:
        verdict, meaning = "conflict", "diagnosis.conflict"
    elif prior and data:
        verdict, meaning = "potential conflict", "diagnosis.both"
    elif strength.likelihood is None:
        verdict, meaning = "no evidence", "diagnosis.without_rows"
    elif prior and contracted < limit["contraction"]:
        verdict, meaning = "no evidence", "diagnosis.without_word"
    elif prior:
        verdict, meaning = "prior", "diagnosis.prior"
    elif data or contracted >= limit["decided"]:
        verdict, meaning = "data", "diagnosis.data"
    else:
        verdict, meaning = "neither", "diagnosis.neither"
    unit = ALL_PARAMETERS[belief.name].unit
    shown = "" if unit == "1" else f" {unit}"
    surprise = "" if z is None else say("diagnosis.surprise", z=z, p=p)
    return {
        "name": belief.name,
        "unit": unit,
        "prior_mean": belief.prior_mean,
        "prior_sd": belief.prior_sd,
        "posterior_mean": belief.posterior_mean,
        "posterior_sd": belief.posterior_sd,
        "z": z,
        "p": p,
        "prior_sensitivity": strength.prior,
        "likelihood_sensitivity": strength.likelihood,
        "verdict": verdict,
        "diagnosis": say(
            "diagnosis.before_and_after",
            meaning=say(meaning, rows=rows, surprise=surprise),
            prior_mean=belief.prior_mean,
            prior_sd=belief.prior_sd,
            posterior_mean=belief.posterior_mean,
            posterior_sd=belief.posterior_sd,
            unit=shown,
        ),
    }


def diagnose_quantity(name: str, components: Sequence[Json], limit: Mapping[str, float]) -> Json:
    """List the priors that a headline depends on, the strongest first.

    Parameters
    ----------
    components
        As `analysis.priors_check.power_scaling.prior_sensitivity` lists them.
    """
    priors = sorted(
        (row for row in components if row["kind"] == "prior"),
        key=lambda row: -row["sensitivity"][name],
    )
    matter = [row for row in priors if row["sensitivity"][name] >= limit["sensitivity"]]
    listed = ", ".join(_strength(row, name) for row in (matter or priors)[:_NAMED])
    more = len(matter) - _NAMED
    if matter:
        key = "diagnosis.depends_and_more" if more > 0 else "diagnosis.depends"
    else:
        key = "diagnosis.none_strong" if priors else "diagnosis.point"
    said = say(key, priors=listed, more=more, limit=limit["sensitivity"])
    return {"quantity": name, "priors": [row["name"] for row in matter], "diagnosis": said}


def _strength(row: Json, name: str) -> str:
    return say(
        "diagnosis.strength",
        name=row["name"],
        sensitivity=row["sensitivity"][name],
        shift=row["shift_per_doubling"][name],
        width=row["width_per_doubling"][name],
    )
