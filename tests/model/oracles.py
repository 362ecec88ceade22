"""Slow, obviously right posteriors of each block, in NumPy and SciPy only.

Nothing here imports the model: the formulas are written out a second time, with dense covariance
matrices and brute-force integration. Every moment comes with an estimate of its own error.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats
from threadpoolctl import threadpool_limits

Array = NDArray[np.float64]
#: Prior of a parameter as the oracles take it: mean and sd of a normal, shape and scale of a gamma.
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


def drifting_trend(
    years: Array,
    log10_flop: Array,
    grade_sd: Array,
    *,
    pivot: float,
    knots: Array,
    horizons: list[float],
    level: Pair,
    slope: Pair,
    noise_scale: float,
    factor_scale: float,
    drift_scale: float,
    nodes: tuple[int, ...] = (22, 22, 14),
) -> dict[str, Moments]:
    """Posterior of a line with a random-walk slope: grid over (σ, k, τ), dense covariance.

    σ, k and τ are half-normal; `frontier_YEAR` is log10 FLOP of the trend at a horizon.
    """
    rows = np.concatenate([years, horizons])
    line = np.column_stack([np.ones_like(rows), rows - pivot])
    bend = hinge_matrix(rows, pivot, knots)
    n = len(years)
    # Quantities: level, slope, then the trend at each horizon.
    quantity_line = np.vstack([np.eye(2), line[n:]])
    quantity_bend = np.vstack([np.zeros((2, len(knots))), bend[n:]])
    line_prior = np.diag([level[1] ** 2, slope[1] ** 2])
    prior_mean = np.array([level[0], slope[0]])

    def block(points: Array) -> tuple[Array, Array, Array]:
        noise, factor, drift = (points[:, i, None, None] for i in range(3))
        covariance = (
            line[:n] @ line_prior @ line[:n].T
            + drift**2 * (bend[:n] @ bend[:n].T)
            + noise**2 * np.eye(n)
            + factor**2 * np.diag(grade_sd**2)
        )
        cross = quantity_line @ line_prior @ line[:n].T + drift**2 * (quantity_bend @ bend[:n].T)
        variance = np.diag(quantity_line @ line_prior @ quantity_line.T) + drift[..., 0] ** 2 * (
            quantity_bend**2
        ).sum(1)
        residual = log10_flop - line[:n] @ prior_mean
        log_density, shift, left = condition(residual, covariance, cross, variance)
        log_density = log_density + stats.halfnorm.logpdf(
            points, scale=[noise_scale, factor_scale, drift_scale]
        ).sum(1)
        mean = np.column_stack([points, quantity_line @ prior_mean + shift])
        return log_density, mean, np.column_stack([np.zeros_like(points), left])

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        parts = [block(part) for part in np.array_split(points, 1 + len(points) // 128)]
        log_density, mean, variance = (np.concatenate(items) for items in zip(*parts, strict=True))
        return log_density, mean, variance

    names = ["noise", "grade_factor", "drift", "level", "slope"]
    return mixture(
        [*names, *(f"frontier_{year:g}" for year in horizons)],
        conditional,
        [0.0, 0.0, 0.0],
        [4 * noise_scale, 4 * factor_scale, 6 * drift_scale],
        nodes,
    )


def linear_trend(
    years: Array,
    log10_flop: Array,
    grade_sd: Array,
    *,
    pivot: float,
    horizons: list[float],
    level: Pair,
    slope: Pair,
    noise_scale: float,
    factor_scale: float,
    tail: Pair,
    seed: int,
    points: int = 2**18,
) -> dict[str, Moments]:
    """Posterior of a straight line with Student-t noise, by importance sampling.

    Scrambled Sobol points through a multivariate t with 5 degrees of freedom at the mode of the
    log posterior of (level, slope, u, v, log ν), where the standard normals u and v have the
    probabilities of σ and k. The errors are those of independent weighted draws, an upper bound
    for Sobol points.
    """
    elapsed = years - pivot

    def spreads(theta: Array) -> Array:
        return np.array([noise_scale, factor_scale]) * stats.halfnorm.isf(
            special.ndtr(-theta[:, 2:4])
        )

    def log_posterior(theta: Array) -> Array:
        at, growth, _, _, log_nu = (theta[:, i, None] for i in range(5))
        noise, factor = (spreads(theta)[:, i, None] for i in range(2))
        nu = np.exp(log_nu)
        scale2 = noise**2 + (factor * grade_sd) ** 2
        squared = (log10_flop - at - growth * elapsed) ** 2 / scale2
        rows = (
            special.gammaln((nu + 1) / 2)
            - special.gammaln(nu / 2)
            - np.log(nu * np.pi * scale2) / 2
            - (nu + 1) / 2 * np.log1p(squared / nu)
        )
        prior = (
            stats.norm.logpdf(at, *level)
            + stats.norm.logpdf(growth, *slope)
            + stats.gamma.logpdf(nu, tail[0], scale=tail[1])
            + log_nu
        )[:, 0]
        return rows.sum(1) + prior + stats.norm.logpdf(theta[:, 2:4]).sum(1)

    start = np.array([level[0], slope[0], 0.0, 0.0, np.log(tail[0] * tail[1])])
    mode = optimize.minimize(
        lambda theta: -log_posterior(theta[None])[0],
        start,
        method="Nelder-Mead",
        options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-5, "fatol": 1e-8},
    ).x
    proposal = stats.multivariate_t(mode, _inverse_hessian(log_posterior, mode), df=5)
    theta = _multivariate_t_sobol(proposal, points, seed)
    log_weight = np.concatenate(
        [log_posterior(part) for part in np.array_split(theta, 32)]
    ) - proposal.logpdf(theta)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    quantities = {
        "level": theta[:, 0],
        "slope": theta[:, 1],
        "noise": spreads(theta)[:, 0],
        "grade_factor": spreads(theta)[:, 1],
        "tail": np.exp(theta[:, 4]),
    }
    for year in horizons:
        quantities[f"frontier_{year:g}"] = theta[:, 0] + theta[:, 1] * (year - pivot)
    return {name: _weighted_moments(values, weight) for name, values in quantities.items()}


def _weighted_moments(values: Array, weight: Array) -> Moments:
    mean = weight @ values
    squared = (values - mean) ** 2
    variance = weight @ squared
    sd = np.sqrt(variance)
    return Moments(
        float(mean),
        float(sd),
        float(np.sqrt(weight**2 @ squared)),
        float(np.sqrt(weight**2 @ (squared - variance) ** 2) / (2 * sd)),
    )


def _inverse_hessian(log_density: Callable[[Array], Array], mode: Array) -> Array:
    """Covariance of the normal approximation, by central differences with steps of 0.01 sd."""
    size = len(mode)
    step = np.full(size, 1e-3)
    for _ in range(3):
        shifts = np.diag(step)
        centre = log_density(mode[None])[0]
        up, down = log_density(mode + shifts), log_density(mode - shifts)
        step = 0.1 * step / np.sqrt(np.maximum(2 * centre - up - down, 1e-12))
    hessian = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            e, f = np.diag(step)[i], np.diag(step)[j]
            corners = log_density(
                np.array([mode + e + f, mode + e - f, mode - e + f, mode - e - f])
            )
            hessian[i, j] = corners @ [1, -1, -1, 1] / (4 * step[i] * step[j])
    return np.linalg.inv(-(hessian + hessian.T) / 2)


def _multivariate_t_sobol(proposal, points: int, seed: int) -> Array:
    size = len(proposal.loc)
    uniform = stats.qmc.Sobol(size + 1, rng=np.random.default_rng(seed)).random(points)
    normal = stats.norm.ppf(uniform[:, :size])
    chi2 = stats.chi2.ppf(uniform[:, size], proposal.df)
    factor = np.linalg.cholesky(proposal.shape)
    return proposal.loc + normal @ factor.T * np.sqrt(proposal.df / chi2)[:, None]


# ------------------------------------------------------------------------------- the other blocks


def scaling_law(
    exponents: Array, sd: Array, *, mean: Pair, spread_scale: float, nodes: tuple[int, ...] = (60,)
) -> dict[str, Moments]:
    """Posterior of the mean exponent and its spread between laws, and of the law to come."""
    n = len(exponents)

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        spread2 = points[:, 0, None, None] ** 2
        covariance = mean[1] ** 2 + np.eye(n) * (sd**2 + spread2)
        cross = np.full((len(points), 2, n), mean[1] ** 2)
        variance = mean[1] ** 2 + np.column_stack([np.zeros(len(points)), spread2[:, 0, 0]])
        log_density, shift, left = condition(exponents - mean[0], covariance, cross, variance)
        log_density = log_density + stats.halfnorm.logpdf(points[:, 0], scale=spread_scale)
        return (
            log_density,
            np.column_stack([points, mean[0] + shift]),
            np.column_stack([np.zeros_like(points), left]),
        )

    names = ["exponent_spread", "exponent_mean", "a"]
    return mixture(names, conditional, [0.0], [6 * spread_scale], nodes)


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
    ratios: Array, *, logit_mean: Pair, concentration: Pair, nodes: tuple[int, ...] = (60, 60)
) -> dict[str, Moments]:
    """Posterior of a Beta's mean (logit) and concentration, and of a ratio to come."""

    def conditional(points: Array) -> tuple[Array, Array, Array]:
        logit, total = points.T
        share = special.expit(logit)
        log_density = (
            stats.beta.logpdf(ratios[:, None], share * total, (1 - share) * total).sum(0)
            + stats.norm.logpdf(logit, *logit_mean)
            + stats.gamma.logpdf(total, concentration[0], scale=concentration[1])
        )
        nothing = np.zeros_like(points)
        return (
            log_density,
            np.column_stack([points, share]),
            np.column_stack([nothing, share * (1 - share) / (total + 1)]),
        )

    names = ["mean", "concentration", "ratio"]
    low, high = (logit_mean[0] + sign * 8 * logit_mean[1] for sign in (-1, 1))
    return mixture(names, conditional, [low, 1e-3], [high, 40 * concentration[1]], nodes)
