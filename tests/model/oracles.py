"""Slow, obviously right posteriors of each block, in NumPy and SciPy only.

Nothing here imports the model: the formulas are written out a second time, with dense covariance
matrices and brute-force integration. Every moment comes with an estimate of its own error.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]
#: Prior of a parameter as the oracles take it: mean and sd of a normal.
Pair = tuple[float, float]

#: A region whose log density lies this far below the maximum is left out: e^-20 of the mass.
_NEGLIGIBLE = 20.0


@dataclass(frozen=True)
class Moments:
    """Posterior mean and sd of one quantity, and the oracle's error in each."""

    mean: float
    sd: float
    mean_error: float
    sd_error: float


# ------------------------------------------------------------------------- quadrature on a grid

#: Grid points of shape (point, dim) → log density (point,), and mean and variance of every
#: quantity given the point, each (point, quantity).
Conditional = Callable[[Array], tuple[Array, Array, Array]]


def mixture(
    names: list[str],
    conditional: Conditional,
    lower: list[float],
    upper: list[float],
    nodes: tuple[int, ...],
) -> dict[str, Moments]:
    """Mean and sd of quantities that are known given one to three parameters.

    Gauss-Legendre nodes on the box that holds the posterior; the error is the difference from
    the rule with a fifth fewer nodes per dimension, an upper bound for a smooth density.
    """
    fewer = tuple(count - count // 5 for count in nodes)
    # On a busy machine the threads of thousands of small factorisations wait for each other.
    with threadpool_limits(1, user_api="blas"):
        low, high = _box(conditional, np.array(lower), np.array(upper))
        fine, coarse = (_moments(conditional, low, high, counts) for counts in (nodes, fewer))
    error = np.abs(fine - coarse)
    return {
        name: Moments(*(float(x) for x in (*fine[:, i], *error[:, i])))
        for i, name in enumerate(names)
    }


def _moments(conditional: Conditional, low: Array, high: Array, nodes: tuple[int, ...]) -> Array:
    points, weights = _tensor_rule(low, high, nodes)
    log_density, mean, variance = conditional(points)
    mass = weights * np.exp(log_density - log_density.max())
    mass /= mass.sum()
    centre = mass @ mean
    return np.array([centre, np.sqrt(mass @ (variance + (mean - centre) ** 2))])


def _tensor_rule(low: Array, high: Array, nodes: tuple[int, ...]) -> tuple[Array, Array]:
    axes, weights = [], np.ones(1)
    for a, b, count in zip(low, high, nodes, strict=True):
        x, w = np.polynomial.legendre.leggauss(count)
        axes.append(a + (b - a) * (x + 1) / 2)
        weights = np.outer(weights, w).ravel()
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(low)), weights


def _box(conditional: Conditional, low: Array, high: Array, nodes: int = 11) -> tuple[Array, Array]:
    """Shrink a box twice to where the density matters; a neighbouring node stays in as margin."""
    for _ in range(2):
        shape = (nodes,) * len(low)
        points, _ = _tensor_rule(low, high, shape)
        log_density = conditional(points)[0].reshape(shape)
        bounds = []
        for axis in range(len(low)):
            others = tuple(other for other in range(len(low)) if other != axis)
            profile = log_density.max(axis=others) - log_density.max()
            kept = np.flatnonzero(profile > -_NEGLIGIBLE)
            x = np.unique(points[:, axis])
            bounds.append(
                (
                    x[kept[0] - 1] if kept[0] > 0 else low[axis],
                    x[kept[-1] + 1] if kept[-1] < nodes - 1 else high[axis],
                )
            )
        low, high = np.array(bounds).T
    return low, high


def condition(
    residual: Array, covariance: Array, cross: Array, variance: Array
) -> tuple[Array, Array, Array]:
    """Dense Gaussian conditioning on rows, for each of many covariances.

    Parameters
    ----------
    residual
        Rows less their prior mean, shape (row,).
    covariance
        Of the rows, shape (point, row, row).
    cross, variance
        Covariance of the quantities with the rows, (point, quantity, row), and prior variance of
        the quantities, (point, quantity).

    Returns
    -------
    tuple
        Log density of the rows (point,), shift of the quantities' means and their variances.
    """
    factor = np.linalg.cholesky(covariance)
    right = np.concatenate(
        [np.broadcast_to(residual, (*factor.shape[:2],))[..., None], cross.swapaxes(-1, -2)],
        axis=-1,
    )
    whitened = np.linalg.solve(factor, right)
    own, others = whitened[..., 0], whitened[..., 1:]
    log_determinant = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(-1)
    log_density = -(own**2).sum(-1) / 2 - log_determinant - len(residual) * np.log(2 * np.pi) / 2
    mean = (others * own[..., None]).sum(-2)
    return log_density, mean, variance - (others**2).sum(-2)


