"""Integrating coefficients out and drawing them back, against dense Gaussian algebra."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import special, stats
from tolerance import STANDARD_ERRORS

from model.beliefs import half_normal_of
from model.build import SYMBOLIC
from model.gaussian import NUMERIC, integrate_out

ROWS, COEFFICIENTS, GROUPS = 9, 3, 4
PYTHON = Mode("py", None)


def linear_model(*, groups: bool, batch: tuple[int, ...] = (), seed: int = 0) -> dict:
    """Arguments of `integrate_out` for a random model with leading dimensions `batch`."""
    rng = np.random.default_rng(seed)
    model = {
        "basis": rng.standard_normal((ROWS, COEFFICIENTS)),
        "scale": rng.uniform(0.2, 2, (*batch, COEFFICIENTS)),
        "residual": rng.standard_normal(ROWS),
        "variance": rng.uniform(0.1, 3, (*batch, ROWS)),
    }
    if groups:
        # Every group has a row, the first of them three or more.
        member = np.concatenate([np.arange(GROUPS), [0, 0], rng.integers(0, GROUPS, ROWS - 6)])
        model["membership"] = np.eye(GROUPS)[member]
        model["group_variance"] = rng.uniform(0.1, 3, batch)
    return model


def dense(model: dict, index: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    """H = basis · scale and the covariance K of the noise, for one index of the batch."""
    noise = np.diag(model["variance"][index])
    if "membership" in model:
        together = model["membership"] @ model["membership"].T
        noise = noise + model["group_variance"][index] * together
    return model["basis"] * model["scale"][index], noise


def posterior(model: dict) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of z by conditioning the joint normal of z and rows (no Woodbury)."""
    basis, noise = dense(model)
    gain = basis.T @ np.linalg.inv(basis @ basis.T + noise)
    return gain @ model["residual"], np.eye(COEFFICIENTS) - gain @ basis


BATCHES = [(), (1,), (4,), (2, 3)]


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize("batch", BATCHES)
def test_log_likelihood_is_the_dense_normals(groups, batch):
    model = linear_model(groups=groups, batch=batch)
    found = integrate_out(NUMERIC, **model).log_likelihood
    assert np.shape(found) == batch
    for index in np.ndindex(*batch):
        basis, noise = dense(model, index)
        expected = stats.multivariate_normal.logpdf(model["residual"], cov=basis @ basis.T + noise)
        assert np.isclose(np.asarray(found)[index], expected, rtol=1e-11)


@pytest.mark.parametrize("groups", [False, True])
def test_symbolic_is_numeric(groups):
    model = linear_model(groups=groups)
    epsilon = np.random.default_rng(1).standard_normal(COEFFICIENTS)
    symbols = {
        name: pt.tensor(name, dtype="float64", shape=(None,) * np.ndim(value))
        for name, value in model.items()
    }
    noise = pt.dvector()
    symbolic = integrate_out(SYMBOLIC, **symbols)
    outputs = [
        symbolic.log_likelihood,
        symbolic.cholesky,
        symbolic.shift,
        symbolic.draw_back(noise),
    ]
    compiled = pytensor.function([*symbols.values(), noise], outputs, mode=PYTHON)
    numeric = integrate_out(NUMERIC, **model)
    expected = [
        numeric.log_likelihood,
        numeric.cholesky,
        numeric.shift,
        numeric.draw_back(epsilon),
    ]
    for found, wanted in zip(compiled(*model.values(), epsilon), expected, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-11)


@pytest.mark.parametrize("groups", [False, True])
def test_likelihood_is_the_same_whatever_the_coefficients(groups):
    """p(r) = p(r | z) p(z) / p(z | r) at any z (Chib's identity): all parts fit together."""
    model = linear_model(groups=groups)
    basis, noise = dense(model)
    mean, covariance = posterior(model)
    integrated = integrate_out(NUMERIC, **model)
    for z in np.random.default_rng(2).standard_normal((5, COEFFICIENTS)):
        total = (
            stats.multivariate_normal.logpdf(model["residual"], basis @ z, noise)
            + stats.norm.logpdf(z).sum()
            - stats.multivariate_normal.logpdf(z, mean, covariance)
        )
        assert np.isclose(integrated.log_likelihood, total, rtol=1e-10)


