"""Yardsticks: machines that a requirement is set beside."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from priors.documents import DATA, read_toml, validate
from priors.errors import EvidenceError
from priors.machine import Dense
from priors.records.row import Positive

_FILE = DATA / "yardsticks.toml"


class Yardstick(BaseModel):
    """A machine that is built or planned.

    Attributes
    ----------
    peak_eflops
        By dense precision.
    effective_eflops
        What it is meant to deliver in training.
    megawatts
        Its power.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    status: str
    peak_eflops: dict[Dense, Positive]
    effective_eflops: Positive
    megawatts: Positive
    sources: Annotated[tuple[str, ...], Field(min_length=1)]


def load_yardsticks() -> dict[str, Yardstick]:
    """Read the yardsticks by id; raises `EvidenceError` on a record that breaks the schema."""
    document = read_toml(_FILE, EvidenceError)
    return {
        key: validate(Yardstick, record, f"{_FILE.name} [{key}]", EvidenceError)
        for key, record in document.items()
    }
