"""Records of training runs, of their trend and of its ceilings."""

from typing import Annotated, Literal

from pydantic import Field

from priors.records.row import Count, Finite, Flop, Grade, Positive, Row, Share, UsedRow


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
    training_flop: Flop
    confidence: Grade
    vintage: str
    frontier_as_compiled: bool | None = None
    revised_id: str | None = None
    reference: str | None = None


type Funding = Literal["public", "sovereign", "mixed", "non-profit"]


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
    training_flop: Flop
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
    """A published growth rate of the frontier: of its FLOP, its power or the length of its runs."""

    units = ("OOM/yr",)

    study: str
    selection: str
    quantity: Literal["training FLOP", "computing power", "run length"]
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


class RunLengthRow(UsedRow):
    """How long a training run took, from the first step of the final model to the last.

    Attributes
    ----------
    days
        Wall-clock days, or device-hours over devices.
    training_run_id
        The same run in `training_runs.csv`.
    basis
        How the length is known: as reported, from a measured `rate` of the steps, or from FLOP
        and an assumed `efficiency`.
    use
        `frontier`: an entrant of the running top ten, trained from scratch, whose length is known
        independently of an efficiency; `listed` otherwise, and `reason` says why.
    """

    units = ("days",)

    system: str
    days: Positive
    training_run_id: str | None = None
    confidence: Grade
    basis: Literal["reported", "rate", "efficiency"]
    use: Literal["frontier", "listed"]
