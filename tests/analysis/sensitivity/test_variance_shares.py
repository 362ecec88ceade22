"""Sobol' indices against functions whose indices are known, and sums that must be 1.

Tolerances: 1 % of the variance, and 4 of the standard errors that the function itself gives,
whose honesty is tested by replication.
"""

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from unfitted import unfitted

from analysis.need import need_at
from analysis.sensitivity.variance_shares import variance_shares
from model.blocks import BLOCKS

PRECISION = 0.01
STANDARD_ERRORS = 4.0


def dataset(**columns) -> xr.Dataset:
    return xr.Dataset(
        {name: (("chain", "draw"), values.reshape(4, -1)) for name, values in columns.items()}
    )


def groups(names):
    return {name: (name,) for name in names}


def close(shares, name, expected):
    """Within 1 % of the variance and within 4 standard errors."""
    error = np.abs(shares[name].values - np.array(expected))
    assert error.max() <= PRECISION, error
    allowed = STANDARD_ERRORS * shares[f"{name}_mcse"].values
    assert (error <= allowed + 1e-12).all(), error / allowed


def test_ishigami():
    """sin x₁ + 7 sin² x₂ + 0.1 x₃⁴ sin x₁ on (−π, π)³ (Ishigami & Homma 1990).

    With 200 000 draws the standard error of a share is about 0.3 %.
    """
    rng = np.random.default_rng(0)
    x = rng.uniform(-np.pi, np.pi, (3, 200_000))
    shares = variance_shares(
        lambda at: (1 + 0.1 * at["x3"] ** 4) * np.sin(at["x1"]) + 7 * np.sin(at["x2"]) ** 2,
        dataset(x1=x[0], x2=x[1], x3=x[2]),
        groups(["x1", "x2", "x3"]),
    )
    first, second = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2, 7**2 / 8
    joint = 0.1**2 * np.pi**8 * 8 / 225
    variance = first + second + joint
    close(shares, "first", np.array([first, second, 0]) / variance)
    close(shares, "total", np.array([first + joint, second, joint]) / variance)
    close(shares, "shapley", np.array([first + joint / 2, second, joint / 2]) / variance)
    close(shares.sel(interaction="x1×x3"), "joint", joint / variance)
    assert (
        shares["joint"].sel(interaction=["x1×x2", "x2×x3", "x1×x2×x3"]).values.tolist() == [0] * 3
    )
    close(shares, "sum", 1.0)


def test_three_that_only_work_together():
    """The product of three standard normals has no share of fewer than three."""
    x = np.random.default_rng(1).standard_normal((3, 200_000))
    names = ["a", "b", "c"]
    shares = variance_shares(
        lambda at: at["a"] * at["b"] * at["c"], dataset(a=x[0], b=x[1], c=x[2]), groups(names)
    )
    assert np.abs(shares["first"].values).max() < STANDARD_ERRORS * shares["first_mcse"].max()
    assert (shares["total"] - 1 < STANDARD_ERRORS * shares["total_mcse"]).all()
    whole, error = shares["joint"].values[-1], shares["joint_mcse"].values[-1]
    assert whole == pytest.approx(1.0, abs=STANDARD_ERRORS * error)
    assert shares["shapley"].sum().item() == pytest.approx(shares["sum"].item(), abs=1e-12)


def test_a_sum_has_the_shares_of_its_terms_and_nothing_else():
    rng = np.random.default_rng(2)
    pair = rng.multivariate_normal([0, 0], [[1, 0.9], [0.9, 1]], 20_000).T
    draws = dataset(a_1=pair[0], a_2=pair[1], b=rng.exponential(size=20_000), idle=pair[0] * 0)
    blocks = {"a": ("a_",), "b": ("b",), "idle": ("idle",), "nothing": ("none",)}
    shares = variance_shares(lambda at: at["a_1"] + at["a_2"] + at["b"] ** 2, draws, blocks)
    assert list(shares["block"].values) == ["a", "b", "idle"]
    assert (shares["joint"] == 0).all()
    assert (shares["first"] == shares["total"]).all()
    assert (shares["first"] == shares["shapley"]).all()
    exact = np.array([2 + 2 * 0.9, 20.0, 0.0])
    found, error = shares["first"].values, shares["first_mcse"].values
    assert (np.abs(found - exact / exact.sum()) <= STANDARD_ERRORS * error).all()
    assert found[2] == error[2] == 0
    assert abs(shares["sum"] - 1) <= STANDARD_ERRORS * shares["sum_mcse"]
    terms = np.array([np.var(pair.sum(axis=0)), np.var(draws["b"].values ** 2), 0])
    whole = np.var(pair.sum(axis=0) + draws["b"].values.ravel() ** 2)
    assert found == pytest.approx(terms / whole, abs=0.02)


