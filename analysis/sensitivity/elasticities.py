"""Elasticities of a requirement in inputs and levers."""

import math
from collections.abc import Mapping
from typing import Any

import xarray as xr

from analysis.fit import Fit
from analysis.monte_carlo import DRAWS
from analysis.need import Need
from model.requirement import log10, requirement

#: Step in sd of an input, in dex of a lever, and in years: a year's growth, half to each side,
#: so that a knot of the trend at the year itself does not matter. Inputs that must stay positive
#: move by less than themselves.
_STEP_SD, _STEP_DEX, _STEP_YEARS = 1e-3, 1e-3, 0.5
_POSITIVE = ("law_a",)
_QUANTILES = (0.05, 0.5, 0.95)

#: Levers that are proportions, whose slope is an elasticity, and those that are years.
_PROPORTIONAL = ("days", "uptime", "tokens_ratio", "devices")


def input_slopes(need: Need) -> xr.Dataset:
    """Slope of log10 of a requirement in each input that enters it, at every draw.

    Central differences through the chain.

    Returns
    -------
    Dataset
        Over `input` and, where named, `probability` (quantiles over the draws): `slope`, dex a
        unit of the input; `sd`, of the input; `elasticity`, the relative change of the
        requirement over that of the input as a number of its own (FLOP, a share, an exponent),
        NaN for an input that is a difference.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> slopes = input_slopes(need_at(fit, quantity="effective_eflops"))
    >>> slopes["elasticity"].sel(input="trend_frontier", probability=0.5).round(3).item()
    1.0
    """
    inputs, active = need.inputs, need.active_inputs
    slopes, elasticities = [], []
    for name, values in active.items():
        width = values.std()
        step = _STEP_SD * (values.clip(max=width) if name in _POSITIVE else width)
        up, down = (need.value(inputs.assign({name: values + s})) for s in (step, -step))
        slope = (up - down) / (2 * step)
        slopes.append(_quantiles(slope))
        elasticities.append(_quantiles(slope * _relative(str(name), values)))
    names = xr.DataArray([str(name) for name in active], dims="input", name="input")
    sd = active.std(DRAWS).to_dataarray("input")
    return xr.Dataset(
        {
            "slope": xr.concat(slopes, names).assign_attrs(
                units="dex", long_name="change of log10 of the requirement a unit of the input"
            ),
            "elasticity": xr.concat(elasticities, names).assign_attrs(
                units="1", long_name="relative change of the requirement over that of the input"
            ),
            "sd": sd.assign_attrs(
                units="of the input", long_name="standard deviation of the input"
            ),
        }
    )


def lever_slopes(fit: Fit, need: Need) -> xr.Dataset:
    """Slope of log10 of a requirement in each lever, at every draw of the posterior.

    Parameters
    ----------
    fit
        The posterior.
    need
        The point, with levers of one year, length and precision.

    Returns
    -------
    Dataset
        Over `lever` and `probability` (quantiles over the draws): `slope`, in the unit `unit`:
        the elasticity of days, uptime, tokens_ratio and, where a number is given, devices; dex
        per year of years and, for target `lag`, lag_years.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> levers = lever_slopes(fit, need_at(fit, quantity="effective_eflops"))
    >>> levers["slope"].sel(lever="days").round(6).values.tolist()  # twice the days, half the need
    [-1.0, -1.0, -1.0]
    """
    levers = need.scenario.levers
    slopes, units = [], []
    absent = {"devices"} if levers.devices == "from-size" else set()
    names = [*(name for name in _PROPORTIONAL if name not in absent), "years"]
    names += ["lag_years"] if "lag" in levers.asked else []
    for name in names:
        value = getattr(levers, name)
        many = isinstance(value, tuple)
        value = value[0] if many else value
        if name in _PROPORTIONAL:
            step, unit = _STEP_DEX, "1"
            up, down = value * 10**step, value * 10**-step
        else:
            step, unit = _STEP_YEARS, "dex/yr"
            up, down = value + step, value - step
        above, below = (_log10_need(fit, need, {name: (at,) if many else at}) for at in (up, down))
        slopes.append(_quantiles((above - below) / (2 * step)))
        units.append(unit)
    labels = xr.DataArray(names, dims="lever", name="lever")
    meaning = "change of log10 of the requirement, a year or a change of log10 of the lever"
    slope = xr.concat(slopes, labels).assign_attrs(units="1", long_name=meaning)
    unit_of = xr.DataArray(units, dims="lever", attrs={"units": "1", "long_name": "of the slope"})
    return xr.Dataset({"slope": slope, "unit": unit_of})


def _log10_need(fit: Fit, need: Need, change: Mapping[str, Any]) -> xr.DataArray:
    """log10 EFLOPS with changed levers, which may lie slightly beyond their range."""
    levers = need.scenario.levers.model_copy(update=dict(change))
    required = requirement(fit.posterior, need.scenario.workload, levers)
    changed = log10(required[need.quantity])
    others = [dim for dim in changed.dims if dim not in DRAWS]
    return changed.squeeze(others, drop=True)


def _relative(name: str, values: xr.DataArray) -> xr.DataArray | float:
    """Return what turns a slope in dex per unit into an elasticity."""
    if name in {"trend_frontier", "law_size"}:
        return 1.0
    if name in {"trend_growth", "law_a"}:
        return values * math.log(10)
    if name == "campaign_counting_new":  # the factor is e^x
        return math.log(10)
    if name in {"mfu_median", "campaign_goodput"}:
        # The share s of a logit x: ds/s = (1 − s) dx.
        return math.log(10) * (1 + math.e**values)
    return math.nan


def _quantiles(values: xr.DataArray) -> xr.DataArray:
    found: xr.DataArray = values.quantile(list(_QUANTILES), DRAWS, skipna=False)
    return found.rename(quantile="probability")
