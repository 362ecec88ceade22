"""Records of what machines deliver."""

from typing import Literal, Self

from pydantic import ValidationInfo, field_validator, model_validator

from priors.errors import EvidenceError
from priors.machine import DENSE, Dense, Machine
from priors.records.row import Count, Positive, Row, Share, UsedRow
from priors.units import FLOP_PER_PARAMETER_TOKEN, HOURS_PER_DAY

#: An efficiency above 1 and below this is no percentage that anybody reports.
_LEAST_PER_CENT = 2.0

type Precision = Literal["BF16", "FP16", "FP8", "MXFP8", "NVFP4", "INT8"]


class EfficiencyRow(Row):
    """Columns of both efficiency tables: a share of a named dense peak.

    Attributes
    ----------
    team
        The machine or team, where several systems are of one: their rows share an effect.
    """

    units = ("1",)

    system: str
    team: str | None = None
    parameters: Positive | None = None
    active_parameters: Positive | None = None
    accelerator: str
    devices: Count | None = None
    peak_tflops: Positive | None = None
    precision: Precision
    efficiency: Share
    confidence: str

    @field_validator("devices", mode="before")
    @classmethod
    def _whole_count(cls, value: object) -> object:
        return value.removesuffix(".0") if isinstance(value, str) else value

    @field_validator("efficiency", mode="before")
    @classmethod
    def _share_not_per_cent(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str) or not value.replace(".", "", 1).isdigit():
            return value
        if 1 < float(value) < _LEAST_PER_CENT:
            peak, device = info.data.get("peak_tflops"), info.data.get("accelerator")
            raise ValueError(
                f"a share below 1: more than the peak was achieved, so is {peak or 'the peak'} "
                f"that of another device than {device}, or of another precision?"
            )
        if float(value) > 1:
            raise ValueError(f"a share between 0 and 1; write {float(value) / 100:g}, not {value}")
        return value

    @property
    def group(self) -> str:
        """Name of the machine or team; the system itself where it is the only one."""
        return self.team or self.system

    @property
    def is_moe(self) -> bool:
        """Whether fewer parameters are active than the model has."""
        return (
            self.active_parameters is not None
            and self.parameters is not None
            and self.active_parameters < self.parameters
        )


class UtilisationRow(EfficiencyRow, UsedRow):
    """Utilisation while stepping, as reported.

    `definition` is MFU (6N or 6N + 12sLh, no recomputation), HFU (hardware FLOP), FORGE
    (6N + 60sLh) or unclear; only MFU rows may be used as step MFU.
    """

    definition: Literal["MFU", "HFU", "FORGE", "unclear"]
    achieved_tflops: Positive | None = None
    kind: Literal["production", "hpc", "benchmark", "mlperf", "vendor-benchmark", "rumour"]
    stack: Literal["hyperscale", "open-hpc"]
    use: Literal["step-mfu", "listed"]

    @model_validator(mode="after")
    def _one_definition(self) -> Self:
        if self.use == "step-mfu" and self.definition != "MFU":
            raise ValueError(
                f"definition 'MFU' wherever use is 'step-mfu', not {self.definition!r}: "
                "efficiencies of different definitions are not mixed"
            )
        return self

    @property
    def machine(self) -> Machine:
        """The machine that the row is of; raises `EvidenceError` where it does not say."""
        precision = DENSE.get(self.precision)
        if self.devices is None:
            raise self._unstated("devices", "nothing", "a count")
        if precision is None:
            raise self._unstated("precision", self.precision, f"one of {', '.join(DENSE)}")
        return Machine(
            devices=self.devices,
            moe=self.is_moe,
            open_hpc_stack=self.stack == "open-hpc",
            precision=precision,
            peak_tflops=self.peak_tflops,
        )

    def _unstated(self, column: str, found: str, expected: str) -> EvidenceError:
        where = f"utilisation.csv, {self.id}, {column}"
        return EvidenceError(where, found, f"{expected} wherever use is 'step-mfu'")


class CampaignRow(EfficiencyRow):
    """MFU of a whole campaign: 6ND over accelerator-hours and peak."""

    definition: Literal["campaign MFU"]
    tokens: Positive | None = None
    training_flop: Positive | None = None
    device_hours: Positive | None = None
    days: Positive | None = None
    step_id: str | None = None

    @property
    def flop(self) -> float | None:
        """Training FLOP as stated, else 6 × active parameters × tokens; None where unknown."""
        if self.training_flop is not None:
            return self.training_flop
        active = self.active_parameters or self.parameters
        if active is None or self.tokens is None:
            return None
        return FLOP_PER_PARAMETER_TOKEN * active * self.tokens

    @property
    def hours(self) -> float | None:
        """Device-hours as stated, else days × devices × 24; None where unknown."""
        if self.device_hours is not None:
            return self.device_hours
        if self.days is None or self.devices is None:
            return None
        return self.days * HOURS_PER_DAY * self.devices

    @property
    def length_days(self) -> float | None:
        """Days that stated device-hours take on all devices, else the stated days."""
        if self.device_hours is None or self.devices is None:
            return self.days
        return self.device_hours / self.devices / HOURS_PER_DAY


class GoodputRow(UsedRow):
    """Share of a campaign's time that the steps of the final model take (ETTR).

    Attributes
    ----------
    goodput
        Effective training time over wall-clock time; what failures, restarts and checkpoints
        leave. `bound` says whether it is a value, or one that the goodput reaches or does not.
    campaign_id
        The same campaign in `campaigns.csv`.
    """

    units = ("1",)

    system: str
    architecture: Literal["dense", "moe", "unknown"]
    accelerator: str | None = None
    devices: Count
    days: Positive | None = None
    goodput: Share
    bound: Literal["value", "at least", "below"]
    confidence: str
    use: Literal["goodput", "listed"]
    campaign_id: str | None = None


class AcceleratorRow(Row):
    """Dense peaks of one device, its power and its price.

    Attributes
    ----------
    bf16_tflops, fp8_tflops
        Dense peaks, TFLOP/s; empty where it has none.
    watts
        Power of the board, or all in where the note says so.
    price_usd
        Of one device, with its part of the machine as `price_basis` says.
    """

    units = ("TFLOP/s",)

    accelerator: str
    vendor: str
    bf16_tflops: Positive
    fp8_tflops: Positive | None = None
    watts: Positive | None = None
    price_usd: Positive | None = None
    price_basis: str | None = None
    status: Literal["shipped", "announced", "target"]

    @property
    def tflops(self) -> dict[Dense, float]:
        """Peak by dense precision, as far as the device has it."""
        peaks: dict[Dense, float] = {"BF16": self.bf16_tflops}
        if self.fp8_tflops is not None:
            peaks["FP8"] = self.fp8_tflops
        return peaks