# ------------------------------------------------------------------------------------- the trend


def hinge_matrix(years: Array, pivot: float, knots: Array) -> Array:
    """Effect at each year of a unit change of slope at each knot, from the definition.

    The slope is that of the pivot, changed at every knot that lies between the pivot and the
    moment (the pivot itself counts as a knot of the past): the effect is the time since the knot,
    with the sign of the direction away from the pivot.
    """
    effect = np.zeros((len(years), len(knots)))
    for i, year in enumerate(years):
        for j, knot in enumerate(knots):
            if knot > pivot and year > knot:
                effect[i, j] = year - knot
            if knot <= pivot and year < knot:
                effect[i, j] = -(knot - year)
    return effect


def ramp_matrix(years: Array, pivot: float, turns: Array) -> Array:
    """Part of each calendar year between the pivot and each moment, with the sign of its side."""
    effect = np.zeros((len(years), len(turns)))
    for i, year in enumerate(years):
        for j, turn in enumerate(turns):
            if turn >= pivot:
                effect[i, j] = min(max(year - turn, 0.0), 1.0)
            else:
                effect[i, j] = -min(max(turn + 1 - year, 0.0), 1.0)
    return effect


def decaying(turns: Array, pivot: float, decay: Array) -> Array:
    """Growth in each year after the pivot less 1, for each decay; shape (point, turn)."""
    after = turns >= pivot
    since = np.where(after, turns - pivot, 0.0)
    whole = (np.exp(-decay[:, None] * since) - np.exp(-decay[:, None] * (since + 1))) / decay[
        :, None
    ]
    return np.where(after, whole - 1, 0.0)


