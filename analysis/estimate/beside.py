"""Requirements beside planned machines and beyond ceilings."""

import math
from collections.abc import Iterable, Mapping

import xarray as xr

from analysis.checks import is_constant
from analysis.monte_carlo import mcse_factor, mcse_of_probability
from priors.documents import Json
from priors.levers import Levers
from priors.offers import Offer
from priors.records.runs import CeilingRow

#: Quantity that is reported → quantities whose ceilings bear on it.
_BEARS_ON = {
    "effective_eflops": ("training_flop",),
    "training_flop": ("training_flop",),
    "peak_eflops": ("peak_eflops", "devices", "megawatts"),
}
#: Dense precision that a ceiling of a peak is stated for.
_SIXTEEN_BITS = "BF16"


def set_beside(
    row: Json,
    required: xr.Dataset,
    ceilings: Iterable[CeilingRow],
    levers: Levers,
    yardsticks: Mapping[str, Offer],
) -> Json:
    """Return flags and yardstick of one result.

    Parameters
    ----------
    row
        As `analysis.estimate.summary.result_rows` makes it.
    required
        From `model.requirement.requirement`.

    Returns
    -------
    dict
        `flags`: per ceiling that bears on the quantity and the year, `ceiling`, `quantity`, `kind`,
        `value`, `unit`, `probability_beyond`, `probability_mcse` and `source`. `yardstick`:
        `over_NAME`, the median need over a machine's goal or peak; for a peak `device`, the
        median number of these `devices` and their `megawatts`, and `held`, the share of draws
        whose step MFU and goodput are those of another number (an end of the levers' range, or
        the number from which on more devices deliver less), with `held_mcse`; None where the
        number is given.
    """
    at = {key: row[key] for key in ("target", "year", "days", "precision") if row[key] is not None}
    bearing = [
        ceiling
        for ceiling in ceilings
        if ceiling.quantity in _BEARS_ON.get(row["quantity"], ())
        and (ceiling.by_year is None or row["year"] <= ceiling.by_year)
        and (ceiling.quantity != "peak_eflops" or row["precision"] == _SIXTEEN_BITS)
    ]
    return {
        "flags": [
            _flag(ceiling, _pick(required[ceiling.quantity], at), float(mcse_factor(required, at)))
            for ceiling in bearing
        ],
        "yardstick": _yardstick(row, required, at, levers, yardsticks),
    }


def _flag(ceiling: CeilingRow, need: xr.DataArray, factor: float) -> Json:
    beyond = need > ceiling.value
    return {
        "ceiling": ceiling.ceiling,
        "quantity": ceiling.quantity,
        "kind": ceiling.kind,
        "value": ceiling.value,
        "unit": ceiling.unit,
        "probability_beyond": float(beyond.mean()),
        "probability_mcse": 0.0 if is_constant(need) else factor * mcse_of_probability(beyond),
        "source": ceiling.source,
    }


def _yardstick(
    row: Json,
    required: xr.Dataset,
    at: Json,
    levers: Levers,
    yardsticks: Mapping[str, Offer],
) -> Json:
    if row["quantity"] not in {"effective_eflops", "peak_eflops"}:
        return {}
    found: Json = {}
    for key, machine in yardsticks.items():
        own = machine.goal_effective_eflops or math.nan
        if row["precision"] is not None:
            own = machine.peak_eflops.get(row["precision"], math.nan)
        if math.isfinite(own):
            found[f"over_{key}"] = row["quantiles"]["0.5"] / own
    if row["quantity"] == "peak_eflops":
        devices = _pick(required["devices"], at)
        found |= {
            "device": levers.device.name,
            "devices": float(devices.median()),
            "megawatts": float(_pick(required["megawatts"], at).median()),
            **_held(_pick(required["held"], at), levers, float(mcse_factor(required, at))),
        }
    return found


def _held(held: xr.DataArray, levers: Levers, factor: float) -> Json:
    """Share of draws in which efficiency follows the number of devices no further."""
    if levers.devices != "from-size":
        return {"held": None, "held_mcse": None}
    error = 0.0 if is_constant(held) else factor * mcse_of_probability(held)
    return {"held": float(held.mean()), "held_mcse": error}


def _pick(quantity: xr.DataArray, at: Json) -> xr.DataArray:
    """Draws of a quantity at a point, as far as it depends on it."""
    return quantity.sel({dim: label for dim, label in at.items() if dim in quantity.dims})