@pytest.mark.slow
def test_standard_errors_are_honest():
    """Over 60 replications: the sd of an estimate is within 9 % of itself, so 4 of it are 37 %."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(60):
        x = rng.standard_normal((2, 4000))
        shares = variance_shares(
            lambda at: at["a"] + 0.5 * at["b"] + 0.5 * at["a"] * at["b"],
            dataset(a=x[0], b=x[1]),
            groups(["a", "b"]),
        )
        rows = [(shares[n].values.ravel(), shares[f"{n}_mcse"].values.ravel()) for n in NAMES]
        found.append([np.concatenate(column) for column in zip(*rows, strict=True)])
    estimates, errors = np.moveaxis(np.array(found), 1, 0)
    exact = np.array([1, 0.25, 1.25, 0.5, 1.125, 0.375, 0.25, 1.5]) / 1.5
    scatter = estimates.std(axis=0, ddof=1)
    assert errors.mean(axis=0) == pytest.approx(scatter, rel=0.37)
    assert (np.abs(estimates.mean(axis=0) - exact) <= 4 * scatter / np.sqrt(60)).all()


NAMES = ("first", "total", "shapley", "joint", "sum")


# ------------------------------------------------------------------------------ the chain's shares


@pytest.fixture(scope="module")
def need(evidence, priors):
    return need_at(
        unfitted("updated", evidence, priors, seed=4).ask({"levers.devices": 15_000}),
        target="roadmap-chain",
    )


@pytest.fixture(scope="module")
def shares(need):
    return variance_shares(need.value, need.inputs)


@pytest.mark.slow
def test_the_chain_interacts_in_trend_and_law_alone(need, shares):
    """log10 C is linear in the frontier's, with an intercept and a slope of the law's.

    Its ANOVA is known from the moments of these three: slope u and intercept v are read off the
    chain itself at two frontiers, the rest of the peak is a sum.
    """
    inputs = need.inputs
    ahead = inputs.attrs["trend_ahead"]
    level = inputs["trend_frontier"] + ahead * inputs["trend_growth"] + inputs["trend_later"]
    flat = {name: inputs[name] * 0 for name in ("trend_growth", "trend_later")}
    others = inputs[[n for n in inputs if str(n).startswith(("mfu_", "campaign_"))]].mean()
    at = inputs.assign(flat).assign(others)
    low, high = (need.value(at.assign(trend_frontier=level * 0 + x)) for x in (25.0, 26.0))
    slope = high - low
    intercept = low - 25 * slope
    alone = inputs.assign(inputs[[n for n in inputs if not str(n).startswith("mfu_")]].mean())
    mfu = need.value(alone).var()
    held = [n for n in inputs if not str(n).startswith("campaign_")]
    campaign = need.value(inputs.assign(inputs[held].mean())).var()
    parts = {
        "trend": slope.mean() ** 2 * level.var(),
        "law": (slope * level.mean() + intercept).var(),
        "efficiency": mfu,
        "campaign": campaign,
    }
    joint = slope.var() * level.var()
    whole = need.value(inputs).var()
    for name, part in parts.items():
        one = shares.sel(block=name)
        allowed = STANDARD_ERRORS * float(one["first_mcse"])
        assert float(one["first"]) == pytest.approx(float(part / whole), abs=allowed), name
    one = shares.sel(interaction="trend×law")
    assert float(one["joint"]) == pytest.approx(
        float(joint / whole), abs=STANDARD_ERRORS * float(one["joint_mcse"])
    )
    assert float(joint / whole) > 20 * float(one["joint_mcse"]) > 0
    others = [name for name in shares["interaction"].values if name != "trend×law"]
    assert (shares["joint"].sel(interaction=others) == 0).all()


def test_shares_of_the_chain_sum_to_one(shares):
    assert abs(shares["sum"] - 1) <= STANDARD_ERRORS * shares["sum_mcse"]
    assert float(shares["sum_mcse"]) < 0.02
    assert list(shares["block"].values) == list(BLOCKS)


def test_scipy_agrees():
    """The same indices from SciPy's designed samples, an estimator of its own (Saltelli 2010)."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((3, 100_000))
    shares = variance_shares(
        lambda at: at["a"] * np.exp(0.5 * at["b"]) + at["c"],
        dataset(a=x[0], b=x[1], c=x[2]),
        groups("abc"),
    )
    designed = stats.sobol_indices(
        func=lambda at: at[0] * np.exp(0.5 * at[1]) + at[2],
        n=2**14,
        dists=[stats.norm()] * 3,
        rng=np.random.default_rng(6),
    )
    assert shares["first"].values == pytest.approx(designed.first_order, abs=0.02)
    assert shares["total"].values == pytest.approx(designed.total_order, abs=0.02)
