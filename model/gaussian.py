"""Linear Gaussian model: coefficients integrated out and drawn back.

For rows r = H z + e with z ~ N(0, I) and e ~ N(0, K), where K is diagonal plus one common
variance inside each group (a random effect per group), the coefficients z have a Gaussian
posterior given the variances. Sampling z next to the variances makes a funnel; integrating z out
leaves a smooth posterior of the variances only, and z follows afterwards from one standard normal
vector ε per draw:

    A = I + HᵀK⁻¹H = L Lᵀ,     z = L⁻ᵀ (L⁻¹HᵀK⁻¹r + ε).

Prior scales are columns of H, so a scale of 0 fixes its coefficient, and no rows at all leave
z = ε, the prior. Source: Rasmussen & Williams 2006, eqs. 2.37–2.42 (linear regression with
explicit basis functions), and the Woodbury identity for K.

The algebra serves NumPy (many points at once, leading dimensions `...`) and PyTensor (one point,
`model.build`) alike.
"""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

type Array = NDArray[np.float64]

_LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Algebra:
    """The functions in which PyTensor and NumPy differ."""

    log: Callable[[Any], Any]
    exp: Callable[[Any], Any]
    expm1: Callable[[Any], Any]
    erfc: Callable[[Any], Any]
    erfinv: Callable[[Any], Any]
    clip: Callable[[Any, Any, Any], Any]
    eye: Callable[[Any], Any]
    cholesky: Callable[[Any], Any]
    solve_lower: Callable[[Any, Any], Any]
    solve_upper: Callable[[Any, Any], Any]


def solve_lower(lower: Array, b: Array) -> Array:
    """Solve L x = b by forward substitution, one coefficient after the other for all points.

    Parameters
    ----------
    lower, b
        Shapes (..., coefficient, coefficient) and (..., coefficient).

    Returns
    -------
    ndarray, shape (..., coefficient)
        NumPy's general solver would factorise every L again; SciPy's triangular one loops over
        the points in Python.
    """
    x = np.empty(np.broadcast_shapes(lower.shape[:-1], b.shape))
    for i in range(lower.shape[-1]):
        known = (lower[..., i, :i] * x[..., :i]).sum(-1)
        x[..., i] = (b[..., i] - known) / lower[..., i, i]
    return x


def solve_upper(upper: Array, b: Array) -> Array:
    """Solve U x = b by back substitution; shapes as in `solve_lower`."""
    return solve_lower(upper[..., ::-1, ::-1], b[..., ::-1])[..., ::-1]


NUMERIC = Algebra(
    log=np.log,
    exp=np.exp,
    expm1=np.expm1,
    erfc=special.erfc,
    erfinv=special.erfinv,
    clip=np.clip,
    eye=np.eye,
    cholesky=np.linalg.cholesky,
    solve_lower=solve_lower,
    solve_upper=solve_upper,
)


@dataclass(frozen=True)
class Integrated:
    """What is left of a linear model once its coefficients are integrated out.

    Attributes
    ----------
    log_likelihood
        Log density of the rows given the variances only; shape (...).
    cholesky
        L, shape (..., coefficient, coefficient), lower.
    shift
        L⁻¹HᵀK⁻¹r, shape (..., coefficient).
    """

    log_likelihood: Any
    cholesky: Any
    shift: Any
    algebra: Algebra

    def draw_back(self, epsilon: Any) -> Any:
        """Coefficients z for one standard normal vector per draw; shape (..., coefficient)."""
        return self.algebra.solve_upper(self.cholesky.swapaxes(-1, -2), self.shift + epsilon)


@dataclass(frozen=True)
class Rows:
    """Sums over the rows of a linear model that share a variance: all that a likelihood needs.

    Attributes
    ----------
    products
        Σ h hᵀ of the basis h of the rows, shape (class, coefficient²); of a basis that differs by
        point, (point, class, coefficient²), and likewise the others.
    moments
        Σ h r with the residuals r, shape (class, coefficient); of residuals that differ by draw,
        (draw, class, coefficient).
    squares, counts
        Σ r² and the number of rows, shape (class,); of residuals that differ by draw, the former
        has shape (draw, 1, class). Results then have shape (draw, ...).
    """

    products: Any
    moments: Any
    squares: Any
    counts: Any


