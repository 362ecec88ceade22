"""Systematic resampling of weighted points."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def systematic(weights: NDArray[np.float64], count: int, rng: Generator) -> NDArray[np.intp]:
    """Choose points by systematic resampling (Kitagawa 1996), in their own order.

    Returns
    -------
    ndarray, shape (count,)
        A point of normalised weight w is chosen one of the two whole numbers next to count · w
        times.
    """
    position = (np.arange(count) + rng.random()) / count
    cumulative = np.cumsum(weights)
    chosen: NDArray[np.intp] = np.searchsorted(cumulative / cumulative[-1], position)
    return np.minimum(chosen, len(weights) - 1)
