"""What-if: the chain asked again on a few draws, here and in a browser."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.levels import ASSURANCE
from analysis.report.regimes import regimes_of
from model import chain
from model.delivered.delivery import delivery
from model.delivered.efficiency import curve_of
from model.delivered.regime import under
from model.given_line.read_off import lag_case
from model.requirement import log10, requirement
from model.targets import frontier_flop
from priors.documents import Json
from priors.levers import Levers, Target
from priors.units import FLOP_PER_EXAFLOP, FLOP_PER_TERAFLOP, HOURS_PER_DAY

#: Draws that a page carries.
DRAWS = 1000
#: Years between which the line is carried; it is straight within each year, and beyond the ends.
_FIRST, _LAST = 2000, 2046
#: Quantiles that are answered, beside those of assurance.
QUANTILES = (0.025, 0.5, 0.975)
_FIELDS = ("mfu", "slope", "goodput", "fall", "factor")


@dataclass(frozen=True)
class Question:
    """What the panel asks.

    Attributes
    ----------
    regime
        Name of a scenario of the panel, whose levers hold but for those that follow.
    target, year, days, lag_years, precision
        The requirement; `lag_years` is that of target `lag`.
    devices
        Accelerators of the machine that is set against it.
    price
        Of one of them, in any currency.
    """

    regime: str
    target: Target
    year: float
    days: float
    precision: str
    devices: float
    price: float
    lag_years: float = 0.0

    def of(self, levers: Levers) -> Levers:
        """Levers of the regime with what is asked."""
        return levers.model_copy(
            update={
                "targets": (self.target,),
                "years": (self.year,),
                "days": (self.days,),
                "run_length": "days",
                "precisions": (self.precision,),
                "devices": "from-size",
                "lag_years": self.lag_years if self.target == "lag" else None,
            }
        )


def few_draws(posterior: xr.Dataset, count: int = DRAWS) -> xr.Dataset:
    """Return evenly spread draws of a posterior, as one chain."""
    whole = posterior.transpose("chain", "draw", ...)
    chains, draws = whole.sizes["chain"], whole.sizes["draw"]
    kept = np.unique(np.linspace(0, chains * draws - 1, count).round().astype(int))
    at = xr.DataArray(kept, dims="kept")
    picked = whole.isel(chain=at // draws, draw=at % draws)
    picked = picked.drop_vars(["chain", "draw"], errors="ignore").rename(kept="draw")
    one: xr.Dataset = picked.expand_dims("chain").transpose("chain", "draw", ...)
    return one.assign_attrs(whole.attrs)


def regimes(fit: Fit) -> dict[str, Levers]:
    """Levers of the regimes that the panel offers, by name; the first is the scenario's own."""
    others = {one.scenario.name: one.scenario.levers for one in regimes_of(fit)}
    return {fit.scenario.name: fit.scenario.levers, **others}


def answer(fit: Fit, question: Question) -> Json:
    """Answer a question on the draws that the page carries.

    Returns
    -------
    dict
        `effective_eflops` and `peak_eflops`: probability → quantile of the requirement, EFLOPS;
        `delivered_eflops`: the same of what the machine delivers; `probability_met`, that it
        delivers what is required; `machine_peak_eflops`; `megawatt_hours` of the campaign;
        `price` of the machine.
    """
    levers = question.of(regimes(fit)[question.regime])
    draws = few_draws(fit.posterior)
    required = requirement(draws, fit.scenario.workload, levers)
    tflops = levers.device.tflops[levers.precisions[0]]
    peak = question.devices * tflops * FLOP_PER_TERAFLOP / FLOP_PER_EXAFLOP
    share = delivery(draws, levers, question.devices)["efficiency"].values.ravel()
    delivered = peak * share
    effective = required["effective_eflops"].transpose("chain", "draw", ...).values.ravel()
    power = chain.megawatts(question.devices, levers.device.kilowatts)
    return {
        "effective_eflops": _quantiles(effective),
        "peak_eflops": _quantiles(
            required["peak_eflops"].transpose("chain", "draw", ...).values.ravel()
        ),
        "delivered_eflops": _quantiles(delivered),
        "probability_met": float((delivered >= effective).mean()),
        "machine_peak_eflops": peak,
        "megawatt_hours": power * HOURS_PER_DAY * question.days,
        "price": question.devices * question.price,
    }