def separate_rows(basis: Any, residual: Any) -> Rows:
    """Make every row a class of its own.

    Parameters
    ----------
    basis, residual
        Shapes (row, coefficient) and (row,).
    """
    rows, coefficients = basis.shape
    products = (basis[:, :, None] * basis[:, None, :]).reshape((rows, coefficients**2))
    return Rows(products, basis * residual[:, None], residual**2, residual * 0 + 1)


def rows_together(basis: Array, residual: Array, classes: NDArray[np.intp], count: int) -> Rows:
    """Take rows of one variance together: the likelihood then costs the same for any number.

    Parameters
    ----------
    basis, residual
        Shapes (row, coefficient) and (row,).
    classes
        Number of each row's class, 0 to `count` − 1; shape (row,).
    """
    coefficients = basis.shape[1]
    members = [classes == number for number in range(count)]
    parts = [(basis[member], residual[member]) for member in members]
    products = [(h.T @ h).reshape(-1) for h, _ in parts]
    return Rows(
        np.array(products).reshape(count, coefficients**2),
        np.array([h.T @ r for h, r in parts]).reshape(count, coefficients),
        np.array([r @ r for _, r in parts]),
        np.array([float(len(r)) for _, r in parts]),
    )


def integrate_rows_out(algebra: Algebra, rows: Rows, *, scale: Any, variance: Any) -> Integrated:
    """Integrate the coefficients of a Gaussian linear model out, from sums over its rows.

    Parameters
    ----------
    algebra
        `NUMERIC`, or `model.build.SYMBOLIC`.
    rows
        Sums of each class.
    scale
        Prior standard deviations of the coefficients, shape (..., coefficient).
    variance
        Of each class's rows, shape (..., class), all positive.
    """
    weight = 1 / variance
    coefficients = rows.moments.shape[-1]
    by_point = rows.products.ndim > weight.ndim
    products = (
        (weight[..., None, :] @ rows.products)[..., 0, :] if by_point else weight @ rows.products
    )
    gram = products.reshape((*weight.shape[:-1], coefficients, coefficients))
    return _integrated(
        algebra,
        scale=scale,
        gram=gram,
        moment=(weight[..., None, :] @ rows.moments)[..., 0, :]
        if by_point
        else weight @ rows.moments,
        quadratic=(weight * rows.squares).sum(-1),
        log_determinant=(rows.counts * algebra.log(variance)).sum(-1),
        count=rows.counts.sum(),
    )


def integrate_out(
    algebra: Algebra,
    *,
    basis: Any,
    scale: Any,
    residual: Any,
    variance: Any,
    membership: Any = None,
    group_variance: Any = None,
) -> Integrated:
    """Integrate the coefficients of a Gaussian linear model out.

    Parameters
    ----------
    algebra
        `NUMERIC`, or `model.build.SYMBOLIC`.
    basis, scale
        H = basis · scale: shapes (row, coefficient) and (..., coefficient), the latter the
        coefficients' prior standard deviations.
    residual
        r, shape (row,): observations less their prior mean.
    variance
        Diagonal of K without the group part, shape (..., row), all positive.
    membership, group_variance
        Indicator of each row's group, shape (row, group), and the variance a group shares,
        shape (...).

    Returns
    -------
    Integrated
        Log likelihood and what `draw_back` needs.
    """
    if membership is None:
        rows = separate_rows(basis, residual)
        return integrate_rows_out(algebra, rows, scale=scale, variance=variance)
    weight = 1 / variance
    count, coefficients = basis.shape
    separate = separate_rows(basis, residual)
    gram = (weight @ separate.products).reshape((*weight.shape[:-1], coefficients, coefficients))
    # K⁻¹ = W − W G diag(v / (1 + v s)) GᵀW with s the summed weights of a group.
    total = weight @ membership
    shrink = group_variance[..., None] / (1 + group_variance[..., None] * total)
    groups = membership.shape[1]
    shared = (membership[:, :, None] * basis[:, None, :]).reshape((count, groups * coefficients))
    group_basis = (weight @ shared).reshape((*weight.shape[:-1], groups, coefficients))
    group_residual = (weight * residual) @ membership
    shrunk = shrink[..., None] * group_basis
    spread = algebra.log(1 + group_variance[..., None] * total).sum(-1)
    return _integrated(
        algebra,
        scale=scale,
        gram=gram - group_basis.swapaxes(-1, -2) @ shrunk,
        moment=weight @ separate.moments - (shrunk * group_residual[..., None]).sum(-2),
        quadratic=weight @ separate.squares - (shrink * group_residual**2).sum(-1),
        log_determinant=algebra.log(variance).sum(-1) + spread,
        count=count,
    )