@pytest.mark.parametrize("groups", [False, True])
def test_draws_back_have_the_analytic_mean_and_covariance(groups):
    """Exactly, as an affine map of ε; and sampled, within 4 standard errors of 20 000 draws."""
    model = linear_model(groups=groups)
    mean, covariance = posterior(model)
    integrated = integrate_out(NUMERIC, **model)
    origin = integrated.draw_back(np.zeros(COEFFICIENTS))
    columns = [integrated.draw_back(unit) - origin for unit in np.eye(COEFFICIENTS)]
    np.testing.assert_allclose(origin, mean, rtol=1e-10)
    np.testing.assert_allclose(np.transpose(columns) @ columns, covariance, rtol=1e-10, atol=1e-14)

    draws = 20_000
    batched = {
        name: np.broadcast_to(value, (draws, *np.shape(value)))
        for name, value in model.items()
        if name in {"scale", "variance", "group_variance"}
    }
    epsilon = np.random.default_rng(3).standard_normal((draws, COEFFICIENTS))
    z = integrate_out(NUMERIC, **{**model, **batched}).draw_back(epsilon)
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(z.mean(0) - mean) <= STANDARD_ERRORS * sd / np.sqrt(draws)).all()
    # Var of a product of two normals with variances s, t and covariance c is s t + c².
    error = np.sqrt((np.outer(sd**2, sd**2) + covariance**2) / draws)
    assert (np.abs(np.cov(z.T) - covariance) <= STANDARD_ERRORS * error).all()


def test_no_rows_leave_the_prior():
    model = linear_model(groups=True, batch=(5,))
    nothing = {
        "basis": model["basis"][:0],
        "scale": model["scale"],
        "residual": model["residual"][:0],
        "variance": model["variance"][:, :0],
        "membership": np.zeros((0, 0)),
        "group_variance": model["group_variance"],
    }
    integrated = integrate_out(NUMERIC, **nothing)
    epsilon = np.random.default_rng(4).standard_normal((5, COEFFICIENTS))
    np.testing.assert_array_equal(integrated.log_likelihood, 0)
    np.testing.assert_array_equal(integrated.draw_back(epsilon), epsilon)


def test_a_zero_scale_fixes_its_coefficient():
    model = linear_model(groups=True)
    model["scale"][1] = 0
    epsilon = np.random.default_rng(5).standard_normal(COEFFICIENTS)
    integrated = integrate_out(NUMERIC, **model)
    z = integrated.draw_back(epsilon)
    assert (z * model["scale"])[1] == 0
    assert z[1] == epsilon[1]  # left at its prior, uncorrelated with the others
    without = {**model, "basis": model["basis"][:, [0, 2]], "scale": model["scale"][[0, 2]]}
    alone = integrate_out(NUMERIC, **without)
    assert np.isclose(integrated.log_likelihood, alone.log_likelihood, rtol=1e-13)
    np.testing.assert_allclose(z[[0, 2]], alone.draw_back(epsilon[[0, 2]]), rtol=1e-12)


def test_no_group_variance_is_no_groups():
    model = linear_model(groups=True)
    model["group_variance"] = np.array(0.0)
    plain = {key: model[key] for key in ("basis", "scale", "residual", "variance")}
    assert np.isclose(
        integrate_out(NUMERIC, **model).log_likelihood,
        integrate_out(NUMERIC, **plain).log_likelihood,
        rtol=1e-14,
    )


def test_half_normal_of_has_the_probability_of_the_normal():
    """P(half-normal < x) = P(normal < z), and the same of the upper tails.

    The upper tail holds at any distance, as it is taken from the upper side.
    """
    values = np.linspace(-8, 30, 500)
    half_normal = half_normal_of(values)
    upper = special.erfc(half_normal / np.sqrt(2))
    np.testing.assert_allclose(upper, special.ndtr(-values), rtol=1e-9)
    lower = special.erf(half_normal / np.sqrt(2))
    np.testing.assert_allclose(lower, special.ndtr(values), rtol=1e-12)
