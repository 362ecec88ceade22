"""Levers: what a buyer chooses, and the targets that are asked."""

import math
from collections.abc import Callable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from priors.machine import Build, Count, Dense, Device, Machine
from priors.records.row import Positive
from priors.selection.flagships import FundingClass, LagGrowth

#: What a machine is asked to train (`model.targets`).
type Target = Literal["record", "frontier", "national", "lag", "model-size", "roadmap-chain"]
type UnitShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Workload(BaseModel):
    """Constants of the targets that name a model.

    Attributes
    ----------
    parameters
        Of target `model-size`.
    coefficient, exponent
        A and a of the roadmap's N = A C^a, by which target `roadmap-chain` names a model.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Positive
    coefficient: Positive
    exponent: UnitShare


class Levers(Build):
    """What may be chosen, as against what is uncertain.

    Attributes
    ----------
    lag_years
        Years behind the frontier of target `lag`, which is asked where this is given; no other
        target depends on it.
    devices
        Accelerators that train one model: a number, or as many as the size found takes.
    device, device_range
        The accelerator that sizes are counted in, and the numbers of it between which the step
        MFU follows the number; beyond them it is that of the nearer end.
    goodput, scale_penalty, fp8_gain
        What a regime of hardware takes for granted (`model.delivered.regime`): the goodput of every
        campaign; whether step MFU and goodput fall with the number of devices; how many times as
        fast training in FP8 is as in 16 bits on the same devices, None where that is estimated.
    run_length
        Whether campaigns take `days`, or as long as the frontier's runs of the year.
    walls, wall_spread
        Whether needs beyond what is not thought possible at all are flagged or taken out, and the
        sd of log10 of such a limit, dex.
    national_funding, national_lag
        Whose flagships target `national` follows (`priors.selection.flagships`), and whether
        their lag goes on growing as estimated or stays what it has been on average.
    """

    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    years: Annotated[tuple[Annotated[float, Field(ge=1950, le=2100)], ...], Field(min_length=1)]
    days: Annotated[tuple[Annotated[float, Field(ge=1e-3, le=1e5)], ...], Field(min_length=1)]
    run_length: Literal["days", "frontier"]
    walls: Literal["flag", "truncate"]
    wall_spread: Annotated[float, Field(gt=0, le=3)]
    lag_years: Annotated[float, Field(ge=0, le=50)] | None = None
    national_funding: FundingClass
    national_lag: LagGrowth
    tokens_ratio: Annotated[float, Field(ge=1e-3, le=1e4)]
    precisions: Annotated[tuple[Dense, ...], Field(min_length=1)]
    devices: Count | Literal["from-size"]
    device: Device
    device_range: tuple[Positive, Positive]
    uptime: Annotated[float, Field(ge=1e-3, le=1)]
    goodput: Annotated[float, Field(gt=0, lt=1)] | Literal["estimated"]
    scale_penalty: Literal["estimated", "none"]
    fp8_gain: Annotated[float, Field(ge=0.1, le=2)] | None = None

    def machines(self, devices: float) -> tuple[Machine, ...]:
        """Return the machine of so many devices at each dense precision."""
        return tuple(Machine.at(self, precision, devices) for precision in self.precisions)

    @property
    def asked(self) -> tuple[Target, ...]:
        """Targets that are answered: those listed, and `lag` where a lag is given."""
        if self.lag_years is None or "lag" in self.targets:
            return self.targets
        return (*self.targets, "lag")

    @property
    def lengths(self) -> tuple[float, ...]:
        """Labels of the campaigns: their days, or NaN where these are the frontier's."""
        return (math.nan,) if self.run_length == "frontier" else self.days

    @property
    def headline(self) -> Target:
        """The target of questions that are put to one only."""
        return "frontier" if "frontier" in self.asked else self.asked[0]

    def only(self, *targets: Target) -> "Levers":
        """Return the levers with these targets and no other."""
        lag = self.lag_years if "lag" in targets else None
        return self.model_copy(update={"targets": targets, "lag_years": lag})

    @property
    def trend_years(self) -> tuple[float, ...]:
        """Decimal years at which a target reads the trend."""
        behind = [_YEARS_BEHIND[target](self) for target in self.asked if target in _YEARS_BEHIND]
        return tuple(year - years for year in self.years for years in dict.fromkeys(behind))

    @field_validator("targets", "years", "days", "precisions")
    @classmethod
    def _each_once(cls, values: tuple[object, ...]) -> tuple[object, ...]:
        if len(set(values)) < len(values):
            raise ValueError("each value once")
        return values

    @model_validator(mode="after")
    def _device_known(self) -> Self:
        if self.fp8_gain is not None and {"BF16", "FP8"} - set(self.device.tflops):
            raise ValueError(f"no fp8_gain for {self.device.name}, which has not both peaks")
        missing = [name for name in self.precisions if name not in self.device.tflops]
        if missing:
            raise ValueError(f"a peak of device {self.device.name} at {missing[0]}")
        low, high = self.device_range
        if not low < high:
            raise ValueError(f"device_range to increase, not {low:g} to {high:g}")
        return self

    @model_validator(mode="after")
    def _lag_given(self) -> Self:
        if "lag" in self.targets and self.lag_years is None:
            raise ValueError("lag_years beside target lag: the years behind the frontier")
        return self


#: Target that reads the trend → years behind the year that is asked.
_YEARS_BEHIND: dict[str, Callable[[Levers], float]] = {
    "record": lambda _: 0.0,
    "frontier": lambda _: 0.0,
    "national": lambda _: 0.0,
    "roadmap-chain": lambda _: 0.0,
    "lag": lambda levers: levers.lag_years or 0.0,
}