@dataclass(frozen=True)
class Groups:
    """Sums over the rows of groups that each have an effect of their own on every coefficient.

    Rows of group g: y = X (θ + u_g) + e with e ~ N(0, D) and u_g ~ N(0, T Tᵀ). All have a leading
    axis of groups.

    Attributes
    ----------
    information
        XᵀD⁻¹X, shape (group, coefficient, coefficient).
    moment
        XᵀD⁻¹r with the residuals r about the prior means, shape (..., group, coefficient).
    squares, log_determinants, counts
        rᵀD⁻¹r of shape (..., group), ln |D| and the number of rows, shape (group,).
    coefficients
        How many there are.
    """

    information: Any
    moment: Any
    squares: Any
    log_determinants: Any
    counts: Any
    coefficients: int

    def without_effects(self, algebra: Algebra, root: Any) -> tuple[Any, Any, Any, Any]:
        """Integrate the groups' effects out.

        Parameters
        ----------
        root
            T, lower triangular, shape (..., coefficient, coefficient).

        Returns
        -------
        tuple
            XᵀK⁻¹X, XᵀK⁻¹r, rᵀK⁻¹r and ln |K| of each group, with K = D + X T Tᵀ Xᵀ by the
            Woodbury identity.
        """
        size = self.coefficients
        turned = root[..., None, :, :].swapaxes(-1, -2)
        scaled = turned @ self.information
        factor = algebra.cholesky(algebra.eye(size) + scaled @ turned.swapaxes(-1, -2))
        own = algebra.solve_lower(factor, (turned @ self.moment[..., None])[..., 0])
        columns = [algebra.solve_lower(factor, scaled[..., i]) for i in range(size)]
        units = np.eye(size)
        gram, moment = self.information, self.moment
        for i, column in enumerate(columns):
            moment = moment - (column * own).sum(-1)[..., None] * units[i]
            for j, other in enumerate(columns):
                unit = units[i][:, None] * units[j]
                gram = gram - (column * other).sum(-1)[..., None, None] * unit
        spread = 2 * algebra.log(factor.diagonal(axis1=-2, axis2=-1)).sum(-1)
        squares = self.squares - (own**2).sum(-1)
        return gram, moment, squares, self.log_determinants + spread


def integrate_groups_out(algebra: Algebra, groups: Groups, *, scale: Any, root: Any) -> Integrated:
    """Integrate the coefficients out, and the effects that each group has on all of them.

    Parameters
    ----------
    algebra
        `NUMERIC`, or `model.build.SYMBOLIC`.
    scale
        Prior standard deviations of the coefficients, shape (coefficient,).
    root
        T of the effects' covariance T Tᵀ, shape (..., coefficient, coefficient).
    """
    gram, moment, squares, log_determinants = groups.without_effects(algebra, root)
    return _integrated(
        algebra,
        scale=scale,
        gram=gram.sum(-3),
        moment=moment.sum(-2),
        quadratic=squares.sum(-1),
        log_determinant=log_determinants.sum(-1),
        count=groups.counts.sum(),
    )


def _integrated(
    algebra: Algebra,
    *,
    scale: Any,
    gram: Any,
    moment: Any,
    quadratic: Any,
    log_determinant: Any,
    count: Any,
) -> Integrated:
    """Integrate z out, given HᵀK⁻¹H and HᵀK⁻¹r for unit scales, rᵀK⁻¹r and ln |K|."""
    coefficients = scale.shape[-1]
    precision = algebra.eye(coefficients) + scale[..., :, None] * gram * scale[..., None, :]
    factor = algebra.cholesky(precision)
    shift = algebra.solve_lower(factor, scale * moment)
    quadratic = quadratic - (shift**2).sum(-1)
    log_determinant = log_determinant + 2 * algebra.log(factor.diagonal(axis1=-2, axis2=-1)).sum(-1)
    log_likelihood = -(quadratic + log_determinant + count * _LOG_TWO_PI) / 2
    return Integrated(log_likelihood, factor, shift, algebra)
