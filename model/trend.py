"""Training compute of the frontier over time: a straight line, or a line whose slope drifts."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import ArrayLike, NDArray

from model.beliefs import Beliefs
from model.gaussian import SYMBOLIC, Algebra, Integrated, integrate_out

#: The two coefficients of the line that every form has.
LINE = ("trend_level", "trend_slope")


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


def linear_trend(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Straight line with Student-t noise; the grade's sd enters by an estimated share.

    y_i ~ StudentT(ν, level + slope · t_i, σ² + (k g_i)²). Level and slope are sampled along the
    axes in which the data leave them uncorrelated (`rotation`): a rotation of their standard
    normal bases, which does not change the prior.
    """
    base = data["trend_rotation"] @ pm.Normal("trend_line_base", shape=2)
    level = pm.Deterministic("trend_level", beliefs.place("trend_level", base[0]))
    slope = pm.Deterministic("trend_slope", beliefs.place("trend_slope", base[1]))
    noise, factor = beliefs.sample("trend_noise"), beliefs.sample("trend_grade_factor")
    pm.StudentT(
        "trend_runs",
        nu=beliefs.sample("trend_tail"),
        mu=level + slope * data["trend_elapsed"],
        sigma=pt.sqrt(noise_variance(data, noise, factor)),
        observed=data["trend_log10_flop"],
    )


def drifting_trend(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Line whose slope takes a N(0, τ) step each year, on into the future, with Gaussian noise."""
    noise, factor = beliefs.sample("trend_noise"), beliefs.sample("trend_grade_factor")
    drift = beliefs.sample("trend_drift")
    path = path_given(SYMBOLIC, beliefs, data, noise=noise, factor=factor, drift=drift)
    pm.Potential("trend_runs", path.log_likelihood)


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
    basis = data["trend_basis"]
    return integrate_out(
        algebra,
        basis=basis,
        scale=path_scale(beliefs, data, drift),
        residual=data["trend_log10_flop"] - basis[:, :2] @ beliefs.loc_of(*LINE),
        variance=noise_variance(data, noise, factor),
    )


def path_scale(beliefs: Beliefs, data: Mapping[str, Any], drift: Any) -> Any:
    """Prior sd of level, slope and each yearly change; shape (..., coefficient)."""
    line, changes = data["trend_is_line"], data["trend_is_change"]
    return line @ beliefs.scale_of(*LINE) + changes * drift[..., None]


def noise_variance(data: Mapping[str, Any], noise: Any, factor: Any) -> Any:
    """Scatter of systems and a share of their confidence grade's sd, in quadrature."""
    return noise[..., None] ** 2 + (factor[..., None] * data["trend_grade_sd"]) ** 2
