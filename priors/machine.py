"""Machine, and its covariates in the model of step MFU."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from priors.units import FLOP_PER_EXAFLOP, FLOP_PER_TERAFLOP

type Dense = Literal["BF16", "FP8"]
type Count = Annotated[int, Field(gt=0, le=1_000_000_000)]

#: Precision of a published row → the dense precision whose step MFU the model states; all
#: formats of 16 bit count as one, and so do those of 8-bit floating point.
DENSE: dict[str, Dense] = {"BF16": "BF16", "FP16": "BF16", "FP8": "FP8", "MXFP8": "FP8"}


class Build(BaseModel):
    """Features of a machine and its software that bear on step MFU at any precision.

    Attributes
    ----------
    moe
        Whether a mixture of experts is trained.
    open_hpc_stack
        Whether the software is that of open HPC systems, and not a hyperscaler's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    moe: bool
    open_hpc_stack: bool


class Device(BaseModel):
    """An accelerator: its peak by dense precision, and its power.

    Attributes
    ----------
    name
        What it is called.
    tflops
        Peak at each dense precision, TFLOP/s.
    kilowatts
        Power of a device with its share of the machine around it, kW.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    tflops: dict[Dense, Annotated[float, Field(gt=0, allow_inf_nan=False)]]
    kilowatts: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Machine(Build):
    """A build of so many devices at one dense precision.

    Attributes
    ----------
    devices
        Accelerators that train one model.
    precision
        Dense precision in which the machine trains.
    peak_tflops
        Peak of one device at that precision, TFLOP/s; None where it is not known.
    """

    devices: Count
    precision: Dense
    peak_tflops: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None

    @staticmethod
    def at(build: Build, precision: Dense, devices: float) -> "Machine":
        """Return a build at a precision; the build is valid already, or varied by a small step."""
        chosen = {name: getattr(build, name) for name in Build.model_fields}
        chosen |= {"precision": precision, "devices": devices}
        return Machine.model_construct(**chosen)

    @property
    def peak_eflops(self) -> float | None:
        """Peak of all devices, EFLOPS; None where that of one device is not known."""
        if self.peak_tflops is None:
            return None
        return self.devices * self.peak_tflops * FLOP_PER_TERAFLOP / FLOP_PER_EXAFLOP


@dataclass(frozen=True)
class Covariate:
    """A term of the regression of step MFU: its coefficient is a parameter of the model.

    Attributes
    ----------
    long_name
        What the coefficient is, logit.
    value
        What a machine has of it, given the device count at which `mfu_median` is stated.
    """

    long_name: str
    value: Callable[[Machine, float], float]


#: Coefficient → covariate, in the order of the columns of the regression. A new covariate is a
#: line here, with its prior in `priors.toml`; one that a buyer chooses is a field of `Build`, with
#: its value in the baseline scenario.
COVARIATES: dict[str, Covariate] = {
    "mfu_fp8": Covariate("shift on an FP8 peak", lambda machine, _: machine.precision == "FP8"),
    "mfu_moe": Covariate("shift for mixture-of-experts models", lambda machine, _: machine.moe),
    "mfu_hpc": Covariate("shift for open HPC stacks", lambda machine, _: machine.open_hpc_stack),
    "mfu_devices": Covariate(
        "shift per decade of devices",
        lambda machine, pivot: float(np.log10(machine.devices / pivot)),
    ),
}


def mfu_design(machine: Machine, device_pivot: float) -> dict[str, float]:
    """Row of the regression of step MFU for a machine: coefficient → covariate.

    Parameters
    ----------
    device_pivot
        Devices at which `mfu_median` is stated, the constant `mfu_device_pivot`.
    """
    covariates = {name: float(one.value(machine, device_pivot)) for name, one in COVARIATES.items()}
    return {"mfu_median": 1.0, **covariates}
