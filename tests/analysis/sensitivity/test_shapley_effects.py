"""Shapley effects from draws alone, against closed forms for dependent inputs.

Tolerance: 1 % of the variance; the standard errors that the function gives are about 0.3 %.
"""

import numpy as np
import pytest
import xarray as xr

from analysis.sensitivity.shapley_effects import DUMMY, shapley_effects
from analysis.shapley import coalitions, shapley_values

PRECISION = 0.01
DRAWS = 20_000


def dataset(columns) -> xr.Dataset:
    return xr.Dataset(
        {f"x{i}": (("chain", "draw"), column.reshape(4, -1)) for i, column in enumerate(columns)}
    )


def linear_gaussian(slopes, covariance):
    """Shares of βᵀx, x ~ N(0, Σ), from Var(E[y | x_u]) = c_uᵀ Σ_uu⁻¹ c_u with c = Σβ."""
    slopes, covariance = np.array(slopes), np.array(covariance)
    names = [f"x{i}" for i in range(len(slopes))]
    moments = covariance @ slopes
    value = {}
    for u in coalitions(names):
        at = [i for i, name in enumerate(names) if name in u]
        value[u] = moments[at] @ np.linalg.solve(covariance[np.ix_(at, at)], moments[at])
    shares = shapley_values(value, names)
    return np.array([shares[name] for name in names]) / (slopes @ moments)


def correlated(rho, sd=2.0):
    return [[1, rho, 0], [rho, 1, 0.4], [0, 0.4, sd**2]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slopes", "covariance"),
    [
        ([1, 1, 1], correlated(0.0)),
        ([1, 1, 1], correlated(0.9)),
        ([1, 1, 1], correlated(-0.9)),
        ([1, 3.3, 1], [[0.043, 0.016, 0], [0.016, 0.0089, 0], [0, 0, 0.039]]),
        ([1, 0, 0], correlated(0.6)),
    ],
    ids=["nearly independent", "together", "against each other", "as the trend", "by correlation"],
)
def test_linear_function_of_correlated_normals(slopes, covariance):
    rng = np.random.default_rng(0)
    inputs = dataset(rng.multivariate_normal(np.zeros(3), covariance, DRAWS).T)
    answer = sum(slope * inputs[f"x{i}"] for i, slope in enumerate(slopes))
    found = shapley_effects(inputs, answer, rng=rng)
    error = found["share"].values[:3] - linear_gaussian(slopes, covariance)
    assert np.abs(error).max() <= PRECISION, error
    assert (np.abs(error) <= 5 * found["share_mcse"].values[:3] + 0.002).all()
    assert abs(found["share"].sel(input=DUMMY)) <= 0.005
    assert float(found["share"].sum()) == pytest.approx(1.0, abs=1e-12)


def test_two_correlated_normals_in_the_published_form():
    """φ₁ σ² = β₁² σ₁² (1 − ρ²/2) + β₁ β₂ ρ σ₁ σ₂ + β₂² σ₂² ρ²/2 (Owen & Prieur 2017)."""
    rho, (first, second) = 0.7, (1.0, 2.0)
    variance = first**2 + second**2 + 2 * rho * first * second
    published = (
        first**2 * (1 - rho**2 / 2) + rho * first * second + second**2 * rho**2 / 2
    ) / variance
    covariance = [[1, rho], [rho, 1]]
    assert linear_gaussian([first, second], covariance)[0] == pytest.approx(published, rel=1e-12)
    rng = np.random.default_rng(1)
    inputs = dataset(rng.multivariate_normal([0, 0], covariance, DRAWS).T)
    found = shapley_effects(inputs, first * inputs["x0"] + second * inputs["x1"], rng=rng)
    assert found["share"].values[0] == pytest.approx(published, abs=PRECISION)


@pytest.mark.slow
def test_ishigami():
    """A function far from a plane: independent inputs share their interaction evenly.

    Its wide tails make it harder than the chain: 100 000 draws for a standard error of 0.3 %.
    """
    rng = np.random.default_rng(2)
    inputs = dataset(rng.uniform(-np.pi, np.pi, (3, 100_000)))
    answer = (1 + 0.1 * inputs["x2"] ** 4) * np.sin(inputs["x0"]) + 7 * np.sin(inputs["x1"]) ** 2
    found = shapley_effects(inputs, answer, rng=rng, neighbours=20, places=20_000)
    first, second = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2, 7**2 / 8
    joint = 0.1**2 * np.pi**8 * 8 / 225
    exact = np.array([first + joint / 2, second, joint / 2]) / (first + second + joint)
    assert found["share"].values[:3] == pytest.approx(exact, abs=PRECISION)


@pytest.mark.slow
def test_units_do_not_matter():
    rng = np.random.default_rng(3)
    inputs = dataset(rng.multivariate_normal(np.zeros(3), correlated(0.5), 4000).T)
    answer = inputs["x0"] + inputs["x1"] * inputs["x2"]
    scaled = inputs.assign(x0=inputs["x0"] * 1e-3 + 28, x2=inputs["x2"] * 1e6)
    same, other = (
        shapley_effects(x, answer, rng=np.random.default_rng(4)) for x in (inputs, scaled)
    )
    assert other["share"].values == pytest.approx(same["share"].values, abs=1e-9)


def test_inputs_that_say_the_same_share_alike():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, DRAWS))
    inputs = dataset([x[0], 2 * x[0] + 3, x[1]])
    found = shapley_effects(inputs, inputs["x0"] + inputs["x2"], rng=rng)["share"].values
    assert found[:2] == pytest.approx([0.25, 0.25], abs=PRECISION)


@pytest.mark.slow
def test_standard_errors_are_honest():
    """Over 30 replications: an sd is known to 13 % of itself, so 4 of that are 52 %."""
    rng = np.random.default_rng(6)
    shares, errors = [], []
    for _ in range(30):
        inputs = dataset(rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 4000).T)
        found = shapley_effects(inputs, inputs["x0"] + 2 * inputs["x1"], rng=rng, places=800)
        shares.append(found["share"].values[:2])
        errors.append(found["share_mcse"].values[:2])
    scatter = np.std(shares, axis=0, ddof=1)
    assert np.mean(errors, axis=0) == pytest.approx(scatter, rel=0.52)
