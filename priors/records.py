"""Record of one row of each evidence table."""

import re
from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from priors.errors import EvidenceError
from priors.machine import DENSE, Machine
from priors.sources import Slug, Verification
from priors.units import FLOP_PER_PARAMETER_TOKEN, HOURS_PER_DAY, decimal_year

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
type Finite = Annotated[float, Field(allow_inf_nan=False)]
type Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
type Count = Annotated[int, Field(gt=0)]

type Grade = Literal["Confident", "Likely", "Speculative", "ungraded"]
type Funding = Literal["public", "sovereign", "mixed", "non-profit"]
type Precision = Literal["BF16", "FP16", "FP8", "MXFP8", "NVFP4", "INT8"]


class Row(BaseModel):
    """Columns that every row of evidence has.

    Attributes
    ----------
    published
        The day the figure became known; `as_of` keeps rows up to that day.
    verification
        How the figure was read (`priors.sources.Verification`).
    definition
        What exactly was measured; rows of different definitions are never mixed.
    erratum
        What is wrong with the figure as printed, where it is; an acknowledged misprint.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    units: ClassVar[tuple[str, ...]]

    id: Slug
    published: date
    unit: str
    verification: Verification
    definition: Annotated[str, Field(min_length=1)]
    source: str
    erratum: str | None = None
    note: str | None = None

    @field_validator("unit")
    @classmethod
    def _unit_of_the_table(cls, unit: str) -> str:
        if unit not in cls.units:
            raise ValueError(" or ".join(repr(known) for known in cls.units))
        return unit

    @field_validator("published", mode="before")
    @classmethod
    def _iso_date(cls, value: object) -> object:
        if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise ValueError("an ISO date, YYYY-MM-DD")  # a bare number would be a Unix time
        return value

    @property
    def year(self) -> float:
        """Decimal year of publication."""
        return decimal_year(self.published)


class GradeRow(Row):
    """Noise of a confidence grade: a multiplicative factor and its probability."""

    units = ("dex",)

    grade: Grade
    factor: Annotated[float, Field(gt=1, allow_inf_nan=False)]
    interval_mass: Share
    sd: Positive


class RunRow(Row):
    """A training run: its date and its training FLOP."""

    units = ("FLOP",)

    system: str
    organization: str
    architecture: Literal["dense", "moe", "unknown"] = "unknown"
    parameters: Positive | None = None
    active_parameters: Positive | None = None
    tokens: Positive | None = None
    training_flop: Positive
    confidence: Grade
    vintage: str
    frontier_as_compiled: bool | None = None
    revised_id: str | None = None
    reference: str | None = None


class NationalRunRow(Row):
    """A training run of a national, public or sovereign programme.

    Attributes
    ----------
    programme
        Whose largest run so far is its flagship.
    funding
        `public`, `sovereign` (state-backed), `mixed` (commercial with public support) or
        `non-profit`: a classification made here.
    from_scratch
        False where training went on from weights of others: the FLOP are those of the continued
        part only.
    training_run_id
        The same run in `training_runs.csv`.
    """

    units = ("FLOP",)

    system: str
    programme: str
    organization: str
    country: str
    funding: Funding
    machine: str | None = None
    parameters: Positive
    active_parameters: Positive
    tokens: Positive
    training_flop: Positive
    from_scratch: bool
    training_run_id: str | None = None
    confidence: Grade
    reference: str | None = None


class CeilingRow(Row):
    """What is thought feasible, as an upper limit of a quantity.

    Attributes
    ----------
    quantity
        Of which a requirement may lie beyond; a peak is that of 16 bits.
    kind
        `likely-feasible`: thought possible by then; `wall`: not thought possible at all.
    by_year
        Of which it is a limit, and of all years before; None: of any year.
    """

    units = ("FLOP", "EFLOPS", "devices", "MW")

    ceiling: str
    quantity: Literal["training_flop", "peak_eflops", "devices", "megawatts"]
    kind: Literal["likely-feasible", "wall"]
    by_year: Finite | None = None
    value: Positive
    value_low: Positive | None = None
    value_high: Positive | None = None
    interval_mass: Share | None = None
    confidence: str


class TrendStudyRow(Row):
    """A published slope of training compute over time."""

    units = ("OOM/yr",)

    study: str
    selection: str
    systems: Count | None = None
    slope: Finite
    slope_low: Finite | None = None
    slope_high: Finite | None = None
    doubling_months: Positive | None = None
    doubling_low: Positive | None = None
    doubling_high: Positive | None = None
    interval_mass: Share | None = None
    computed_from: str
    confidence: str


class StudyRow(Row):
    """A published pair of compute-optimal exponents, N_opt ∝ C^a and D_opt ∝ C^b."""

    units = ("1",)

    study: str
    approach: str
    a: Share
    a_low: Share | None = None
    a_high: Share | None = None
    b: Share | None = None
    b_low: Share | None = None
    b_high: Share | None = None
    interval_mass: Share | None = None
    interval_kind: Literal["subsample", "bootstrap", "standard error", "none"]
    decimals: Count
    computed_from: str
    set: Literal["roadmap", "updated", "listed"]
    reason: str | None = None
    confidence: str
    printed_in: str

    @model_validator(mode="after")
    def _reason_where_listed(self) -> Self:
        if self.set == "listed" and not self.reason:
            raise ValueError("a reason wherever set is 'listed'")
        return self


class ProjectionRow(Row):
    """A line of a table of compute-optimal models: parameters, FLOP, tokens."""

    units = ("FLOP",)

    study: str
    approach: str
    parameters: Positive
    parameters_unit: str
    training_flop: Positive
    tokens: Positive | None = None
    reference_units: Positive | None = None
    reference_flop: Positive | None = None
    confidence: str
    printed_in: str


class EfficiencyRow(Row):
    """Columns of both efficiency tables: a share of a named dense peak."""

    units = ("1",)

    system: str
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
    def _share_not_per_cent(cls, value: object) -> object:
        if isinstance(value, str) and value.replace(".", "", 1).isdigit() and float(value) > 1:
            raise ValueError(f"a share between 0 and 1; write {float(value) / 100:g}, not {value}")
        return value

    @property
    def is_moe(self) -> bool:
        """Whether fewer parameters are active than the model has."""
        return (
            self.active_parameters is not None
            and self.parameters is not None
            and self.active_parameters < self.parameters
        )


class UtilisationRow(EfficiencyRow):
    """Utilisation while stepping, as reported.

    `definition` is MFU (6N or 6N + 12sLh, no recomputation), HFU (hardware FLOP), FORGE
    (6N + 60sLh) or unclear; only MFU rows may be used as step MFU.
    """

    definition: Literal["MFU", "HFU", "FORGE", "unclear"]
    achieved_tflops: Positive | None = None
    kind: Literal["production", "hpc", "benchmark", "mlperf", "vendor-benchmark", "rumour"]
    stack: Literal["hyperscale", "open-hpc"]
    use: Literal["step-mfu", "listed"]
    reason: str | None = None

    @model_validator(mode="after")
    def _one_definition(self) -> Self:
        if self.use == "step-mfu" and self.definition != "MFU":
            raise ValueError(
                f"definition 'MFU' wherever use is 'step-mfu', not {self.definition!r}: "
                "efficiencies of different definitions are not mixed"
            )
        if self.use == "listed" and not self.reason:
            raise ValueError("a reason wherever use is 'listed'")
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


class RoadmapFigureRow(Row):
    """A number that the roadmap prints, with the rule that recomputes it."""

    units = (
        *("FLOP", "EFLOP", "EFLOPS", "PFLOPS", "TFLOPS", "parameters", "tokens"),
        *("days", "year", "%", "1", "Gopher units", "tokens/parameter", "GCD"),
        *("parameters/FLOP^0.5", "tokens/FLOP^0.5"),
    )

    section: str
    quantity: str
    subject: str
    rule: str
    x: Finite | None = None
    x2: Finite | None = None
    printed: Finite
    digits: Count
    original: Finite | None = None
    original_source: str | None = None
    confidence: str
