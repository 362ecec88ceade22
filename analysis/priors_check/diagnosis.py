"""What power-scaling found, in words with its numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import xarray as xr
from scipy import stats

from priors.documents import Json
from priors.parameters import PARAMETERS
from priors.prior_rows import Prior

_ROWS = {
    "trend_runs": "the training runs",
    "law_studies": "the scaling studies",
    "mfu_rows": "the step-MFU rows",
    "campaign_rows": "the campaigns",
}

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
    evidence has also moved the mean further than the prior lets expect (`Belief.surprise`).

    Parameters
    ----------
    evidence
        Name of the likelihood of the parameter's block.
    limit
        `sensitivity`, `conflict_p`, `contraction`, `decided` of section `prior_sensitivity`.
    """
    prior = strength.prior >= limit["sensitivity"]
    data = (strength.likelihood or 0.0) >= limit["sensitivity"]
    rows = _ROWS[evidence]
    z = belief.surprise
    p = 1.0 if z is None else float(2 * stats.norm.sf(abs(z)))
    if prior and data and p < limit["conflict_p"]:
        verdict, meaning = "conflict", f"its prior and {rows} contradict each other"
    elif prior and data:
        verdict = "potential conflict"
        meaning = f"its prior and {rows} both shape it: no plain conflict"
    elif strength.likelihood is None:
        verdict, meaning = "no evidence", "no evidence enters: it is its prior"
    elif prior and belief.contraction < limit["contraction"]:
        verdict, meaning = "no evidence", f"nothing in {rows} speaks of it: it is its prior"
    elif prior:
        verdict, meaning = "prior", f"its prior dominates: {rows} say little of it"
    elif data or belief.contraction >= limit["decided"]:
        verdict, meaning = "data", f"{rows} decide"
    else:
        verdict, meaning = "neither", "neither its prior nor its evidence moves it much"
    unit = PARAMETERS[belief.name].unit
    shown = "" if unit == "1" else f" {unit}"
    surprise = f" (z = {z:.2g}, p = {p:.2g})" if prior and data and z is not None else ""
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
        "diagnosis": (
            f"{meaning}{surprise}; "
            f"prior {belief.prior_mean:.3g} ± {belief.prior_sd:.2g}, "
            f"posterior {belief.posterior_mean:.3g} ± {belief.posterior_sd:.2g}{shown}"
        ),
    }


def diagnose_quantity(name: str, components: Sequence[Json], limit: Mapping[str, float]) -> Json:
    """Say which priors a headline hangs on, the strongest first.

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
    if matter:
        more = len(matter) - _NAMED
        said = f"hangs on the prior of {listed}" + (f" and {more} more" if more > 0 else "")
    elif priors:
        said = f"no prior reaches {limit['sensitivity']:g}; the strongest: {listed}"
    else:
        said = "every prior is degenerate: a point"
    return {"quantity": name, "priors": [row["name"] for row in matter], "diagnosis": said}


def _strength(row: Json, name: str) -> str:
    return (
        f"{row['name']} ({row['sensitivity'][name]:.3f}; counted twice: "
        f"{row['shift_per_doubling'][name]:+.3f} dex, sd {row['width_per_doubling'][name]:+.0%})"
    )
