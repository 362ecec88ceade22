"""Trend of the frontier's training compute: forms of its line.

Every form is a line with a step in each year: log10 FLOP = level + slope · t + Σ step_y · (part of
year y between the pivot and t). The forms differ in what the steps are:

- `linear`: none.
- `drifting`: the slope takes a N(0, τ) change at each knot, in both directions from the pivot.
- `random-walk`: each year has a step of its own, N(0, q) (random walk with drift: Farmer & Lafond
  2016), in both directions.
- `saturating`: growth decays after the pivot, slope · (1 − e^(−λt)) / λ in place of slope · t.

Given its spreads each is Gaussian, with the same noise: σ² + (k g_i)² about the line.
"""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.beliefs import Beliefs
from model.gaussian import (
    NUMERIC,
    Algebra,
    Integrated,
    Rows,
    integrate_rows_out,
    rows_together,
    separate_rows,
)
from priors.scenario import SingleForm

type Array = NDArray[np.float64]

#: The two coefficients of the line that every form has.
LINE = ("trend_level", "trend_slope")
#: Form → the parameter that says how far its steps go.
SPREADS: dict[SingleForm, str | None] = {
    "linear": None,
    "drifting": "trend_drift",
    "random-walk": "trend_walk",
    "saturating": "trend_saturation",
}
_SUMS = ("products", "moments", "squares", "counts")
#: Keeps the decay of a growth that does not decay away from 0 / 0.
_LEAST = 1e-9


def ramps(elapsed: ArrayLike, starts: ArrayLike) -> Array:
    """Part of each year that lies between the pivot and a moment.

    Parameters
    ----------
    elapsed
        Years since the pivot, shape (row,).
    starts
        Beginnings of successive years since the pivot, shape (step,). The first one begins with
        time, and the last one never ends.

    Returns
    -------
    ndarray, shape (row, step)
        Negative for a moment before the pivot.
    """
    low, high = bounds(starts)
    moment = np.asarray(elapsed, float)[..., None]
    parts: Array = np.clip(moment, low, high) - np.clip(0.0, low, high)
    return parts


def bounds(starts: ArrayLike) -> tuple[Array, Array]:
    """Beginning and end of the years in which there are steps, as `ramps` takes them."""
    low = np.array(starts, float)
    high = low + 1
    low[:1], high[-1:] = -np.inf, np.inf
    return low, high


def drift_effects(knots: Array, starts: Array) -> Array:
    """Years whose step a change of slope at each knot enters; shape (step, knot).

    A change at a knot after the pivot acts on later years, one at a knot before (or at) the pivot
    on earlier years. Both are years since the pivot.
    """
    after = (knots > 0) & (starts[:, None] >= knots)
    before = (knots <= 0) & (starts[:, None] + 1 <= knots)
    effects: Array = (after | before).astype(float)
    return effects


def decay(algebra: Algebra, saturation: Any, starts: Any) -> Any:
    """Step of each year per unit of slope, where growth decays with λ; shape (..., step).

    (e^(−λs) − e^(−λ(s+1))) / λ − 1 after the pivot, 0 before it.
    """
    rate = saturation[..., None] + _LEAST
    after = starts * (starts >= 0)
    step = -algebra.exp(-rate * after) * algebra.expm1(-rate) / rate - 1
    return step * (starts >= 0)


def path(draws: Mapping[str, Array], elapsed: Array, acted: Array | None = None) -> Array:
    """log10 FLOP of the frontier, level + slope · elapsed + the steps that have acted.

    Parameters
    ----------
    draws
        `trend_level` and `trend_slope` of shape (...); `trend_steps`, where the form has any, of
        shape (..., step).
    elapsed
        Years since the pivot, shape (row,).
    acted
        From `ramps`, shape (row, step); None for a straight line.

    Returns
    -------
    ndarray, shape (..., row)
    """
    mean = draws["trend_level"][..., None] + draws["trend_slope"][..., None] * elapsed
    if acted is not None and "trend_steps" in draws:
        mean = mean + draws["trend_steps"] @ acted.T
    return np.asarray(mean)


def path_given(
    algebra: Algebra,
    beliefs: Beliefs,
    data: Mapping[str, Any],
    *,
    noise: Any,
    factor: Any,
    spread: Any,
) -> Integrated:
    """Integrate level, slope and the changes of a form out, given its spreads.

    Parameters
    ----------
    noise, factor, spread
        σ, k and the form's own spread (`SPREADS`; of a straight line anything), shape (...).

    Returns
    -------
    Integrated
        Coefficients: level, slope, then the changes that the data reach, all in units of their
        prior scale (`path_scale`).
    """
    if "trend_acted" in data:
        rows = _saturating_rows(algebra, beliefs, data, spread)
    elif "trend_class_counts" in data:
        rows = Rows(*(data[f"trend_class_{name}"] for name in _SUMS))
    else:
        rows = separate_rows(data["trend_basis"], path_residual(beliefs, data))
    return integrate_rows_out(
        algebra,
        rows,
        scale=path_scale(beliefs, data, spread),
        variance=noise_variance(data, noise, factor),
    )


