"""What it costs to choose a size that turns out too small or too large."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from priors.errors import PriorError
from priors.evidence import DATA
from priors.records import Positive
from priors.validation import explain

DECISION = DATA / "decision.toml"

type LossScale = Literal["log10", "linear"]


class LossChoice(BaseModel):
    """Costs of a miss, proportional to its size on a scale.

    Attributes
    ----------
    cost_too_small, cost_too_large
        Cost a unit of shortfall and of excess; only their ratio bears on the best size.
    scale
        The unit: `log10`, a dex (a factor of ten); `linear`, an EFLOPS.
    rationale
        Why these.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cost_too_small: Positive
    cost_too_large: Positive
    scale: LossScale
    rationale: Annotated[str, Field(min_length=10)]

    @property
    def best_probability(self) -> float:
        """Probability with which the best size suffices, cu / (cu + co): the critical fractile.

        Both scales give the same size, as a quantile moves with any rising function of the need
        (Arrow, Harris & Marschak 1951; the newsvendor).
        """
        return self.cost_too_small / (self.cost_too_small + self.cost_too_large)

    def override(self, changes: dict[str, Any]) -> "LossChoice":
        """Return a copy with some keys set; raises `PriorError` where a value breaks the schema."""
        return _validate({**self.model_dump(), **changes}, "loss")


def load_loss(path: Path = DECISION) -> LossChoice:
    """Read the section `loss` of a decision file.

    Raises
    ------
    PriorError
        No such file or section, an unknown key, a cost that is not positive.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PriorError(path.name, str(error), "a readable TOML file") from error
    if not isinstance(document.get("loss"), dict):
        raise PriorError(path.name, "no table [loss]", "the costs of a wrong size")
    return _validate(document["loss"], f"{path.name} [loss]")


def _validate(record: dict[str, Any], where: str) -> LossChoice:
    try:
        return LossChoice.model_validate(record)
    except ValidationError as error:
        key, found, expected = explain(error, LossChoice.model_fields)
        raise PriorError(f"{where} {key}", found, expected) from error
