"""Need: one requirement as a function of its inputs."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import xarray as xr

from analysis.fit import Fit
from model.requirement import log10, requirement
from model.targets import frontier_flop, trained
from priors.errors import ScenarioError
from priors.levers import Target
from priors.machine import COVARIATES
from priors.scenario import Scenario

type Quantity = Literal["effective_eflops", "peak_eflops"]

#: Input → (unit, meaning). `trend_frontier`, `trend_growth` and `trend_later` are made here of
#: the path of the trend before and after a day, `trend_apart` of what is read off it for targets
#: that lie beside the line; all others are variables of the posterior.
INPUTS = {
    "trend_frontier": ("log10 FLOP", "frontier of {start:.1f}"),
    "trend_growth": ("OOM/yr", "growth of the frontier of {start:.1f}"),
    "trend_later": ("dex", "changes of growth after {start:.1f}"),
    "trend_apart": ("dex", "{apart}"),
    "law_size": ("log10 parameters", "optimal parameters at the law's pivot, of the law to come"),
    "law_a": ("1", "exponent a of the law to come"),
    "law_closure": ("1", "a + b − 1 of the law to come"),
    "mfu_median": ("logit", "step MFU at the pivot"),
    **{name: ("logit", f"step MFU: {one.long_name}") for name, one in COVARIATES.items()},
    "mfu_new_system": ("logit", "deviation of the machine to come"),
    "campaign_counting_new": ("1", "ln of FLOP by 6ND over those of the steps"),
    "campaign_goodput": ("logit", "goodput at the pivot"),
    "campaign_goodput_devices": ("logit", "fall of the goodput per decade of devices"),
    "campaign_goodput_moe": ("logit", "shift of the goodput for mixtures of experts"),
    "campaign_goodput_new": ("logit", "deviation of the goodput of the campaign to come"),
}

#: Years, at least, over which the growth at a day is read off: up to the next turn of a year, as
#: the path bends nowhere else.
_STEP = 1e-3
#: A need that an input moves by less than this, in dex, moves by rounding.
_ROUNDING = 1e-8
#: Targets that are read off each draw of the line → what their distance from it is. It depends on
#: the line, and is an input of the block of the trend.
_READ_OFF: dict[Target, str] = {
    "record": "the record of the year above the line",
    "national": "a new flagship above the line",
}
_NOT_ASKED = "distance of the target from the line"
_POINT = ("target", "year", "days", "precision")


@dataclass(frozen=True)
class Need:
    """log10 of a requirement for one target, year, length and precision, and what enters it.

    Attributes
    ----------
    scenario
        With levers of one target, year, length and precision.
    quantity
        `effective_eflops` or `peak_eflops`.
    inputs
        Draws of the `INPUTS`, dims chain and draw; attributes are the pivots of the chain.
    """

    scenario: Scenario
    quantity: Quantity
    inputs: xr.Dataset

    def value(self, inputs: xr.Dataset) -> xr.DataArray:
        """log10 of the requirement, in log10 EFLOPS, for inputs of any dims that broadcast.

        The frontier's FLOP are 10^(frontier + growth · years ahead + later changes), those of
        target record and national 10^(distance from it) times as many; all else is the chain that
        the estimate itself uses (`model.requirement.requirement`).
        """
        ahead = inputs.attrs["trend_ahead"]
        draws = inputs.assign(
            trend_level=inputs["trend_frontier"]
            + ahead * inputs["trend_growth"]
            + inputs["trend_later"]
            + inputs["trend_apart"],
            trend_slope=xr.zeros_like(inputs["trend_growth"]),
            law_b=1 - inputs["law_a"] + inputs["law_closure"],
        )
        levers = self.scenario.levers
        if levers.headline in _READ_OFF:
            levers = levers.only("frontier")
        required = requirement(draws, self.scenario.workload, levers)
        point = required[self.quantity]
        answer: xr.DataArray = log10(point).isel({dim: 0 for dim in _POINT if dim in point.dims})
        answer = answer.drop_vars(_POINT, errors="ignore")
        return answer.assign_attrs(units="log10 EFLOPS", long_name=f"log10 {self.quantity}")

    @cached_property
    def draws(self) -> xr.DataArray:
        """log10 of the requirement at every draw, log10 EFLOPS; dims chain and draw."""
        return self.value(self.inputs)

    @cached_property
    def active_inputs(self) -> xr.Dataset:
        """Inputs whose exchange between draws moves the need, in the order of `INPUTS`."""
        base = self.draws
        moving = []
        for name in INPUTS:
            half = self.inputs.sizes["draw"] // 2
            other = self.inputs.assign({name: self.inputs[name].roll(draw=half)})
            if float(np.abs(self.value(other) - base).max()) > _ROUNDING:
                moving.append(name)
        return self.inputs[moving]


def need_at(
    fit: Fit,
    *,
    quantity: Quantity = "peak_eflops",
    target: Target | None = None,
    year: float | None = None,
    days: float | None = None,
    precision: str | None = None,
) -> Need:
    """Take apart what a scenario requires at one point.

    Parameters
    ----------
    fit
        The day its evidence ends splits the path of the trend into what the evidence has seen
        (frontier and growth at that time) and the changes of growth to come. A trend without
        runs is split at its pivot, for which its priors are stated.
    quantity
        `effective_eflops` or `peak_eflops`.
    target, year, days, precision
        The point; None: the scenario's headline target, its last year and length and its first
        precision.

    Raises
    ------
    ScenarioError
        The scenario cannot answer for the point, or has no uncertainty there.

    Examples
    --------
    With `fit` from `analysis.fit.fit_scenario`:

    >>> need = need_at(fit, quantity="effective_eflops", days=80.0)
    >>> need.draws.dims, need.draws.attrs["units"]
    (('chain', 'draw'), 'log10 EFLOPS')
    >>> list(need.active_inputs)  # the law does not enter the FLOP
    ['trend_frontier', 'trend_growth', 'trend_later']
    """
    fit.require_whole("what drives a need")
    asked = fit.scenario.levers
    target = target or asked.headline
    if days is None and asked.run_length == "frontier":
        raise ScenarioError(
            f"scenario {fit.scenario.name}",
            "campaigns as long as the frontier's runs, whose length is uncertain itself",
            "--days: a question about the need of campaigns of one length",
        )
    scenario = fit.scenario.override(
        {
            "levers.targets": [target],
            "levers.lag_years": asked.lag_years if target == "lag" else None,
            "levers.years": [asked.years[-1] if year is None else year],
            "levers.days": [asked.days[-1] if days is None else days],
            "levers.run_length": "days",
            "levers.precisions": [asked.precisions[0] if precision is None else precision],
        }
    )
    pivots = fit.posterior.attrs
    without_runs = scenario.trend.selection == "none"
    start = pivots["trend_pivot" if without_runs else "evidence_until"]
    found = Need(scenario, quantity, _inputs(fit.posterior, scenario, start))
    if not found.active_inputs:
        raise ScenarioError(
            f"scenario {scenario.name}", "a point without uncertainty", "one with some"
        )
    return found


def _inputs(posterior: xr.Dataset, scenario: Scenario, start: float) -> xr.Dataset:
    """Draws of the inputs; those of the trend add up to the target's FLOP of the year."""
    target = scenario.levers.years[0] - (scenario.levers.lag_years or 0.0)
    start = min(start, target)
    step = max(_STEP, math.floor(start) + 1 - start)
    path = log10(frontier_flop(posterior, np.array([start, start + step, target])))
    first, second, last = (path.isel(year=i, drop=True) for i in range(3))
    growth = (second - first) / step
    later = last - first - growth * (target - start)
    target_name = scenario.levers.asked[0]
    apart = last * 0.0
    if target_name in _READ_OFF:
        read = trained(target_name, posterior, scenario.workload, scenario.levers).flop
        apart = log10(read / scenario.levers.tokens_ratio).isel(year=0, drop=True) - last
    trend = {
        "trend_frontier": first,
        "trend_growth": growth,
        "trend_later": later,
        "trend_apart": apart,
    }
    said = _READ_OFF.get(target_name, _NOT_ASKED)
    inputs = {
        name: (trend[name] if name in trend else posterior[name]).assign_attrs(
            units=unit, long_name=long_name.format(start=start, apart=said)
        )
        for name, (unit, long_name) in INPUTS.items()
    }
    return xr.Dataset(inputs, attrs={**posterior.attrs, "trend_ahead": target - start})
