"""Largest machine under a ceiling, and what that choice is worth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from analysis.assess.offered import Offered
from analysis.loss import best_size, exceedance, expected_loss, loss_unit, sizes
from analysis.need import Need, need_at
from analysis.sensitivity.evppi import evppi_of_block
from model.blocks import BLOCKS
from model.requirement import log10
from priors.costs import LossChoice
from priors.documents import Json
from priors.errors import ScenarioError
from priors.levers import Target
from priors.machine import Dense
from priors.offers import OfferedMachine


@dataclass(frozen=True)
class Ceilings:
    """What a machine may not exceed; None: no ceiling.

    Attributes
    ----------
    price
        In the currency of the machine.
    """

    megawatts: float | None = None
    devices: float | None = None
    price: float | None = None

    @property
    def stated(self) -> Mapping[str, float]:
        """Ceilings that there are, by name."""
        found = {"megawatts": self.megawatts, "devices": self.devices, "price": self.price}
        return {name: value for name, value in found.items() if value is not None}


NO_CEILINGS = Ceilings()


def largest_under(machine: OfferedMachine, ceilings: Ceilings) -> tuple[OfferedMachine, Json]:
    """Largest number of a machine's devices that no ceiling forbids, and which ceiling binds.

    Power and price go with the number of devices.

    Returns
    -------
    tuple
        The machine, and its `ceilings`, the `binding` one, `devices`, `megawatts` and `price`.

    Raises
    ------
    ScenarioError
        A ceiling of power or price for a machine whose power or price is not known; a ceiling
        that leaves no device.
    """
    per_device = {
        "megawatts": None if machine.megawatts is None else machine.megawatts / machine.count,
        "devices": 1.0,
        "price": None if machine.price is None else machine.price / machine.count,
    }
    counts = {}
    for name, ceiling in ceilings.stated.items():
        each = per_device[name]
        if not 0 < ceiling < math.inf:
            where = f"machine {machine.id}, ceiling of {name}"
            raise ScenarioError(where, f"{ceiling:g}", "a number above 0")
        if each is None:
            raise ScenarioError(
                f"machine {machine.id}, ceiling of {name}",
                f"{ceiling:g}, but no {name} of the machine",
                f"its {name} in a file, or another ceiling",
            )
        counts[name] = math.floor(ceiling / each * (1 + 1e-12))
    binding = min(counts, key=lambda name: counts[name])
    if counts[binding] < 1:
        raise ScenarioError(
            f"machine {machine.id}, ceiling of {binding}",
            f"{ceilings.stated[binding]:g}, less than one device",
            f"at least {per_device[binding]:g}",
        )
    largest = machine.of_size(float(counts[binding]))
    return largest, {
        "ceilings": dict(ceilings.stated),
        "binding": binding,
        "devices": largest.count,
        "megawatts": largest.megawatts,
        "price": largest.price,
    }


def decide_under(
    offered: Offered, choice: LossChoice, *, target: Target, days: float, precision: Dense
) -> Json:
    """Best size of at most the machine's, its expected loss, and what knowing more is worth.

    For sizes up to a ceiling S the loss is that of a need of at most S, plus the cost of the
    shortfall beyond S that no choice avoids: the constrained choice is that of the need cut off
    at S, and so are its EVPI and EVPPI (Raiffa & Schlaifer 1961).

    Parameters
    ----------
    offered
        The largest machine that may be chosen.
    choice
        Costs of a machine that is too small or too large.
    target, days, precision
        The need; its year is the first that the levers ask.

    Returns
    -------
    dict
        `ceiling_eflops` and `best_eflops`, peaks of the share of one campaign;
        `expected_loss` of the best size with that part of it that is `unavoidable`; `evpi` and
        per block `evppi` with their MCSE (empty where the EVPI, which they do not exceed, is 0);
        the curve `exceedance`; `unit` of all losses.
    """
    need = need_at(
        offered.fit,
        quantity="peak_eflops",
        target=target,
        year=offered.levers.years[0],
        days=days,
        precision=precision,
    )
    ceiling = float(log10(offered.peak.sel(precision=precision)))
    draws = need.draws
    capped = draws.clip(max=ceiling)
    best = best_size(capped, choice)
    chosen = best["size"]
    losses = expected_loss(draws, chosen, choice)
    grid = sizes(draws)
    return {
        "target": target,
        "year": offered.levers.years[0],
        "days": days,
        "precision": precision,
        "unit": loss_unit(choice),
        "ceiling_eflops": 10**ceiling,
        "best_eflops": float(10**chosen),
        "expected_loss": float(losses["loss"]),
        "expected_loss_mcse": float(losses["loss_mcse"]),
        "unavoidable": float(losses["loss"]) - float(best["evpi"]),
        "evpi": float(best["evpi"]),
        "evpi_mcse": float(best["evpi_mcse"]),
        "evppi": [_worth(need, ceiling, block, choice) for block in BLOCKS if best["evpi"] > 0],
        "exceedance": {
            "eflops": (10**grid).values.tolist(),
            "probability": exceedance(draws, grid)["probability"].values.tolist(),
        },
    }


def _worth(need: Need, ceiling: float, block: str, choice: LossChoice) -> Json:
    def capped(inputs: xr.Dataset) -> xr.DataArray:
        return need.value(inputs).clip(max=ceiling)

    found = evppi_of_block(capped, need.inputs, block, choice)
    return {"block": block, **{str(name): float(value) for name, value in found.items()}}
