"""Proposal of the importance sampling: an adapted t mixture.

Points are standard normal bases z, so that the prior of every block is N(0, I). The prior is one
component of the mixture (defensive importance sampling: Hesterberg 1995), which bounds the weights
by the largest likelihood over the share of that component. Each round fits the other components
to the weighted points by one step of EM for t mixtures (Cappé et al. 2008), and adds a component
at the points that weigh too much: where the variance of the estimate arises
(in the spirit of incremental mixture importance sampling, Raftery & Bao 2010).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special
from scipy.stats import qmc

from model.gaussian import Array, solve_lower

type LogDensity = Callable[[Array], Array]

#: Share of the prior in the mixture, and the least share of any other component.
PRIOR_SHARE, LEAST_SHARE = 0.1, 0.05
#: Degrees of freedom of the components, and of the first one, at the mode.
TAIL, MODE_TAIL = 6.0, 4.0
#: Rounds of adaptation, and points per round.
ROUNDS, FIRST_POINTS, ROUND_POINTS = 5, 4096, 2048
#: Over the average: largest weight from which on some points weigh too much, and the weight from
#: which on they do.
HEAVY, EXCESS = 2.5, 1.2
#: A new component is this much wider than the points that it is made of.
INFLATION = 1.3
#: Points per dimension that a covariance needs to be believed.
_POINTS_PER_DIMENSION = 10
#: Keeps a covariance positive definite where all weight is on one point.
_RIDGE = 1e-10
#: Uniforms this close to 0 and 1 have no finite normal quantile.
_EDGE = 1e-12


@dataclass(frozen=True)
class Component:
    """One t distribution (normal if `tail` is infinite) with its share of the mixture.

    Attributes
    ----------
    centre, cholesky
        Shapes (dimension,) and (dimension, dimension), the latter lower.
    """

    share: float
    centre: Array
    cholesky: Array
    tail: float

    def distance(self, z: Array) -> Array:
        """Squared Mahalanobis distance of points; shape (point,)."""
        scaled = solve_lower(self.cholesky, z - self.centre)
        return np.asarray((scaled**2).sum(axis=-1))

    def log_density(self, z: Array) -> Array:
        """Log density at points of shape (point, dimension), the share not counted."""
        dimension, squared = len(self.centre), self.distance(z)
        volume = np.log(np.diag(self.cholesky)).sum()
        if np.isinf(self.tail):
            return np.asarray(-(dimension * np.log(2 * np.pi) + squared) / 2 - volume)
        half = (self.tail + dimension) / 2
        constant = special.gammaln(half) - special.gammaln(self.tail / 2) - volume
        constant -= dimension / 2 * np.log(self.tail * np.pi)
        return np.asarray(constant - half * np.log1p(squared / self.tail))


@dataclass(frozen=True)
class Proposal:
    """A mixture of components."""

    components: tuple[Component, ...]

    def draw(self, count: int, rng: np.random.Generator) -> Array:
        """Draw points by scrambled Sobol numbers; shape (point, dimension).

        Two further dimensions choose the component and the tail.

        Parameters
        ----------
        count
            A power of 2.
        """
        dimension = len(self.components[0].centre)
        uniform = np.clip(qmc.Sobol(dimension + 2, rng=rng).random(count), _EDGE, 1 - _EDGE)
        edges = np.cumsum([component.share for component in self.components])[:-1]
        chosen = np.searchsorted(edges, uniform[:, -1], side="right")
        normal = special.ndtri(uniform[:, :dimension])
        z: Array = np.empty_like(normal)
        for index, component in enumerate(self.components):
            own = chosen == index
            deviation = normal[own]
            if np.isfinite(component.tail):
                chi_squared = special.chdtri(component.tail, uniform[own, dimension])
                deviation = deviation / np.sqrt(chi_squared / component.tail)[:, None]
            z[own] = component.centre + deviation @ component.cholesky.T
        return z

    def log_densities(self, z: Array) -> Array:
        """Log of share times density of each component; shape (component, point)."""
        return np.array([np.log(one.share) + one.log_density(z) for one in self.components])


def weigh(proposal: Proposal, z: Array, log_density: LogDensity) -> Array:
    """Return importance weights of points of a proposal, adding up to 1; shape (point,).

    Raises
    ------
    FloatingPointError
        None of the points has a density.
    """
    log_weight = log_density(z) - special.logsumexp(proposal.log_densities(z), axis=0)
    if not np.isfinite(log_weight.max()):
        raise FloatingPointError("no point has a density")
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())


def effective(weights: Array) -> float:
    """Effective number of independent draws, 1 / Σ w² (Kong 1992)."""
    return float(1 / (weights**2).sum())


def adapt(
    log_density: LogDensity, dimension: int, rng: np.random.Generator, effort: int = 1
) -> Proposal:
    """Fit a proposal to a posterior density over standard normal bases.

    Parameters
    ----------
    log_density
        From points of shape (point, dimension) to shape (point,), up to a constant.
    rng
        Source of the scrambles of the rounds.
    effort
        So many times as many rounds and points in each.
    """
    prior = Component(PRIOR_SHARE, np.zeros(dimension), np.eye(dimension), np.inf)
    mode, covariance = _mode(log_density, dimension)
    first = Component(1 - PRIOR_SHARE, mode, INFLATION * _cholesky(covariance), MODE_TAIL)
    proposal = Proposal(_shared([first], [0.5], prior, prior_share=0.5))
    fitted: list[Component] = []
    for round_number in range(ROUNDS * effort):
        z = proposal.draw(ROUND_POINTS * effort if round_number else FIRST_POINTS, rng)
        weights = weigh(proposal, z, log_density)
        centre, spread = _moments(z, weights)
        if not fitted:
            fitted, shares = [Component(1.0, centre, _cholesky(spread), TAIL)], [1.0]
        else:
            fitted, shares = _em_step(proposal, z, weights)
            fitted.append(_where_variance_arises(z, weights, spread))
            shares.append(2 * PRIOR_SHARE)
        proposal = Proposal(_shared(fitted, shares, prior))
    return proposal


def _mode(log_density: LogDensity, dimension: int) -> tuple[Array, Array]:
    """Mode and inverse Hessian by BFGS, with central differences evaluated in one batch."""
    step = 1e-4 * np.eye(dimension)

    def negative(z: Array) -> tuple[float, Array]:
        values = -log_density(np.vstack([z[None], z + step, z - step]))
        with np.errstate(invalid="ignore"):
            slopes = (values[1 : dimension + 1] - values[dimension + 1 :]) / (2 * step[0, 0])
        return float(values[0]), np.nan_to_num(slopes, posinf=0.0, neginf=0.0)

    found = optimize.minimize(negative, np.zeros(dimension), jac=True, method="BFGS")
    eigenvalues, axes = np.linalg.eigh((found.hess_inv + found.hess_inv.T) / 2)
    # No posterior is much wider than its prior along any axis.
    return found.x, (axes * np.clip(eigenvalues, _RIDGE, 1.5)) @ axes.T


def _em_step(proposal: Proposal, z: Array, weights: Array) -> tuple[list[Component], list[float]]:
    """One step of EM for all components but the last, which is the prior."""
    logs = proposal.log_densities(z)
    memberships = np.exp(logs - special.logsumexp(logs, axis=0)) * weights
    fitted, shares = [], []
    for component, membership in zip(proposal.components[:-1], memberships, strict=False):
        shares.append(float(membership.sum()))
        dimension = len(component.centre)
        pull = membership * (component.tail + dimension)
        pull /= component.tail + component.distance(z)
        if pull.sum() == 0 or effective(pull / pull.sum()) < _POINTS_PER_DIMENSION * dimension:
            fitted.append(component)
            continue
        centre = pull @ z / pull.sum()
        spread = (z - centre).T @ (pull[:, None] * (z - centre)) / membership.sum()
        fitted.append(Component(1.0, centre, _cholesky(spread), TAIL))
    return fitted, shares


def _where_variance_arises(z: Array, weights: Array, overall: Array) -> Component:
    """Component at the points that weigh too much, by the square of what they weigh too much.

    Shrunk to the overall covariance if these are few. Where no weight is heavy all points count.
    """
    heavy = weights.max() * len(weights) > HEAVY
    excess = np.maximum(weights - (EXCESS / len(weights) if heavy else 0), 0)
    squared = excess**2 / (excess**2).sum()
    centre, spread = _moments(z, squared)
    believed = min(1.0, effective(squared) / (_POINTS_PER_DIMENSION * z.shape[1]))
    mixed = believed * spread + (1 - believed) * overall
    return Component(1.0, centre, INFLATION * _cholesky(mixed), TAIL)


def _shared(
    fitted: list[Component],
    shares: list[float],
    prior: Component,
    prior_share: float = PRIOR_SHARE,
) -> tuple[Component, ...]:
    """Give components their shares, none below `LEAST_SHARE`, and put the prior last."""
    share = np.maximum(shares, LEAST_SHARE)
    share *= (1 - prior_share) / share.sum()
    return (
        *(
            Component(float(part), one.centre, one.cholesky, one.tail)
            for part, one in zip(share, fitted, strict=True)
        ),
        Component(prior_share, prior.centre, prior.cholesky, prior.tail),
    )


def _moments(z: Array, weights: Array) -> tuple[Array, Array]:
    centre = weights @ z
    return centre, (z - centre).T @ (weights[:, None] * (z - centre))


def _cholesky(covariance: Array) -> Array:
    return np.linalg.cholesky(covariance + _RIDGE * np.eye(len(covariance)))