def path_trend(
    years: Array,
    log10_flop: Array,
    grade_sd: Array,
    *,
    form: str,
    pivot: float,
    horizons: list[float],
    level: Pair,
    slope: Pair,
    noise_scale: float,
    factor_scale: float,
    spread_scale: float = 1.0,
    nodes: tuple[int, ...] = (22, 22, 14),
) -> dict[str, Moments]:
    """Posterior of a form of the trend: grid over (σ, k, own spread), dense covariance.

    All spreads are half-normal; `frontier_YEAR` is log10 FLOP of the trend at a horizon.
    """
    rows = np.concatenate([years, horizons])
    straight = np.column_stack([np.ones_like(rows), rows - pivot])
    turns = np.arange(2010.0, 2046.0)
    ramps = ramp_matrix(rows, pivot, turns)
    bend = {
        "drifting": hinge_matrix(rows, pivot, turns[1:]),
        "random-walk": ramps,
    }.get(form, np.zeros((len(rows), 1)))
    n = len(years)
    # Quantities: level, slope, then the trend at each horizon.
    quantity_bend = np.vstack([np.zeros((2, bend.shape[1])), bend[n:]])
    line_prior = np.diag([level[1] ** 2, slope[1] ** 2])
    prior_mean = np.array([level[0], slope[0]])

    def block(points: Array) -> tuple[Array, Array, Array]:
        noise, factor = (points[:, i, None, None] for i in range(2))
        own = points[:, 2, None, None] if form != "linear" else np.zeros_like(noise)
        line = np.broadcast_to(straight, (len(points), *straight.shape)).copy()
        if form == "saturating":
            line[:, :, 1] += decaying(turns, pivot, points[:, 2]) @ ramps.T
            own = np.zeros_like(noise)
        known = line[:, :n]
        eye = np.broadcast_to(np.eye(2), (len(points), 2, 2))
        quantity_line = np.concatenate([eye, line[:, n:]], axis=1)
        covariance = (
            known @ line_prior @ known.swapaxes(1, 2)
            + own**2 * (bend[:n] @ bend[:n].T)
            + noise**2 * np.eye(n)
            + factor**2 * np.diag(grade_sd**2)
        )
        cross = quantity_line @ line_prior @ known.swapaxes(1, 2)
        cross = cross + own**2 * (quantity_bend @ bend[:n].T)
        variance = ((quantity_line @ line_prior) * quantity_line).sum(-1)
        variance = variance + own[..., 0] ** 2 * (quantity_bend**2).sum(1)
        residual = log10_flop - known @ prior_mean
        parts = [
            condition(one[0], one[1][None], one[2][None], one[3][None])
            for one in zip(residual, covariance, cross, variance, strict=True)
        ]
        log_density, shift, left = (np.concatenate(items) for items in zip(*parts, strict=True))
        scales = [noise_scale, factor_scale, spread_scale][: points.shape[1]]
        log_density = log_density + stats.halfnorm.logpdf(points, scale=scales).sum(1)
        mean = np.column_stack([points, quantity_line @ prior_mean + shift])
        return log_density, mean, np.column_stack([np.zeros_like(points), left])

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        parts = [block(part) for part in np.array_split(points, 1 + len(points) // 128)]
        log_density, mean, variance = (np.concatenate(items) for items in zip(*parts, strict=True))
        return log_density, mean, variance

    names = ["noise", "grade_factor"]
    own_name = {"drifting": "drift", "random-walk": "walk", "saturating": "saturation"}.get(form)
    names += [] if own_name is None else [own_name]
    upper = [4 * noise_scale, 4 * factor_scale, 6 * spread_scale][: len(names)]
    return mixture(
        [*names, "level", "slope", *(f"frontier_{year:g}" for year in horizons)],
        conditional,
        [0.0, 0.0, 1e-6][: len(names)],
        upper,
        nodes[: len(names)],
    )


# ------------------------------------------------------------------------------- the other blocks


def scaling_law(
    basis: Array,
    figures: Array,
    sd: Array,
    same_runs: Array,
    *,
    means: list[Pair],
    size_scale: float,
    exponent_scale: float,
    lkj: float | None,
    nodes: tuple[int, ...],
) -> dict[str, Moments]:
    """Posterior of a bivariate random-effects meta-analysis, and of the law to come.

    Parameters
    ----------
    basis
        Rows (1, log10 of FLOP over the pivot) of sizes and (0, 1) of exponents.
    same_runs
        Whether two rows speak of the same runs, shape (row, row).
    means
        Priors of the mean size and exponent.
    size_scale, lkj
        0 and None: laws do not differ in size, and nodes are those of the exponent's spread.
    """
    loc, scale = np.array(means).T
    prior = np.diag(scale**2)
    of_size = size_scale > 0
    quantity = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]])
    n = len(figures)

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        count = len(points)
        exponent = points[:, 0]
        size = points[:, 1] if of_size else np.zeros(count)
        correlation = points[:, 2] if of_size else np.zeros(count)
        between = np.empty((count, 2, 2))
        between[:, 0, 0], between[:, 1, 1] = size**2, exponent**2
        between[:, 0, 1] = between[:, 1, 0] = correlation * size * exponent
        own = (basis @ between @ basis.T) * same_runs
        covariance = basis @ prior @ basis.T + np.diag(sd**2) + own
        cross = np.broadcast_to(quantity @ prior @ basis.T, (count, 4, n))
        variance = np.tile(np.diag(quantity @ prior @ quantity.T), (count, 1))
        variance[:, 2] += size**2
        variance[:, 3] += exponent**2
        log_density, shift, left = condition(figures - basis @ loc, covariance, cross, variance)
        log_density = log_density + stats.halfnorm.logpdf(exponent, scale=exponent_scale)
        if of_size:
            log_density = log_density + stats.halfnorm.logpdf(size, scale=size_scale)
            log_density = log_density + stats.beta.logpdf(correlation, lkj, lkj, -1, 2)
        return (
            log_density,
            np.column_stack([points, quantity @ loc + shift]),
            np.column_stack([np.zeros_like(points), left]),
        )

    spreads = ["exponent_spread", "size_spread", "correlation"][: 3 if of_size else 1]
    names = [*spreads, "pivot_parameters", "exponent_mean", "size", "a"]
    low, high = [0.0, 0.0, -1.0], [6 * exponent_scale, 6 * size_scale, 1.0]
    return mixture(names, conditional, low[: len(spreads)], high[: len(spreads)], nodes)


