"""Lines of a regime of hardware, and what each of them makes."""

from typing import Any

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.shapley import coalitions, shapley_values
from model.requirement import log10, requirement
from priors.documents import Json
from priors.levers import Levers, Target

#: Levers that say what is asked, and not of which hardware.
_ASKED = frozenset({"targets", "years", "days", "run_length", "walls", "wall_spread", "lag_years"})
#: Draws that the many combinations of lines are computed with.
_DRAWS = 1000
#: Combinations double with each line.
_MOST_LINES = 10


def regime_lines(first: Fit, other: Fit, target: Target) -> Json | None:
    """Split the devices that a requirement takes among the levers in which scenarios differ.

    Each lever's share is its Shapley value (Shapley 1953) of the mean log10 number of devices,
    over all orders in which the levers of `first` are exchanged for those of `other`: the devices
    are the same kind on both sides, so that peaks of different precisions are compared by the
    number of chips that have them.

    Parameters
    ----------
    first, other
        Scenarios with the same posterior.
    target
        Whose requirement, in the first year and the longest campaign that both ask.

    Returns
    -------
    dict or None
        `target`, `year`, `days`; `lines`: per lever its values (`first`, `other`) and `dex`;
        `total_dex`. None where they differ in no lever of the hardware, in more than ten, or have
        no length in common.
    """
    ours, theirs = first.scenario.levers, other.scenario.levers
    apart = [
        name
        for name in Levers.model_fields
        if name not in _ASKED and getattr(ours, name) != getattr(theirs, name)
    ]
    years = [year for year in ours.years if year in theirs.years]
    lengths = [days for days in ours.days if days in theirs.days]
    if not apart or len(apart) > _MOST_LINES or not years or not lengths:
        return None
    asked = ours.only(target).model_copy(update={"years": years[:1], "days": (max(lengths),)})
    every = max(1, first.posterior.sizes["draw"] * first.posterior.sizes["chain"] // _DRAWS)
    draws = first.posterior.isel(draw=slice(None, None, every))

    def devices(lines: frozenset[str]) -> float:
        update: dict[str, Any] = {name: getattr(theirs, name) for name in lines}
        levers = asked.model_copy(update=update)
        levers = levers.model_copy(update={"precisions": levers.precisions[:1]})
        needed = requirement(draws, first.scenario.workload, levers)["devices"]
        return float(log10(xr.DataArray(needed)).mean())

    value = {lines: devices(lines) for lines in coalitions(apart)}
    shares = shapley_values(value, apart)
    return {
        "target": target,
        "year": years[0],
        "days": max(lengths),
        "lines": [
            {
                "lever": name,
                "first": _plain(getattr(ours, name)),
                "other": _plain(getattr(theirs, name)),
                "dex": dex,
            }
            for name, dex in sorted(shares.items(), key=lambda pair: -abs(pair[1]))
        ],
        "total_dex": value[frozenset(apart)] - value[frozenset()],
    }


def _plain(value: Any) -> object:  # noqa: ANN401 - the value of any lever
    """Write a lever's value for a result: its elements, its name, or itself."""
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if hasattr(value, "name"):
        return str(value.name)
    return value if isinstance(value, str | bool | int | float | None) else str(np.asarray(value))
