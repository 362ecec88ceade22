"""The gate must let independent draws through and stop each way a sampler can fail."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from analysis.checks import Check, Errors, check_sampling, diagnose

CHAINS, DRAWS = 4, 1000
SMALL = Errors(quantiles=(0.01,))


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
    found = stats(**changes)
    checks = check_sampling(
        diagnose(posterior(values), found), found, Errors(quantiles=tuple(mcse))
    )
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


@pytest.mark.parametrize(
    ("errors", "failed"),
    [
        (Errors(tails=(0.01, 0.06)), "mcse_tail_dex"),
        (Errors(probabilities=(0.001, 0.02)), "mcse_probability"),
        (Errors(years=(0.01, 0.3)), "mcse_lag_years"),
    ],
)
def test_a_noisy_tail_or_probability_fails_and_names_the_remedy(iid, errors, failed):
    found = stats()
    checks = check_sampling(diagnose(posterior(iid), found), found, errors)
    (one,) = [check for check in checks if not check.passed]
    assert one.name == failed
    assert one.about.endswith("ask for more draws with --draws")


def test_the_errors_of_a_row_are_those_of_all_it_reports():
    row = {
        "mcse_log10": {"0.025": 1.0, "0.05": 2.0, "0.5": 3.0, "0.975": 4.0},
        "assurance_mcse_log10": {"0.95": 5.0},
        "probability_mcse": 6.0,
        "flags": [{"probability_mcse": 7.0}],
        "yardstick": {"held_mcse": 8.0},
    }
    nothing = {"mcse_log10": {}, "assurance_mcse_log10": {}, "flags": [], "yardstick": {}}
    silent = {**nothing, "probability_mcse": None}
    errors = Errors.of([row, silent])
    expected = Errors((2.0, 3.0, 5.0), (1.0, 4.0), probabilities=(6.0, 7.0, 8.0))
    assert errors == expected
    assert errors + Errors(years=(9.0,)) == replace(expected, years=(9.0,))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_no_finite_number_fails_wherever_it_stands(iid, bad, place):
    """Python's max and min drop a NaN that is not the first."""
    errors = [0.01, 0.011, 0.012]
    errors[place] = bad
    assert not verdicts(iid, mcse=errors)["mcse_quantile_dex"]
    good = {"mean": 0.0, "sd": 1.0, "ess_bulk": 4000.0, "ess_tail": 4000.0, "r_hat": 1.0}
    entries = [good, good, good]
    entries[place] = {**good, "r_hat": bad, "ess_bulk": bad, "ess_tail": bad}
    parameters = dict(zip("abc", entries, strict=True))
    found = {check.name: check.passed for check in check_sampling(parameters, stats(), SMALL)}
    assert not any(found[name] for name in ("r_hat", "ess_bulk", "ess_tail"))
    energy = iid.copy()
    energy[place] = bad
    with np.errstate(invalid="ignore"):
        assert not verdicts(iid, energy=energy)["e_bfmi"]


def test_one_draw_that_is_no_number_fails(iid):
    """Mean and sd of xarray skip a NaN; the gate must not."""
    iid[2, 17] = np.nan
    with np.errstate(invalid="ignore"):
        assert not verdicts(iid)["not_finite"]


def exact_stats(ess=(5000.0,) * 4, pareto_k=(0.1,) * 4):
    names = ["trend", "law", "efficiency", "campaign"]
    return xr.Dataset(
        {"importance_ess": ("block", list(ess)), "pareto_k": ("block", list(pareto_k))},
        {"block": names},
        {"sampler": "exact", "draws": CHAINS * DRAWS},
    )


def test_exact_draws_are_judged_by_their_weights(iid):
    values = posterior(iid).rename(x="trend_level")

    def passed(found):
        checks = check_sampling(diagnose(values, found), found, SMALL)
        return {check.name: check.passed for check in checks}

    errors = {"mcse_quantile_dex", "mcse_tail_dex", "mcse_probability", "mcse_lag_years"}
    names = {"not_finite", "pareto_k", "importance_ess_per_draw", *errors}
    assert passed(exact_stats()) == dict.fromkeys(names, True)
    assert not passed(exact_stats(ess=(5000, 3999, 5000, 5000)))["importance_ess_per_draw"]
    assert not passed(exact_stats(ess=(5000, 5000, np.nan, 5000)))["importance_ess_per_draw"]
    assert not passed(exact_stats(pareto_k=(0.1, 0.1, 0.8, 0.1)))["pareto_k"]
    assert not passed(exact_stats(pareto_k=(0.1, np.nan, 0.1, 0.1)))["pareto_k"]
    assert passed(exact_stats(pareto_k=(0.1, -np.inf, 0.1, 0.1)))["pareto_k"]


def test_exact_draws_have_no_r_hat_and_the_ess_of_their_block(iid):
    values = posterior(iid).rename(x="law_a")
    found = diagnose(values, exact_stats(ess=(5000, 3500, 5000, 5000)))["law_a"]
    assert found["r_hat"] is None
    assert found["ess_bulk"] == found["ess_tail"] == 3500
    assert diagnose(values, exact_stats())["law_a"]["ess_bulk"] == CHAINS * DRAWS


def test_a_fall_back_is_named_among_the_checks(iid):
    found = stats().merge(exact_stats(), combine_attrs="override")
    found = found.assign_attrs(sampler="nuts", refused="trend")
    checks = check_sampling(diagnose(posterior(iid), found), found, SMALL)
    (said,) = [check for check in checks if check.name == "fell_back_to_nuts"]
    assert "trend" in said.about
    assert {"r_hat", "divergences"} <= {check.name for check in checks}


def test_a_constant_is_not_diagnosed(iid):
    parameters = diagnose(posterior(np.full((CHAINS, DRAWS), 0.4)), stats())
    assert parameters["x"] == {
        "mean": pytest.approx(0.4),
        "sd": 0.0,
        "ess_bulk": None,
        "ess_tail": None,
        "r_hat": None,
    }
    checks = check_sampling(parameters, stats(), Errors(quantiles=(0.0,)))
    assert all(check.passed for check in checks)
    assert next(check.value for check in checks if check.name == "r_hat") is None


def test_vector_parameters_are_split_by_label(iid):
    data = xr.Dataset(
        {"d": (("chain", "draw", "knot"), np.stack([iid, iid + 1], -1))}, {"knot": [1, 2]}
    )
    assert set(diagnose(data, stats())) == {"d[1]", "d[2]"}


@pytest.mark.parametrize(
    ("value", "most", "least"),
    [
        (0.5, True, False),
        (1.0, True, True),
        (1.5, False, True),
        (np.nan, False, False),
        (None, True, True),
    ],
)
def test_verdict_and_relation_follow_from_value_and_threshold(value, most, least):
    upper, lower = (make("x", value, 1.0, "about") for make in (Check.at_most, Check.at_least))
    assert (upper.passed, upper.relation) == (most, "<=")
    assert (lower.passed, lower.relation) == (least, ">=")
