"""Priors from stated quantiles, and quantiles of priors.

Equal-tailed quantiles are matched exactly: two of them fix a two-parameter family, one fixes a
one-parameter family. Nothing is fitted by least squares or maximum entropy, so that "5 % below
16 %, 5 % above 40 %" means just that.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

if TYPE_CHECKING:
    from scipy import stats


def _log10(value: float) -> float:
    if value <= 0:
        raise ValueError(f"a value above 0 where transform is 'log10', not {value:g}")
    return math.log10(value)


def _logit(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError(f"a share between 0 and 1 where transform is 'logit', not {share:g}")
    return math.log(share / (1 - share))


#: Monotone scales on which a family may be stated: name → (to that scale, back).
TRANSFORMS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "identity": (lambda x: x, lambda x: x),
    "log10": (_log10, lambda x: float(10**x)),
    "logit": (_logit, lambda x: 1 / (1 + math.exp(-x))),
}


@dataclass(frozen=True)
class Standardised:
    """A prior as `loc + scale · base`, the form in which the model reads every prior.

    Attributes
    ----------
    family
        Of the base: standard normal, standard half-normal, or Beta(shape, shape) of a
        correlation −1 + 2 · base: LKJ(shape) of two variables (Lewandowski et al. 2009).
    loc, scale
        On the prior's own (transformed) scale; a scale of 0 is a fixed value.
    shape
        Of a beta base; 1 where the family has none.
    """

    family: str
    loc: float
    scale: float
    shape: float = 1.0

    def distribution(self) -> "stats.distributions.rv_frozen":
        """Return the frozen SciPy distribution; `scale` must not be 0."""
        from scipy import stats  # takes longer to import than most commands take to answer

        if self.family == "normal":
            return stats.norm(self.loc, self.scale)
        if self.family == "half-normal":
            return stats.halfnorm(self.loc, self.scale)
        if self.family == "lkj":
            return stats.beta(self.shape, self.shape, self.loc, self.scale)
        raise ValueError(f"no distribution for family {self.family!r}")

    def quantile(self, probability: float) -> float:
        """Quantile on the prior's own scale; the value itself where it is fixed."""
        return float(self.quantiles(np.array(probability)))

    def quantiles(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Quantiles on the prior's own scale, of the shape of their probabilities."""
        if self.scale == 0:
            return np.full_like(probabilities, self.loc)
        base = {
            "normal": lambda: special.ndtri(probabilities),
            "half-normal": lambda: special.ndtri((1 + probabilities) / 2),
            "lkj": lambda: special.betaincinv(self.shape, self.shape, probabilities),
        }[self.family]()
        return np.asarray(self.loc + self.scale * base)


def normal_from_quantiles(quantiles: dict[float, float]) -> Standardised:
    """Return the normal with two given quantiles (on the scale of the normal).

    Raises
    ------
    ValueError
        Not two quantiles, or not increasing.
    """
    if len(quantiles) != 2:
        raise ValueError("two quantiles for a normal family")
    (low_p, low), (high_p, high) = sorted(quantiles.items())
    if not low < high:
        raise ValueError("quantiles that increase with their probability")
    low_z, high_z = special.ndtri([low_p, high_p])
    scale = (high - low) / (high_z - low_z)
    return Standardised("normal", loc=float(low - scale * low_z), scale=float(scale))


def half_normal_from_quantiles(quantiles: dict[float, float]) -> Standardised:
    """Return the half-normal with one given quantile; raises ValueError on any other count."""
    if len(quantiles) != 1:
        raise ValueError("one quantile for a half-normal family")
    ((probability, value),) = quantiles.items()
    if not value > 0:
        raise ValueError("a quantile above 0 for a half-normal family")
    return Standardised(
        "half-normal", loc=0.0, scale=float(value / special.ndtri((1 + probability) / 2))
    )


def interval_sd(low: float, high: float, mass: float) -> float:
    """Return the standard deviation of the normal whose central `mass` interval is (low, high)."""
    return float((high - low) / (2 * special.ndtri((1 + mass) / 2)))


def rounding_sd(decimals: int) -> float:
    """Return the sd of a number rounded to `decimals`: uniform over the last digit."""
    return float(10.0**-decimals / math.sqrt(12))


def printed_decimals(value: float) -> int:
    """Decimals that a number needs in print, e.g. 3 for 0.326; trailing zeros are lost."""
    return max(1, -int(Decimal(repr(value)).as_tuple().exponent))