def path_at(
    form: SingleForm, beliefs: Beliefs, data: Mapping[str, Any], at: Mapping[str, Array]
) -> tuple[Integrated, Array]:
    """`path_given` of a form at values of its parameters, and its own spread (0 where none)."""
    own = SPREADS[form]
    spread = np.zeros_like(at["trend_noise"]) if own is None else at[own]
    given = path_given(
        NUMERIC,
        beliefs,
        data,
        noise=at["trend_noise"],
        factor=at["trend_grade_factor"],
        spread=spread,
    )
    return given, spread


def path_residual(beliefs: Beliefs, data: Mapping[str, Any]) -> Any:
    """log10 FLOP of the runs less the straight line that the priors expect, shape (run,)."""
    return data["trend_log10_flop"] - data["trend_basis"][:, :2] @ beliefs.loc_of(*LINE)


def grades_together(beliefs: Beliefs, data: Mapping[str, Any]) -> dict[str, Any]:
    """Put sums over the runs of each confidence grade in place of the runs.

    Runs of one grade have one variance: a fit then takes as long for 100,000 runs as for 100.
    """
    grade_sd, classes = np.unique(data["trend_grade_sd"], return_inverse=True)
    basis = data["trend_basis"]
    if "trend_acted" in data:
        basis = np.column_stack([basis, data["trend_acted"]])
    rows = rows_together(basis, path_residual(beliefs, data), classes, len(grade_sd))
    replaced = ("trend_basis", "trend_log10_flop", "trend_grade_sd")
    return {
        **{name: array for name, array in data.items() if name not in replaced},
        **{f"trend_class_{name}": getattr(rows, name) for name in _SUMS},
        "trend_grade_sd": grade_sd,
    }


def path_scale(beliefs: Beliefs, data: Mapping[str, Any], spread: Any) -> Any:
    """Prior sd of level, slope and each change; shape (..., coefficient)."""
    line, changes = data["trend_is_line"], data["trend_is_change"]
    return line @ beliefs.scale_of(*LINE) + changes * spread[..., None]


def noise_variance(data: Mapping[str, Any], noise: Any, factor: Any) -> Any:
    """Scatter of systems and a share of their confidence grade's sd, in quadrature."""
    return noise[..., None] ** 2 + (factor[..., None] * data["trend_grade_sd"]) ** 2


def _saturating_rows(
    algebra: Algebra, beliefs: Beliefs, data: Mapping[str, Any], saturation: Any
) -> Rows:
    """Rows of a line whose growth decays: the slope's column is t + Σ step · part of the year.

    The sums over runs are taken once for the columns 1, t and the years; those of the two
    coefficients follow from them for every λ at once.
    """
    steps = decay(algebra, saturation, data["trend_starts"])
    expected = beliefs.loc_of("trend_slope")[0]
    if "trend_class_counts" not in data:  # one point, in PyTensor
        bent = data["trend_acted"] @ steps
        basis = data["trend_basis"][:, :2] + bent[:, None] * data["trend_slope_column"]
        residual = path_residual(beliefs, data) - expected * bent
        return separate_rows(basis, residual)
    moments, squares = data["trend_class_moments"], data["trend_class_squares"]
    classes, columns = moments.shape
    products = data["trend_class_products"].reshape(classes, columns, columns)
    line = np.broadcast_to([0.0, 1.0], (*steps.shape[:-1], 2))
    slope = np.concatenate([line, steps], axis=-1)
    with_slope = (slope @ products.transpose(1, 0, 2).reshape(columns, -1)).reshape(
        *steps.shape[:-1], classes, columns
    )
    # Residuals are those of the straight line that the priors expect, less what λ takes from it.
    taken = expected * (slope - np.eye(columns)[1])
    with_taken = expected * (with_slope - products[:, :, 1])
    level_slope = with_slope[..., 0]
    slope_slope = (with_slope * slope[..., None, :]).sum(axis=-1)
    level_level = np.broadcast_to(products[:, 0, 0], level_slope.shape)
    left = moments - with_taken
    return Rows(
        products=np.stack([level_level, level_slope, level_slope, slope_slope], axis=-1),
        moments=np.stack([left[..., 0], (left * slope[..., None, :]).sum(axis=-1)], axis=-1),
        squares=squares - (taken[..., None, :] * (2 * moments - with_taken)).sum(axis=-1),
        counts=data["trend_class_counts"],
    )
