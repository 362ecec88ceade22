"""Arguments of a sampler: method, draws and chains."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from priors.errors import ScenarioError


class DrawingError(ScenarioError):
    """Priors and evidence leave a posterior that no sampler here can draw."""


type SamplerName = Literal["exact", "nuts"]
#: Called with draws finished and draws in all.
type Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sampler:
    """Arguments of a fit.

    Attributes
    ----------
    name
        `exact` (`model.sampling.exact`) or `nuts` (`model.sampling.nuts`).
    draws, chains
        Draws per chain, and chains. The default of 4 × 5000 draws is what the 95 % quantile of
        required EFLOPS needs for an MCSE of about 2 %. Chains of exact draws are independent
        draws cut into parts of equal length.
    tune, target_accept
        Of NUTS only: draws of adaptation per chain, and mean acceptance probability that the step
        size is adapted to.
    cores
        Blocks, or chains of NUTS, that are drawn at the same time; the draws do not depend on it.
    """

    name: SamplerName = "exact"
    draws: int = 5000
    chains: int = 4
    tune: int = 1000
    target_accept: float = 0.9
    cores: int = 2
