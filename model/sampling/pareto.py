"""Pareto k̂ of importance weights.

Tested to agree with ArviZ, whose import alone takes as long as a whole fit by exact draws.
"""

import numpy as np

from model.gaussian import Array

#: Weight of the prior of k̂, in points, and its mean (Vehtari et al. 2024, appendix C).
_PRIOR_POINTS, _PRIOR_MEAN = 10, 0.5


def shape_of_tail(weights: Array, harmless: float) -> float:
    """Pareto k̂, and −inf where no weight is larger than `harmless` mean weights.

    k̂ extrapolates from the largest weights to those that were not drawn. Where nearly all weights
    are equal and a few are four times as large, the fit sees a heavy tail, although each of them
    has the influence of four draws out of thousands.
    """
    if weights.max() <= harmless * weights.mean():
        return -np.inf
    return pareto_k(weights)


def pareto_k(weights: Array) -> float:
    """Shape of the generalised Pareto distribution fitted to the largest weights.

    The tail are the min(S / 5, 3 √S) largest of S weights (Vehtari et al. 2024, section 3).

    Parameters
    ----------
    weights
        Shape (point,), not all zero.

    Returns
    -------
    float
        Below 0.5 the weights have a variance, below 0.7 they give a reliable estimate; −inf
        where the tail has no spread, as with equal weights.
    """
    ordered = np.sort(weights)
    size = int(min(0.2 * len(ordered), 3 * np.sqrt(len(ordered))))
    excess = ordered[-size:] - ordered[-size - 1]
    excess = excess[excess > 0] / ordered[-1]
    if len(excess) < 5 or excess[_quartile(len(excess))] <= excess[0]:
        return -np.inf
    shape = _shape(excess)
    prior = _PRIOR_POINTS * _PRIOR_MEAN
    return float((len(excess) * shape + prior) / (len(excess) + _PRIOR_POINTS))


def _shape(excess: Array) -> float:
    """Posterior mean of the shape over a grid (Zhang & Stephens 2009, eqs. 7–9).

    Parameters
    ----------
    excess
        Sorted exceedances, all positive.
    """
    count = len(excess)
    grid_size = 30 + int(np.sqrt(count))
    step = 1 - np.sqrt(grid_size / (np.arange(1, grid_size + 1) - 0.5))
    theta = 1 / excess[-1] + step / (3 * excess[_quartile(count)])
    shapes = np.log1p(-theta[:, None] * excess).mean(axis=1)
    log_profile = count * (np.log(-theta / shapes) - shapes - 1)
    posterior = np.exp(log_profile - log_profile.max())
    best = float((theta * posterior).sum() / posterior.sum())
    return float(np.log1p(-best * excess).mean())


def _quartile(count: int) -> int:
    return int(count / 4 + 0.5) - 1
