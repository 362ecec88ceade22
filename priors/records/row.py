"""Columns that every row of evidence has, and their types."""

import re
from datetime import date
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from priors.sources import Slug, Verification
from priors.units import decimal_year

type Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
#: Training FLOP, between bounds that any run keeps by far.
type Flop = Annotated[float, Field(ge=1, le=1e60, allow_inf_nan=False)]
type Finite = Annotated[float, Field(allow_inf_nan=False)]
type Share = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
type Count = Annotated[int, Field(gt=0)]
type Grade = Literal["Confident", "Likely", "Speculative", "ungraded"]


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
    dated_by
        What made the figure public on that day, where that is earlier than its source.
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
    dated_by: str | None = None
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


class UsedRow(Row):
    """Columns of a table of which some rows enter the model and the rest are kept for reference.

    Attributes
    ----------
    use
        What the row enters; `listed`: nothing, and `reason` says why.
    """

    use: str
    reason: str | None = None

    @model_validator(mode="after")
    def _reason_where_listed(self) -> Self:
        if self.use == "listed" and not self.reason:
            raise ValueError("a reason wherever use is 'listed'")
        return self
