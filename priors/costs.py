"""Costs of a machine that turns out too small or too large."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from priors.documents import DATA, read_toml, validate
from priors.errors import PriorError
from priors.records.row import Positive

COSTS = DATA / "costs.toml"

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
        return validate(LossChoice, {**self.model_dump(), **changes}, "loss", PriorError)


def load_loss(path: Path = COSTS) -> LossChoice:
    """Read the section `loss` of a file of costs.

    Raises
    ------
    PriorError
        No such file or section, an unknown key, a cost that is not positive.
    """
    document = read_toml(path, PriorError)
    if not isinstance(document.get("loss"), dict):
        raise PriorError(path.name, "no table [loss]", "the costs of a wrong size")
    return validate(LossChoice, document["loss"], f"{path.name} [loss]", PriorError)
