"""Regressions given each draw of the line, with a grid of variances."""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from model.gaussian import Array, Integrated, solve_upper
from priors.elicit import Standardised


def cells_of(prior: Standardised, count: int) -> Array:
    """Quantiles of a prior in the middle of steps of equal probability.

    Returns
    -------
    ndarray, shape (cell,)
        All equally probable a priori, so that their posterior weights are their likelihoods.
    """
    return prior.quantiles((np.arange(count) + 0.5) / count)


def within_cell(prior: Standardised, count: int, cell: NDArray[np.intp], rng: Generator) -> Array:
    """Draw from the prior inside the cell of each draw: a cell's likelihood is that of its middle.

    Returns
    -------
    ndarray
        Of the shape of `cell`.
    """
    return prior.quantiles((cell + rng.random(cell.shape)) / count)


def draw_cell(models: Sequence[Integrated], rng: Generator) -> tuple[NDArray[np.intp], Array]:
    """Draw a cell of the grid for each draw, and the coefficients given the cell.

    Parameters
    ----------
    models
        Likelihoods of shape (draw, cell) with their coefficients integrated out
        (`model.gaussian.integrate_rows_out`); the cells of all models make the grid.

    Returns
    -------
    tuple of ndarray
        Number of the cell, shape (draw,), and coefficients in units of their prior scale, shape
        (draw, coefficient).
    """
    log_likelihood = np.concatenate([one.log_likelihood for one in models], axis=-1)
    weights = np.exp(log_likelihood - log_likelihood.max(axis=-1, keepdims=True))
    reached = weights.cumsum(axis=-1)
    point = rng.random((len(reached), 1)) * reached[:, -1:]
    cell = (reached < point).sum(axis=-1)
    factors = np.concatenate([np.broadcast_to(one.cholesky, _per_cell(one)) for one in models])
    shift = np.concatenate([one.shift for one in models], axis=-2)
    shift = np.take_along_axis(shift, cell[:, None, None], axis=-2)[:, 0]
    upper = factors[cell].swapaxes(-1, -2)
    return cell, solve_upper(upper, shift + rng.standard_normal(shift.shape))


def _per_cell(model: Integrated) -> tuple[int, int, int]:
    """Shape of one Cholesky factor per cell."""
    coefficients = model.cholesky.shape[-1]
    return model.log_likelihood.shape[-1], coefficients, coefficients