def _quantiles(values: np.ndarray) -> dict[str, float]:
    """Quantiles on the scale of log10, between two draws by a straight line."""
    probabilities = sorted({*QUANTILES, *ASSURANCE})
    found = 10 ** np.quantile(np.log10(values), probabilities)
    return {f"{p:g}": float(value) for p, value in zip(probabilities, found, strict=True)}


def embedded(fit: Fit, target: Target, devices: float) -> Json:
    """Collect what a browser needs to ask the chain again: draws, constants, levers and choices.

    Parameters
    ----------
    target, devices
        What the panel asks at first.

    Returns
    -------
    dict
        `arrays`: name → draws as base64 of little-endian 64-bit floats, or one number where all
        draws have it; `line`: years, and the name of the array at each; `regimes`: per regime its
        levers and, per precision, the fields of the curve of efficiency
        (`model.delivered.efficiency.Curve`) by the names of their arrays; `constants`; `targets`
        that can be asked; `defaults`.
    """
    draws = few_draws(fit.posterior)
    pack = _Pack()
    years = np.arange(_FIRST, _LAST + 1, dtype=float)
    line = log10(frontier_flop(draws, years))
    present = set(map(str, draws.data_vars))
    targets: list[str] = ["frontier", "lag", "model-size", "roadmap-chain"]
    stated: dict[str, xr.DataArray] = {
        name: draws[name] for name in ("law_a", "law_b", "law_size") if name in present
    }
    if "record_last" in present:
        targets.insert(0, "record")
        stated |= {name: draws[name] for name in map(str, present) if name.startswith("record_")}
    levers = fit.scenario.levers
    if "lag_level" in present:
        targets.insert(2, "national")
        case = lag_case(levers.national_funding, levers.national_lag)
        of_case = draws.sel(lag_case=case)
        stated |= {name: of_case[name] for name in ("lag_level", "lag_growth", "lag_deviation")}
    return {
        "line": {
            "first": _FIRST,
            "arrays": [pack.add(f"line_{year:g}", line.sel(year=year)) for year in years],
        },
        "stated": {name: pack.add(name, values) for name, values in sorted(stated.items())},
        "regimes": {name: _regime(name, one, draws, pack) for name, one in regimes(fit).items()},
        "constants": {
            **{name: float(value) for name, value in draws.attrs.items() if np.isfinite(value)},
            "record_known": bool(np.isfinite(draws.attrs.get("record_until", np.nan))),
            **fit.scenario.workload.model_dump(),
        },
        "quantiles": sorted({*QUANTILES, *ASSURANCE}),
        "targets": targets,
        "count": draws.sizes["draw"],
        "arrays": pack.arrays,
        "defaults": {
            "year": levers.years[0],
            "days": max(levers.days),
            "target": target,
            "precision": levers.precisions[0],
            "devices": devices,
        },
    }


def _regime(name: str, levers: Levers, draws: xr.Dataset, pack: "_Pack") -> Json:
    curves = {}
    for precision in levers.device.tflops:
        one = levers.model_copy(update={"precisions": (precision,)})
        *fields, pivot = curve_of(under(draws, one), one)
        curves[precision] = {
            field: pack.add(f"{field} {name} {precision}", values)
            for field, values in zip(_FIELDS, fields, strict=True)
        } | {"pivot": float(pivot.values.flat[0])}
    return {
        "tokens_ratio": levers.tokens_ratio,
        "device": levers.device.name,
        "kilowatts": levers.device.kilowatts,
        "tflops": dict(levers.device.tflops),
        "device_range": list(levers.device_range),
        "precision": levers.precisions[0],
        "curves": curves,
    }


class _Pack:
    """Arrays by name, each kept once."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}
        self._names: dict[bytes, str] = {}

    def add(self, name: str, values: xr.DataArray) -> str:
        """Keep the draws of a variable, and return the name under which they are found."""
        dims = [dim for dim in ("chain", "draw") if dim in values.dims]
        flat = np.ascontiguousarray(values.transpose(*dims, ...).values.ravel(), "<f8")
        raw = flat.tobytes()
        if raw not in self._names:
            self._names[raw] = name
            same = bool((flat == flat[0]).all())
            self.arrays[name] = float(flat[0]) if same else base64.b64encode(raw).decode("ascii")
        return self._names[raw]
