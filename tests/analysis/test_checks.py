"""The gate must let independent draws through and stop each way a sampler can fail."""

import numpy as np
import pytest
import xarray as xr

from analysis.checks import check_sampling, diagnose

CHAINS, DRAWS = 4, 1000


def stats(**changes):
    rng = np.random.default_rng(1)
    arrays = {
        "diverging": np.zeros((CHAINS, DRAWS), bool),
        "energy": rng.standard_normal((CHAINS, DRAWS)),
        "maxdepth_reached": np.zeros((CHAINS, DRAWS), bool),
    }
    return xr.Dataset(
        {name: (("chain", "draw"), changes.get(name, a)) for name, a in arrays.items()}
    )


def posterior(values):
    return xr.Dataset({"x": (("chain", "draw"), values)})


def verdicts(values, mcse=(0.01,), **changes):
    checks = check_sampling(diagnose(posterior(values)), stats(**changes), list(mcse))
    return {check.name: check.passed for check in checks}


@pytest.fixture
def iid():
    return np.random.default_rng(0).standard_normal((CHAINS, DRAWS))


def test_independent_draws_pass(iid):
    assert all(verdicts(iid).values())


def test_a_stuck_chain_fails_r_hat(iid):
    iid[0] += 3
    assert not verdicts(iid)["r_hat"]


def test_autocorrelated_draws_fail_ess(iid):
    walk = iid.cumsum(axis=1)
    failed = verdicts(walk)
    assert not failed["ess_bulk"]
    assert not failed["r_hat"]


def test_one_divergence_fails(iid):
    diverging = np.zeros((CHAINS, DRAWS), bool)
    diverging[2, 17] = True
    assert not verdicts(iid, diverging=diverging)["divergences"]


def test_slow_energy_fails_bfmi(iid):
    assert not verdicts(iid, energy=iid.cumsum(axis=1))["e_bfmi"]


def test_tree_depth_limit_fails(iid):
    assert not verdicts(iid, maxdepth_reached=np.ones((CHAINS, DRAWS), bool))["max_depth_share"]


def test_noisy_quantile_fails(iid):
    assert not verdicts(iid, mcse=[0.01, 0.2])["mcse_quantile_dex"]


def test_a_nan_fails(iid):
    assert not verdicts(iid, mcse=[float("nan")])["mcse_quantile_dex"]


def test_a_constant_is_not_diagnosed(iid):
    parameters = diagnose(posterior(np.full((CHAINS, DRAWS), 0.4)))
    assert parameters["x"] == {
        "mean": pytest.approx(0.4),
        "sd": 0.0,
        "ess_bulk": None,
        "ess_tail": None,
        "r_hat": None,
    }
    checks = check_sampling(parameters, stats(), [0.0])
    assert all(check.passed for check in checks)
    assert next(check.value for check in checks if check.name == "r_hat") is None


def test_vector_parameters_are_split_by_label(iid):
    data = xr.Dataset(
        {"d": (("chain", "draw", "knot"), np.stack([iid, iid + 1], -1))}, {"knot": [1, 2]}
    )
    assert set(diagnose(data)) == {"d[1]", "d[2]"}
