"""Acceptance test of a machine: a model trained on some devices."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from priors.documents import DATA, read_toml, validate
from priors.errors import ScenarioError
from priors.machine import Count
from priors.records.row import Positive

_FILE = DATA / "acceptance.toml"


class AcceptanceTest(BaseModel):
    """A model that is trained for a while on a part of the machine.

    Attributes
    ----------
    parameters
        Of the model, used per token.
    devices
        On which it is trained.
    rationale
        Why these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    parameters: Positive
    devices: Count
    rationale: Annotated[str, Field(min_length=10)]

    def override(self, changes: dict[str, Any]) -> "AcceptanceTest":
        """Return a copy with some keys set; raises `ScenarioError` on a value that cannot be."""
        return validate(AcceptanceTest, {**self.model_dump(), **changes}, "test", ScenarioError)


def load_acceptance_test() -> AcceptanceTest:
    """Read the test; raises `ScenarioError` on a record that breaks the schema."""
    document = read_toml(_FILE, ScenarioError)
    return validate(AcceptanceTest, document["test"], f"{_FILE.name} [test]", ScenarioError)
