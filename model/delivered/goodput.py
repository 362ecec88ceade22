"""Campaign over step MFU: how FLOP are counted, times goodput."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import special

from model.chain import share
from model.gaussian import Algebra

#: What is sampled; no part of it is Gaussian given the rest.
SAMPLED = (
    "campaign_counting",
    "campaign_counting_spread",
    "campaign_goodput",
    "campaign_goodput_devices",
    "campaign_goodput_moe",
    "campaign_goodput_spread",
)

#: The integral over a goodput that nobody states runs over pieces of its probability, whose edges
#: are equally far apart as standard normal quantiles.
_PIECES, _FARTHEST = 32, 4.3
_EDGES = special.ndtr(np.linspace(-_FARTHEST, _FARTHEST, _PIECES + 1))
_LOG_WEIGHTS = np.log(np.diff(_EDGES) / (_EDGES[-1] - _EDGES[0]))
#: A probability is kept this far from 0, where its quantile is not a number.
_EDGE = 1e-15
_LOG_TWO_PI = math.log(2 * math.pi)


def log_likelihood(
    algebra: Algebra, data: Mapping[str, Any], at: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Log density of each goodput row, and of each campaign given the goodput stated for it.

    logit g = g₀ − h log10(devices / pivot) + m [mixture of experts] + N(0, s_g) and
    ln(campaign MFU / step MFU) = c + ln g, c ~ N(c₀, s_c). A row of "at least b" says that g ≥ b.
    Where a campaign's goodput is not stated, or only bounded, it is integrated out.

    Parameters
    ----------
    data
        What `model.delivered.campaigns.Campaigns.arrays` returns.
    at
        The `SAMPLED` parameters, each of shape (...).

    Returns
    -------
    tuple
        Shapes (..., goodput_row) and (..., campaign), nat.
    """
    spread = at["campaign_goodput_spread"][..., None]
    mean = goodput_logit(at, data["goodput_devices"], data["goodput_moe"])
    bounded, side = data["goodput_bounded"], data["goodput_side"]
    variance = spread**2 + data["goodput_sd"] ** 2
    stated = _normal(algebra, data["goodput_logit"] - mean, variance)
    beyond = side * (data["goodput_logit"] - mean) / (spread + _EDGE)
    above = algebra.log(algebra.erfc(beyond / math.sqrt(2)) / 2 + 1e-300)
    goodput = (1 - bounded) * stated + bounded * above
    return goodput, _campaigns(algebra, data, at)


def goodput_logit(at: Mapping[str, Any], decades: Any, moe: Any) -> Any:
    """Return the mean logit of the goodput.

    Parameters
    ----------
    decades, moe
        log10 of devices over the pivot, and whether the model is a mixture of experts; shape
        (row,).

    Returns
    -------
    array
        Shape (..., row).
    """
    level, slope, mixture = (
        at[name][..., None]
        for name in ("campaign_goodput", "campaign_goodput_devices", "campaign_goodput_moe")
    )
    return level - slope * decades + mixture * moe


def _campaigns(algebra: Algebra, data: Mapping[str, Any], at: Mapping[str, Any]) -> Any:
    """Log density of ln(campaign over step) given what is known of the goodput."""
    spread = at["campaign_goodput_spread"][..., None, None]
    mean = goodput_logit(at, data["campaign_devices"], data["campaign_moe"])[..., None]
    side = data["campaign_side"][:, None]
    # Beyond a bound, quantiles of the part of the distribution that lies there.
    beyond = side * (data["campaign_bound"][:, None] - mean) / (spread + _EDGE)
    part = algebra.erfc(beyond / math.sqrt(2)) / 2
    left = algebra.clip(part * _EDGES, _EDGE, 1 - _EDGE)
    z = -side * math.sqrt(2) * algebra.erfinv(2 * left - 1)
    known = data["campaign_known"][:, None]
    logit = known * data["campaign_logit"][:, None] + (1 - known) * (mean + spread * z)
    log_goodput = algebra.log(share(logit))
    first, last = log_goodput[..., :-1], log_goodput[..., 1:]
    expected = at["campaign_counting"][..., None, None] + (first + last) / 2
    # A piece is as wide as its ends are apart: it is smooth however small the other spreads are.
    variance = (
        at["campaign_counting_spread"][..., None, None] ** 2
        + data["campaign_sd"][:, None] ** 2
        + (last - first) ** 2 / 12
    )
    terms = _LOG_WEIGHTS + _normal(
        algebra, data["campaign_log_ratio"][:, None] - expected, variance
    )
    largest = terms.max(-1)
    return largest + algebra.log(algebra.exp(terms - largest[..., None]).sum(-1))


def _normal(algebra: Algebra, residual: Any, variance: Any) -> Any:
    return -(residual**2 / variance + algebra.log(variance) + _LOG_TWO_PI) / 2
