"""Trend of the frontier's training compute: straight or drifting line."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from model.beliefs import Beliefs
from model.gaussian import (
    Algebra,
    Integrated,
    Rows,
    integrate_rows_out,
    rows_together,
    separate_rows,
)

#: The two coefficients of the line that every form has.
LINE = ("trend_level", "trend_slope")
_SUMS = ("products", "moments", "squares", "counts")


def hinges(elapsed: ArrayLike, knots: ArrayLike) -> NDArray[np.float64]:
    """Years for which a change of slope at each knot has acted.

    The slope is a random walk in both directions from the pivot: a change at a knot after the
    pivot acts on later years, one at a knot before (or at) the pivot on earlier years.

    Parameters
    ----------
    elapsed
        Years since the pivot, shape (row,).
    knots
        Years since the pivot at which the slope changes, shape (knot,).

    Returns
    -------
    ndarray, shape (row, knot)
    """
    gap = np.subtract.outer(np.asarray(elapsed, float), np.asarray(knots, float))
    acted: NDArray[np.float64] = np.where(
        np.asarray(knots) > 0, np.maximum(gap, 0), np.minimum(gap, 0)
    )
    return acted


def path(
    draws: Mapping[str, NDArray[np.float64]],
    elapsed: NDArray[np.float64],
    acted: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """log10 FLOP of the frontier, level + slope · elapsed + changes of the slope that have acted.

    Parameters
    ----------
    draws
        `trend_level` and `trend_slope` of shape (...); `trend_changes`, where the slope drifts,
        of shape (..., knot).
    elapsed
        Years since the pivot, shape (row,).
    acted
        From `hinges`, shape (row, knot); None for a straight line.

    Returns
    -------
    ndarray, shape (..., row)
    """
    mean = draws["trend_level"][..., None] + draws["trend_slope"][..., None] * elapsed
    if acted is not None and "trend_changes" in draws:
        mean = mean + draws["trend_changes"] @ acted.T
    return np.asarray(mean)


def rotation(elapsed: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Axes of the least-squares information of level and slope in units of their prior scale.

    Parameters
    ----------
    elapsed
        Years since the pivot, shape (row,).
    scale
        Prior sd of level and slope, shape (2,).

    Returns
    -------
    ndarray, shape (2, 2)
        Orthogonal; the identity where there are no rows.
    """
    basis = np.column_stack([np.ones_like(elapsed), elapsed]) * scale
    return np.linalg.eigh(basis.T @ basis)[1]


def path_given(
    algebra: Algebra,
    beliefs: Beliefs,
    data: Mapping[str, Any],
    *,
    noise: Any,
    factor: Any,
    drift: Any,
) -> Integrated:
    """Integrate level, slope and yearly changes of the path out, given its variances.

    Parameters
    ----------
    noise, factor, drift
        σ, k and τ, shape (...).

    Returns
    -------
    Integrated
        Coefficients: level, slope, then the change at each knot that the data reach, all in
        units of their prior scale (`path_scale`).
    """
    if "trend_class_counts" in data:
        sums = (data[f"trend_class_{name}"] for name in _SUMS)
        rows = Rows(*sums)
    else:
        rows = separate_rows(data["trend_basis"], path_residual(beliefs, data))
    return integrate_rows_out(
        algebra,
        rows,
        scale=path_scale(beliefs, data, drift),
        variance=noise_variance(data, noise, factor),
    )


def path_residual(beliefs: Beliefs, data: Mapping[str, Any]) -> Any:
    """log10 FLOP of the runs less the line that the priors expect, shape (run,)."""
    return data["trend_log10_flop"] - data["trend_basis"][:, :2] @ beliefs.loc_of(*LINE)


def grades_together(beliefs: Beliefs, data: Mapping[str, Any]) -> dict[str, Any]:
    """Put sums over the runs of each confidence grade in place of the runs.

    Runs of one grade have one variance: a fit then takes as long for 100,000 runs as for 100.
    """
    grade_sd, classes = np.unique(data["trend_grade_sd"], return_inverse=True)
    rows = rows_together(data["trend_basis"], path_residual(beliefs, data), classes, len(grade_sd))
    replaced = ("trend_basis", "trend_log10_flop", "trend_grade_sd")
    return {
        **{name: array for name, array in data.items() if name not in replaced},
        **{f"trend_class_{name}": getattr(rows, name) for name in _SUMS},
        "trend_grade_sd": grade_sd,
    }


def path_scale(beliefs: Beliefs, data: Mapping[str, Any], drift: Any) -> Any:
    """Prior sd of level, slope and each yearly change; shape (..., coefficient)."""
    line, changes = data["trend_is_line"], data["trend_is_change"]
    return line @ beliefs.scale_of(*LINE) + changes * drift[..., None]


def noise_variance(data: Mapping[str, Any], noise: Any, factor: Any) -> Any:
    """Scatter of systems and a share of their confidence grade's sd, in quadrature."""
    return noise[..., None] ** 2 + (factor[..., None] * data["trend_grade_sd"]) ** 2


def student_t_log_density(deviation: Any, variance: Any, tail: Any) -> Any:
    """Log density of Student-t noise, ln t_ν(deviation / s) − ln s; shapes broadcast.

    Parameters
    ----------
    deviation
        log10 FLOP less the line, dex.
    variance
        s², dex².
    tail
        Degrees of freedom ν.
    """
    return (
        gammaln((tail + 1) / 2)
        - gammaln(tail / 2)
        - np.log(np.pi * tail * variance) / 2
        - (tail + 1) / 2 * np.log1p(deviation**2 / (tail * variance))
    )