def step_mfu(
    basis: Array,
    logit: Array,
    rounding_sd: Array,
    membership: Array,
    *,
    coefficients: list[Pair],
    between_scale: float,
    within_scale: float,
    predicted: Array,
    nodes: tuple[int, ...] = (32, 32),
) -> dict[str, Moments]:
    """Posterior of a mixed regression, and of a new system's logit at the row `predicted`."""
    loc, scale = np.array(coefficients).T
    prior = np.diag(scale**2)
    same_system = membership @ membership.T
    quantity = np.vstack([np.eye(len(loc)), predicted])
    common = basis @ prior @ basis.T + np.diag(rounding_sd**2)
    identity = np.eye(len(logit))

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        between2, within2 = (points[:, i, None, None] ** 2 for i in range(2))
        covariance = common + between2 * same_system + within2 * identity
        cross = np.broadcast_to(
            quantity @ prior @ basis.T, (len(points), len(quantity), len(logit))
        )
        new_system = np.zeros((len(points), len(quantity)))
        new_system[:, -1] = (between2 + within2)[:, 0, 0]
        variance = np.diag(quantity @ prior @ quantity.T) + new_system
        log_density, shift, left = condition(logit - basis @ loc, covariance, cross, variance)
        log_density = log_density + stats.halfnorm.logpdf(
            points, scale=[between_scale, within_scale]
        ).sum(1)
        return (
            log_density,
            np.column_stack([points, quantity @ loc + shift]),
            np.column_stack([np.zeros_like(points), left]),
        )

    names = ["system_spread", "run_spread", "median", "fp8", "moe", "hpc", "devices", "predicted"]
    return mixture(names, conditional, [0.0, 0.0], [4 * between_scale, 4 * within_scale], nodes)


def campaign(
    rows,
    *,
    normal: dict[str, Pair],
    spreads: dict[str, float],
    decades: float,
    moe: float,
    count: int = 120_000,
) -> dict[str, Moments]:
    """Posterior of counting and goodput by weighted draws of their priors.

    Each goodput that is not stated is integrated out on a grid of its own.

    Parameters
    ----------
    rows
        Campaigns and goodput, as `model.delivered.campaigns.Campaigns` has them.
    decades, moe
        Of the campaign to come, whose ln of campaign over step MFU is `factor`.
    """
    rng = np.random.default_rng(7)
    at = {name: loc + sd * rng.standard_normal(count) for name, (loc, sd) in normal.items()}
    at |= {name: sd * np.abs(rng.standard_normal(count)) for name, sd in spreads.items()}
    log_weight = np.zeros(count)
    bounded = np.isfinite(rows.bounds)

    def centre(far: float, mixture: float) -> Array:
        return at["goodput"] - at["goodput_devices"] * far + at["goodput_moe"] * mixture

    linked = set(rows.stated.tolist())
    for i, (far, mixture) in enumerate(zip(rows.goodput_devices, rows.goodput_moe, strict=True)):
        law = stats.norm(centre(far, mixture), np.hypot(at["goodput_spread"], rows.goodput_sd[i]))
        if not bounded[i]:
            log_weight += law.logpdf(rows.goodput[i])
        elif i not in linked:
            clean = stats.norm(centre(far, mixture), at["goodput_spread"])
            log_weight += clean.logsf(rows.bounds[i])
    steps = np.linspace(0, 1, 301)
    for i, row in enumerate(rows.stated):
        mean, spread = centre(rows.devices[i], rows.moe[i]), at["goodput_spread"]
        noise = np.hypot(at["counting_spread"], rows.ratio_sd[i])
        if row >= 0 and not bounded[row]:
            expected = at["counting"] - np.log1p(np.exp(-rows.goodput[row]))
            log_weight += stats.norm.logpdf(rows.log_ratios[i], expected, noise)
            continue
        for part in np.array_split(np.arange(count), 100):
            low = mean[part] - 8 * spread[part]
            if row >= 0:
                low = np.maximum(low, rows.bounds[row])
            high = np.maximum(mean[part], low) + 8 * spread[part]
            logit = low[:, None] + (high - low)[:, None] * steps
            density = stats.norm.pdf(logit, mean[part][:, None], spread[part][:, None])
            expected = at["counting"][part][:, None] - np.log1p(np.exp(-logit))
            density *= stats.norm.pdf(rows.log_ratios[i], expected, noise[part][:, None])
            log_weight[part] += np.log(np.trapezoid(density, logit, axis=1) + 1e-300)
    goodput = centre(decades, moe) + at["goodput_spread"] * rng.standard_normal(count)
    counting = at["counting"] + at["counting_spread"] * rng.standard_normal(count)
    at["factor"] = counting - np.log1p(np.exp(-goodput))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    return {name: _weighted(values, weight) for name, values in at.items()}


def _weighted(values: Array, weight: Array) -> Moments:
    """Mean and sd of weighted draws, and their standard errors."""
    mean = weight @ values
    square = (values - mean) ** 2
    sd = np.sqrt(weight @ square)
    return Moments(
        float(mean),
        float(sd),
        float(np.sqrt(weight**2 @ square)),
        float(np.sqrt(weight**2 @ (square - sd**2) ** 2) / (2 * sd)),
    )
