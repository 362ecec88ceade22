"""Offered machines: built, planned or on offer, and what they cost."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from priors.documents import DATA, read_toml, validate
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.levers import UnitShare
from priors.machine import Count, Dense, Device
from priors.records.machines import AcceleratorRow
from priors.records.row import Positive
from priors.units import (
    FLOP_PER_EXAFLOP,
    FLOP_PER_TERAFLOP,
    KILOWATTS_PER_MEGAWATT,
    WATTS_PER_KILOWATT,
)

MACHINES = DATA / "machines"

#: Relative difference from which on a stated peak contradicts the devices' own: published peaks
#: of one part differ by a few per cent (boost clocks, rounding).
_TOLERANCE = 0.1
#: Peak with structured sparsity over the dense one.
_SPARSE = 2.0
#: Devices that a machine may have.
_MOST = 1_000_000_000


class Failures(BaseModel):
    """How often devices fail, and what that costs.

    Attributes
    ----------
    device_hours
        Mean time between interruptions of one device, hours.
    checkpoint_minutes
        Time for which a checkpoint stops the training.
    restart_minutes
        Time from an interruption to training again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    device_hours: Positive
    checkpoint_minutes: Positive
    restart_minutes: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class Cost(BaseModel):
    """What a machine costs.

    Attributes
    ----------
    price, rack_price
        Of the whole machine, or of one rack, in `currency`.
    lifetime_years
        Years over which the price is written off evenly.
    per_megawatt_hour
        Price of electricity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    price: Positive | None = None
    rack_price: Positive | None = None
    currency: Annotated[str, Field(min_length=1)]
    lifetime_years: Positive = 5.0
    per_megawatt_hour: Positive | None = None

    @model_validator(mode="after")
    def _one_price(self) -> Self:
        if self.price is not None and self.rack_price is not None:
            raise ValueError("price or rack_price, not both")
        return self


class Offer(BaseModel):
    """A machine as its file states it.

    Attributes
    ----------
    accelerator, count, per_rack
        An id of `accelerators.csv` and how many there are, or how many are in a rack.
    peak_eflops
        Of the whole machine by dense precision, EFLOPS; follows from the accelerator where that
        is named.
    sparse
        Whether these peaks are with 2:1 sparsity, and count half.
    megawatts, rack_megawatts
        Power of the whole machine, or of a rack.
    share
        Share of the machine that one campaign gets.
    open_hpc_stack
        As the lever of that name; None leaves it to the scenario.
    goal_effective_eflops
        What the machine is meant to deliver in training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    status: Literal["operating", "announced", "target", "offer"] = "offer"
    accelerator: str | None = None
    count: Annotated[int, Field(gt=0, le=_MOST)] | None = None
    per_rack: Count | None = None
    peak_eflops: dict[Dense, Positive] = {}
    sparse: bool = False
    megawatts: Positive | None = None
    rack_megawatts: Positive | None = None
    share: UnitShare = 1.0
    open_hpc_stack: bool | None = None
    goal_effective_eflops: Positive | None = None
    failures: Failures | None = None
    cost: Cost | None = None
    sources: tuple[str, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _something_to_count(self) -> Self:
        if self.accelerator is None and not self.peak_eflops:
            raise ValueError("an accelerator with a count, or peak_eflops by dense precision")
        return self


@dataclass(frozen=True)
class OfferedMachine:
    """A machine of known size.

    Attributes
    ----------
    id
        Name of its file.
    count
        Devices.
    device
        One of them: its dense peaks (the machine's over `count`), TFLOP/s.
    kilowatts
        Power of a device with its share of the machine, kW; None where it is not known.
    counted_as
        Whether devices are counted as those of the scenario because the file names none.
    price
        In `offer.cost.currency`; None where it is not known.
    """

    id: str
    offer: Offer
    count: float
    device: Device
    kilowatts: float | None
    counted_as: bool
    price: float | None

    @property
    def peak_eflops(self) -> dict[Dense, float]:
        """Peak of the whole machine by dense precision, EFLOPS."""
        per_device = FLOP_PER_TERAFLOP / FLOP_PER_EXAFLOP
        return {name: self.count * peak * per_device for name, peak in self.device.tflops.items()}

    @property
    def megawatts(self) -> float | None:
        """Power of the whole machine, MW; None where it is not known."""
        if self.kilowatts is None:
            return None
        return self.count * self.kilowatts / KILOWATTS_PER_MEGAWATT

    def of_size(self, count: float) -> Self:
        """Return as many of the same devices; price and power go with their number."""
        price = None if self.price is None else self.price * count / self.count
        return replace(self, count=count, price=price)

    def require(self, precision: Dense) -> None:
        """Refuse a precision in which the device has no peak.

        Raises
        ------
        ScenarioError
            It has none.
        """
        if precision not in self.device.tflops:
            raise ScenarioError(
                f"machine {self.id}, precision",
                f"{precision} on {self.device.name}, which has no such peak",
                " or ".join(self.device.tflops),
            )


def builtin_machines() -> tuple[str, ...]:
    """Names of the machines that are built in."""
    return tuple(sorted(path.stem for path in MACHINES.glob("*.toml")))


def load_offer(name: str) -> tuple[str, Offer]:
    """Read a machine by its built-in name or from a TOML file; its id and what the file states.

    Raises
    ------
    ScenarioError
        No such machine, or a file that breaks the schema.
    """
    path = Path(name) if name.endswith(".toml") else MACHINES / f"{name}.toml"
    if not name.endswith(".toml") and name not in builtin_machines():
        raise ScenarioError(
            "machine", repr(name), f"a TOML file, or one of {', '.join(builtin_machines())}"
        )
    record = read_toml(path, ScenarioError)
    if not record:
        raise ScenarioError(path.name, "an empty file", "a machine: name, accelerator, count")
    return path.stem, validate(
        Offer, record, path.name, ScenarioError, whole=("machine", "neither, or both")
    )


def load_machine(
    name: str,
    evidence: Evidence,
    reference: Device,
    *,
    count: int | None = None,
    racks: int | None = None,
    share: float | None = None,
    open_hpc_stack: bool | None = None,
    otherwise: int | None = None,
) -> OfferedMachine:
    """Read a machine and count its devices.

    Parameters
    ----------
    name
        A built-in name or a TOML file.
    evidence
        Whose table `accelerators` is looked up.
    reference
        Device in which a machine is counted whose file names none.
    count, racks
        So many of the machine's devices in place of those of the file; power and price go with
        their number.
    share, open_hpc_stack
        In place of those of the file.
    otherwise
        Devices where nothing states how many.

    Raises
    ------
    ScenarioError
        No such machine, nothing to count, a share beyond 1, a peak that contradicts the device's
        own (as a sparse one does).

    Examples
    --------
    >>> from priors import load_evidence, load_machine, load_scenario
    >>> levers = load_scenario("updated").levers
    >>> machine = load_machine("fugakunext", load_evidence(), levers.device)
    >>> machine.peak_eflops
    {'BF16': 150.0, 'FP8': 300.0}
    """
    id_, offer = load_offer(name)
    if racks is not None:
        if offer.per_rack is None:
            raise ScenarioError(f"machine {id_}, racks", str(racks), "per_rack in its file")
        if count is not None:
            raise ScenarioError(f"machine {id_}", "a count and racks", "one of them")
        count = racks * offer.per_rack
    stated = offer.count or (None if offer.accelerator is None else count or otherwise)
    changes = {"count": stated, "share": share, "open_hpc_stack": open_hpc_stack}
    given = {key: value for key, value in changes.items() if value is not None}
    where = f"machine {id_}"
    if count is not None:
        validate(Offer, {**offer.model_dump(), "count": count}, where, ScenarioError)
    offer = validate(Offer, {**offer.model_dump(), **given}, where, ScenarioError)
    row = _accelerator(id_, offer, evidence)
    device, number, counted_as = _devices(id_, offer, row, reference)
    kilowatts = _kilowatts(offer, row, number)
    price = _price(offer, number)
    machine = OfferedMachine(id_, offer, number, device, kilowatts, counted_as, price)
    return machine if count is None else machine.of_size(float(count))


def _accelerator(id_: str, offer: Offer, evidence: Evidence) -> AcceleratorRow | None:
    if offer.accelerator is None:
        return None
    known = {row.id: row for row in evidence.accelerators}
    if offer.accelerator not in known:
        raise ScenarioError(
            f"machine {id_}, accelerator", repr(offer.accelerator), f"one of {', '.join(known)}"
        )
    return known[offer.accelerator]


def _devices(
    id_: str, offer: Offer, row: AcceleratorRow | None, reference: Device
) -> tuple[Device, float, bool]:
    """Device with its dense peaks, how many there are, and whether they are of the scenario."""
    dense = {
        name: peak / (_SPARSE if offer.sparse else 1.0) for name, peak in offer.peak_eflops.items()
    }
    scale = FLOP_PER_EXAFLOP / FLOP_PER_TERAFLOP
    if row is None:
        own = offer.count is not None
        first = next(name for name in reference.tflops if name in dense)
        number = float(offer.count or dense[first] * scale / reference.tflops[first])
        tflops = {name: peak * scale / number for name, peak in dense.items()}
        device = reference.model_copy(update={"tflops": tflops})
        named = device.model_copy(update={"name": offer.name}) if own else device
        return named, number, not own
    if offer.count is None:
        racks = "" if offer.per_rack is None else f", or racks of {offer.per_rack}"
        raise ScenarioError(f"machine {id_}, count", "no number of devices", f"a count{racks}")
    tflops = dict(row.tflops)
    for name, peak in dense.items():
        _agree(id_, offer, row, name, peak)
        tflops[name] = peak * scale / offer.count
    device = reference.model_copy(update={"name": row.accelerator, "tflops": tflops})
    return device, float(offer.count), False


def _agree(id_: str, offer: Offer, row: AcceleratorRow, name: Dense, peak: float) -> None:
    """Refuse a stated peak that is not that of the devices."""
    where = f"machine {id_}, peak_eflops.{name}"
    if name not in row.tflops:
        raise ScenarioError(
            where, f"{peak:g} EFLOPS on {row.accelerator}", f"a peak in {' or '.join(row.tflops)}"
        )
    own = (offer.count or 0) * row.tflops[name] * FLOP_PER_TERAFLOP / FLOP_PER_EXAFLOP
    if abs(math.log(peak / own)) <= math.log1p(_TOLERANCE):
        return
    sparse = abs(math.log(peak / own / _SPARSE)) <= math.log1p(_TOLERANCE)
    twice = ", twice the dense peak: 2:1 sparse?" if sparse else ""
    remedy = ", or sparse = true" if sparse else ""
    raise ScenarioError(
        where,
        f"{peak:g} EFLOPS{twice}",
        f"about {own:.4g}, dense: {offer.count:,} × {row.tflops[name]:g} TFLOP/s{remedy}",
    )


def _kilowatts(offer: Offer, row: AcceleratorRow | None, number: float) -> float | None:
    """Power of one device: of the machine, of a rack, or of its board, as far as one is known."""
    if offer.megawatts is not None:
        return offer.megawatts * KILOWATTS_PER_MEGAWATT / number
    if offer.rack_megawatts is not None and offer.per_rack is not None:
        return offer.rack_megawatts * KILOWATTS_PER_MEGAWATT / offer.per_rack
    return None if row is None or row.watts is None else row.watts / WATTS_PER_KILOWATT


def _price(offer: Offer, number: float) -> float | None:
    if offer.cost is None:
        return None
    if offer.cost.rack_price is not None and offer.per_rack is not None:
        return offer.cost.rack_price * number / offer.per_rack
    return offer.cost.price


def counted_in(device: Device) -> OfferedMachine:
    """One device of a kind, as a machine that may be of any size."""
    offer = Offer(name=device.name, count=1, peak_eflops={"BF16": 1.0})
    return OfferedMachine("device", offer, 1.0, device, device.kilowatts, False, None)


def load_yardsticks() -> Mapping[str, Offer]:
    """Machines that every requirement is set beside: those that state a goal of their own."""
    offers = dict(load_offer(name) for name in builtin_machines())
    return {key: one for key, one in offers.items() if one.goal_effective_eflops is not None}
