"""Lag of the flagships of national programmes behind the frontier."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from model.gaussian import NUMERIC, Array, Rows, integrate_rows_out
from model.given_line.variance_grid import cells_of, draw_cell, within_cell
from priors.prior_rows import Prior

#: Draws that are worked on at once, so that the grid stays in the processor's cache.
_AT_ONCE = 500
#: Cells of the spread between programmes, of which most have one flagship, and within them.
_BETWEEN_CELLS, _WITHIN_CELLS = 8, 20


def years_behind(line: Array, grid: Array, published: Array, log10_flop: Array) -> Array:
    """Years since the line of each draw passed the FLOP of each run.

    Parameters
    ----------
    line
        log10 FLOP of the line at `grid`, shape (draw, grid).
    grid
        Decimal years between which the line is straight, shape (grid,). Beyond them it goes on
        as it ends; where it falls, its largest value so far counts.
    published, log10_flop
        Of the runs, shape (run,); FLOP that each draw has of its own, shape (draw, run).

    Returns
    -------
    ndarray, shape (draw, run)
        Negative for a run ahead of the line.
    """
    rising = np.maximum.accumulate(line, axis=-1)
    draws = np.arange(len(line))
    behind = np.empty((len(line), len(published)))
    of_draws = np.broadcast_to(log10_flop, behind.shape)
    for run, (year, flop) in enumerate(zip(published, of_draws.T, strict=True)):
        after = np.clip((rising < flop[:, None]).sum(axis=-1), 1, len(grid) - 1)
        low, high = rising[draws, after - 1], rising[draws, after]
        slope = np.maximum(high - low, 1e-6) / (grid[after] - grid[after - 1])
        behind[:, run] = year - (grid[after - 1] + (flop - low) / slope)
    return behind


def draw_lags(
    behind: Array,
    since_pivot: Array,
    programmes: Sequence[str],
    priors: Mapping[str, Prior],
    *,
    growing: bool,
    rng: Generator,
) -> dict[str, Array]:
    """Draw the law of the lag, given the lags of past flagships behind each draw's line.

    lag_i = α + κ t_i + u_programme + e_i, with u ~ N(0, ω), e ~ N(0, σ) and t the years since
    the pivot. A flagship to come is one of a new programme. Each draw of the line gets one draw
    of the law: what the flagships say of the lag does not act back on the line.

    Parameters
    ----------
    behind
        Years, shape (draw, run); no column for the prior.
    since_pivot, programmes
        Of the runs.
    priors
        Rows of the lag's parameters.
    growing
        Whether κ is estimated, or 0.

    Returns
    -------
    dict
        `lag_level` (α), `lag_growth` (κ), `lag_programme_spread` (ω), `lag_run_spread` (σ) and
        `lag_deviation`, u + e of the flagship to come; shape (draw,).
    """
    names = ("lag_level", "lag_growth") if growing else ("lag_level",)
    stated = [priors[name].standardised() for name in names]
    loc, scale = (np.array([getattr(one, key) for one in stated]) for key in ("loc", "scale"))
    basis = np.column_stack([np.ones_like(since_pivot), since_pivot])[:, : len(names)]
    rotation, sizes = _by_programme(programmes)
    basis, residual = rotation @ basis, (behind - basis @ loc) @ rotation.T
    classes = np.unique(sizes)
    between, within = (priors[f"lag_{kind}_spread"].standardised() for kind in ("programme", "run"))
    grid = np.meshgrid(
        cells_of(between, _BETWEEN_CELLS), cells_of(within, _WITHIN_CELLS), indexing="ij"
    )
    omega, sigma = (values.ravel() for values in grid)
    variance = sigma[:, None] ** 2 + classes * omega[:, None] ** 2
    cell = rng.integers(len(variance), size=len(behind))
    z = rng.standard_normal((len(behind), len(names)))
    for begin in range(0, len(behind) if len(since_pivot) else 0, _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        rows = _in_classes(basis, residual[part], sizes, classes)
        model = integrate_rows_out(NUMERIC, rows, scale=scale, variance=variance)
        cell[part], z[part] = draw_cell([model], rng)
    coefficients = loc + scale * z
    programme = within_cell(between, _BETWEEN_CELLS, cell // _WITHIN_CELLS, rng)
    run = within_cell(within, _WITHIN_CELLS, cell % _WITHIN_CELLS, rng)
    return {
        "lag_level": coefficients[:, 0],
        "lag_growth": coefficients[:, 1] if growing else np.zeros(len(behind)),
        "lag_programme_spread": programme,
        "lag_run_spread": run,
        "lag_deviation": np.hypot(programme, run) * rng.standard_normal(len(behind)),
    }


def _by_programme(programmes: Sequence[str]) -> tuple[Array, Array]:
    """Rotate the runs so that they are independent, whatever ω and σ are.

    Of the n runs of a programme, their sum over √n has the variance σ² + n ω², and n − 1 contrasts
    have σ².

    Returns
    -------
    tuple of ndarray
        Orthogonal, shape (row, run), and n or 0 of each row, the share of ω² in its variance.
    """
    names = np.array(programmes, str)
    rotation, sizes = np.zeros((len(names), len(names))), np.zeros(len(names))
    row = 0
    for name in dict.fromkeys(programmes):
        members = np.flatnonzero(names == name)
        count = len(members)
        centred = np.eye(count) - 1 / count
        contrasts = np.linalg.svd(centred)[0][:, : count - 1].T
        block = np.vstack([np.full(count, count**-0.5), contrasts])
        rotation[np.ix_(range(row, row + count), members)] = block
        sizes[row] = count
        row += count
    return rotation, sizes


def _in_classes(basis: Array, residual: Array, sizes: Array, classes: NDArray[np.float64]) -> Rows:
    """Take rows of one variance together, with the residuals of every draw."""
    members = [np.flatnonzero(sizes == size) for size in classes]
    return Rows(
        products=np.array([(basis[m].T @ basis[m]).ravel() for m in members]),
        moments=np.stack([residual[:, m] @ basis[m] for m in members], axis=1),
        squares=np.stack([(residual[:, m] ** 2).sum(-1) for m in members], axis=-1)[:, None],
        counts=np.array([float(len(m)) for m in members]),
    )
