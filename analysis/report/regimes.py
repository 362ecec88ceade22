"""Scenarios and regimes of hardware side by side, for one target each."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.monte_carlo import DRAWS
from model.requirement import log10
from priors.levers import Target
from priors.scenario import Scenario, builtin_scenarios, load_scenario

ENDS = (0.025, 0.1, 0.5, 0.9, 0.975)
#: Levers of a regime of hardware, beside its first precision.
_HARDWARE = (
    *("moe", "open_hpc_stack", "device", "uptime"),
    *("goodput", "scale_penalty", "fp8_gain"),
)
QUANTITIES = ("effective_eflops", "peak_eflops", "devices", "megawatts")


def regimes_of(fit: Fit) -> list[Fit]:
    """Built-in scenarios that differ from a fit's in levers only, asked for what it is asked.

    Their targets, years and lengths of campaign are those of the fit; precision, build and what
    else a regime of hardware takes for granted are their own.
    """
    found = []
    levers = fit.scenario.levers
    asked = {
        "levers.targets": list(levers.targets),
        "levers.lag_years": levers.lag_years,
        "levers.years": list(levers.years),
        "levers.days": list(levers.days),
        "levers.run_length": levers.run_length,
    }
    for name in builtin_scenarios():
        other: Scenario = load_scenario(name)
        if other.as_of is None and fit.scenario.as_of is not None:
            other = other.override({"as_of": fit.scenario.as_of})
        if other.fit_digest != fit.scenario.fit_digest or name == fit.scenario.name:
            continue
        other = other.override(asked)
        if _hardware(other) != _hardware(fit.scenario):
            found.append(replace(fit, scenario=other))
    return found


def _hardware(scenario: Scenario) -> list[object]:
    """Levers by which a regime of hardware differs from another."""
    levers = scenario.levers
    return [levers.precisions[0], *(getattr(levers, name) for name in _HARDWARE)]


def side_by_side(fits: Sequence[tuple[Fit, Target]]) -> xr.Dataset:
    """Quantiles of what each scenario requires for its target, in its longest campaign.

    Parameters
    ----------
    fits
        Each with the target that is asked of it.

    Returns
    -------
    Dataset
        Over `scenario` and `probability`: `effective_eflops`, `peak_eflops` (of the scenario's
        first `precision`), `devices`, `megawatts`; over `scenario`: `target` and `precision`.
    """
    found: dict[str, list[np.ndarray]] = {name: [] for name in QUANTITIES}
    for fit, target in fits:
        required = fit.required().sel(target=target).isel(year=0, days=-1, precision=0)
        for name in QUANTITIES:
            logs = log10(required[name]).quantile(list(ENDS), DRAWS)
            found[name].append(10**logs.values)
    return xr.Dataset(
        {
            **{name: (("scenario", "probability"), np.array(rows)) for name, rows in found.items()},
            "target": ("scenario", [target for _, target in fits]),
            "precision": ("scenario", [fit.scenario.levers.precisions[0] for fit, _ in fits]),
        },
        {"scenario": [fit.scenario.name for fit, _ in fits], "probability": list(ENDS)},
    )
