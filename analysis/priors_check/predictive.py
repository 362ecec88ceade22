"""Prior and posterior predictive checks of each likelihood.

Rows are drawn anew for draws of the parameters and a few numbers of them compared with those of
the evidence (Box 1980; Gelman, Meng and Stern 1996). Posterior predictive p-values are not
uniform where the model is right: the data were used twice, so that they crowd at 0.5 and a small
one says more than its value (Meng 1994). Systems' effects are drawn anew, so that the spread
between systems is checked and not fitted.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

import numpy as np
import xarray as xr
from numpy.random import Generator

from analysis.checks import Check
from analysis.priors_check.predictive_quantities import Checked, quantities
from model.gaussian import Array
from model.given_line.rows import LagLaw, observed_rows, replicate_rows
from model.inputs import Inputs
from model.replicate import replicate, trend_mean
from priors.documents import Json
from priors.thresholds import thresholds

type Kind = Literal["prior", "posterior"]

#: Draws for which rows are replicated, spread evenly over all of them.
_DRAWS = 1000


def predictive_checks(
    draws: xr.Dataset, inputs: Inputs, kind: Kind, rng: Generator, law: LagLaw
) -> Json:
    """Compare the evidence with what draws of the parameters would produce.

    Parameters
    ----------
    draws
        Group `posterior` or `prior`, as `kind` says; dims chain, draw and (drifting) knot.
    inputs
        What was fitted.
    rng
        Source of the replicated rows.
    law
        Whose flagships are compared, and with which law of their lag.

    Returns
    -------
    dict
        `kind`; `rows`: one a likelihood and quantity, with `observed`, quantiles of the
        replicated `median` and `interval_90`, `p` (share of replications above the observed,
        ties half), `tail` = 2 min(p, 1 − p) and `verdict`; likelihoods without rows are left
        out; `checks`: the smallest tail against its limit (posterior only).
    """
    limit = thresholds("predictive_checks")
    thinned = thin(draws, _DRAWS)
    made = replicate(thinned, inputs, rng)
    replicated = {str(name): rows.values for name, rows in made.items()}
    replicated |= replicate_rows(thinned, inputs, law, rng)

    def line(years: Array) -> Array:
        return np.asarray(np.median(trend_mean(thinned, inputs, years), axis=(0, 1)))

    observed: Mapping[str, Array] = {
        "trend_runs": inputs.trend_log10_flop,
        "law_studies": inputs.studies.exponents,
        "law_sizes": inputs.studies.sizes,
        "mfu_rows": inputs.mfu_logit,
        "campaign_rows": inputs.campaigns.log_ratios,
        "goodput_rows": inputs.campaigns.goodput,
        **observed_rows(inputs, law),
    }
    rows = []
    for likelihood, checked in quantities(inputs, line, law).items():
        values = observed[likelihood]
        for quantity in checked:
            if len(values) >= quantity.least:
                compared = _compare(quantity, values, replicated[likelihood])
                verdict = _verdict(compared["tail"], kind, limit)
                rows.append(
                    {
                        "likelihood": likelihood,
                        "quantity": quantity.name,
                        "about": quantity.about,
                        **compared,
                        "verdict": verdict,
                    }
                )
    return {"kind": kind, "rows": rows, "checks": _checks(rows, limit) if kind != "prior" else []}


def thin(draws: xr.Dataset, count: int) -> xr.Dataset:
    """Keep about `count` draws in all, every so many of each chain."""
    each = max(1, count // draws.sizes["chain"])
    return draws.isel(draw=slice(None, None, max(1, draws.sizes["draw"] // each)))


def _compare(quantity: Checked, values: Array, replicated: Array) -> Json:
    observed, drawn = float(quantity.of(values)), np.asarray(quantity.of(replicated)).ravel()
    p = float((drawn > observed).mean() + (drawn == observed).mean() / 2)
    low, median, high = np.quantile(drawn, (0.05, 0.5, 0.95))
    return {
        "observed": observed,
        "median": float(median),
        "interval_90": [float(low), float(high)],
        "p": p,
        "tail": 2 * min(p, 1 - p),
    }


def _verdict(tail: float, kind: Kind, limit: Mapping[str, float]) -> str:
    if tail < limit["tail"]:
        return "the model does not produce it" if kind == "posterior" else "the prior rules it out"
    if tail < limit["unusual"]:
        return "unusual"
    return "as expected" if kind == "posterior" else "plausible"


def _checks(rows: list[Json], limit: Mapping[str, float]) -> list[Json]:
    worst = min(rows, key=lambda row: row["tail"], default=None)
    about = "smallest two-sided posterior predictive p-value"
    if worst is not None:
        about += f" ({worst['quantity']} of {worst['likelihood']})"
    tail = None if worst is None else worst["tail"]
    return [asdict(Check.at_least("predictive_tail", tail, limit["tail"], about))]
