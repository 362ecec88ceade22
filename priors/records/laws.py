"""Records of published scaling laws."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from priors.imports.point_sketch import PATTERN
from priors.records.row import Count, Positive, Row, Share


class StudyRow(Row):
    """A published law of compute-optimal models: N_opt ∝ C^a, D_opt ∝ C^b, and N_opt at one C.

    Attributes
    ----------
    size_flop, size_parameters
        Training FLOP near the middle of the study's own runs, where the errors of size and
        exponent are uncorrelated, and the compute-optimal parameters for them.
    size_sd
        Standard error of log10 of the latter, dex.
    computed_from
        The runs behind the fit: rows of one set of runs share its effect.
    points
        Fingerprint of the points behind the fit (`priors.imports.point_sketch`), where they are at
        hand: two rows of overlapping points must not both enter a fit.
    superseded_by
        A row that corrects this one: once it is known, this one enters no fit.
    """

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
    size_flop: Positive | None = None
    size_parameters: Positive | None = None
    size_sd: Positive | None = None
    computed_from: str
    points: Annotated[str, Field(pattern=PATTERN.pattern)] | None = None
    set: Literal["roadmap", "updated", "listed"]
    reason: str | None = None
    superseded_by: str | None = None
    confidence: str
    printed_in: str

    @model_validator(mode="after")
    def _reason_where_listed(self) -> Self:
        if self.set == "listed" and not self.reason:
            raise ValueError("a reason wherever set is 'listed'")
        return self

    @model_validator(mode="after")
    def _size_with_its_flop(self) -> Self:
        if (self.size_flop is None) != (self.size_parameters is None):
            raise ValueError("size_flop and size_parameters together")
        if self.size_sd is not None and self.size_parameters is None:
            raise ValueError("size_parameters wherever size_sd is given")
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
