"""Power-scaling against a conjugate normal, and the words it is told in."""

import json

import arviz_stats as azs
import numpy as np
import pytest
import xarray as xr
from conjugate import LIKELIHOOD, PARAMETER, conjugate
from scipy import stats

from analysis.fit import fit_scenario
from analysis.priors_check.diagnosis import (
    Belief,
    Sensitivity,
    diagnose_parameter,
    diagnose_quantity,
)
from analysis.priors_check.forms_alone import forms_alone
from analysis.priors_check.influenced import influenced_quantities, within_forms
from analysis.priors_check.power_scaling import (
    EVIDENCE_OF,
    LIKELIHOODS,
    prior_sensitivity,
)
from analysis.priors_check.predictive import predictive_checks
from model.given_line.rows import LagLaw
from model.inputs import make_inputs
from model.requirement import requirement
from model.sampling.sampler import Sampler
from model.trend import SPREADS
from priors.parameters import ALL_PARAMETERS, PARAMETERS
from priors.prior_rows import parse_prior
from priors.scenario import load_scenario
from priors.thresholds import thresholds

pytestmark = pytest.mark.slow

LIMIT = thresholds("prior_sensitivity")
#: The prior of the slope is N(0.5, 0.25).
CASES = {
    "conflict": {"rows": [2.0] * 4, "sd": 0.3},
    "flat": {"rows": [0.6] * 4, "sd": 50.0},
    "data": {"rows": [0.5] * 50, "sd": 0.2},
}


@pytest.fixture(scope="module")
def cases(evidence, priors):
    made = {name: conjugate(evidence, priors, **case) for name, case in CASES.items()}
    found = {name: prior_sensitivity(c.tree, c.scenario, c.inputs) for name, c in made.items()}
    return made, found


def parameter(found, name=PARAMETER):
    (row,) = (row for row in found["parameters"] if row["name"] == name)
    return row


def component(found, kind, name):
    (row,) = (row for row in found["components"] if (row["kind"], row["name"]) == (kind, name))
    return row


def scaled(case, power, kind):
    """Mean and sd of the posterior with its prior or its likelihood raised to a power."""
    (m0, s0), (m1, s1) = case.prior, case.posterior
    prior, data = 1 / s0**2, 1 / s1**2 - 1 / s0**2
    data_moment = m1 / s1**2 - m0 * prior
    a, b = (power, 1.0) if kind == "prior" else (1.0, power)
    precision = a * prior + b * data
    return (a * m0 * prior + b * data_moment) / precision, 1 / np.sqrt(precision)


def cjs_distance(first, other, draws):
    """Cumulative Jensen-Shannon distance of two normals (Nguyen and Vreeken 2015).

    Over the range of the draws, as the sample version is.
    """
    x = np.linspace(draws.min(), draws.max(), 20_001)
    dx = x[1] - x[0]

    def one_side(p, q):
        half = (p + q) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            integrand = np.where(p > 0, p * (np.log2(p) - np.log2(half)), 0.0)
        return (integrand.sum() + 0.5 / np.log(2) * (q - p).sum()) * dx

    def distance(p, q):
        return np.sqrt((one_side(p, q) + one_side(q, p)) / ((p.sum() + q.sum()) * dx))

    p, q = (stats.norm.cdf(x, *normal) for normal in (first, other))
    return max(distance(p, q), distance(1 - p, 1 - q))


# ---------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["prior", "likelihood"])
def test_sensitivity_is_that_of_the_conjugate_posterior(cases, name, kind):
    """Against the exact distance of the scaled posterior, by its two-sided difference."""
    made, found = cases
    case, row = made[name], parameter(found[name])
    draws = case.tree["posterior"][PARAMETER].values
    exact = [
        cjs_distance(case.posterior, scaled(case, power, kind), draws) / abs(np.log2(power))
        for power in (0.99, 1.01)
    ]
    # 10 000 draws leave a noise of about 0.004 in a distance per doubling.
    assert row[f"{kind}_sensitivity"] == pytest.approx(np.mean(exact), rel=0.08, abs=6e-3)


@pytest.mark.parametrize("kind", ["prior", "likelihood"])
def test_mean_and_width_shift_as_the_conjugate_posterior_does(cases, kind):
    """The slope enters the headline times the years since the pivot; all else is independent."""
    made, found = cases
    case = made["conflict"]
    row = component(found["conflict"], kind, PARAMETER if kind == "prior" else LIKELIHOOD)
    draws = case.tree["posterior"].to_dataset()
    years = 2030.0 - draws.attrs["trend_pivot"]
    step = 1e-4
    (low, sd_low), (high, sd_high) = (scaled(case, 1 + s, kind) for s in (-step, step))
    expected = years * np.log(2) * (high - low) / (2 * step)
    shift, mcse = (row[key]["effective 2030"] for key in ("shift_per_doubling", "shift_mcse"))
    assert shift == pytest.approx(expected, abs=4 * mcse)
    assert mcse < 0.2 * abs(expected)
    variance = years**2 * (sd_high**2 - sd_low**2) / (2 * step)
    effective = influenced_quantities(draws, case.scenario)["effective 2030"]
    width = np.log(2) * variance / (2 * float(effective.var()))
    # 10 000 draws leave 0.7 % in a variance, and as much of the covariance with it.
    assert row["width_per_doubling"]["effective 2030"] == pytest.approx(width, abs=0.02)


def test_a_block_counts_all_its_priors(cases):
    _, found = cases
    block = component(found["data"], "priors of a block", "trend")
    own = [
        component(found["data"], "prior", name)
        for name in (
            "trend_level",
            "trend_slope",
            "trend_noise",
            "trend_grade_factor",
        )
    ]
    for key, value in block["shift_per_doubling"].items():
        assert value == pytest.approx(sum(row["shift_per_doubling"][key] for row in own))


def test_weights_are_those_of_arviz(cases):
    """The whole tree through `psense` itself."""
    made, found = cases
    tree = made["conflict"].tree
    direct = azs.psense(
        tree, var_names=[PARAMETER], group="likelihood", group_var_names=[LIKELIHOOD]
    )
    assert parameter(found["conflict"])["likelihood_sensitivity"] == pytest.approx(
        float(direct[PARAMETER])
    )


def test_headline_is_the_requirement(cases):
    case = cases[0]["data"]
    scenario = case.scenario.override(
        {"levers.years": [2028.0, 2030.0], "levers.precisions": ["BF16", "FP8"]}
    )
    draws = case.tree["posterior"].to_dataset()
    headline = influenced_quantities(draws, scenario)
    assert list(headline) == [
        *("effective 2028", "peak BF16 2028", "peak FP8 2028"),
        *("effective 2030", "peak BF16 2030", "peak FP8 2030"),
    ]
    levers = scenario.levers.only("frontier")
    required = requirement(draws, scenario.workload, levers).isel(target=0, drop=True)
    peak = required["peak_eflops"].sel(year=2030.0, precision="FP8").isel(days=0)
    np.testing.assert_allclose(headline["peak FP8 2030"], np.log10(peak))


def test_what_is_scaled_are_priors_with_a_row_and_likelihoods_with_rows(cases):
    _, found = cases
    rows = [(row["kind"], row["name"]) for row in found["data"]["components"]]
    assert {name for kind, name in rows if kind == "prior"} <= PARAMETERS.keys()
    assert [name for kind, name in rows if kind == "likelihood"] == [LIKELIHOOD]
    assert found["data"]["blocks_without_evidence"] == ["law", "efficiency", "campaign"]
    json.dumps(found, allow_nan=False)


def test_draws_are_moved_within_each_form():
    """A form whose densities are larger as a whole gets no more weight for that."""
    rng = np.random.default_rng(0)
    form = xr.DataArray(np.repeat([[0.0, 1.0]], 50, axis=1), dims=("chain", "draw"))
    density = xr.DataArray(rng.normal(size=(1, 100)) + 7 * form.values, dims=("chain", "draw"))
    held = within_forms(density, form)
    for number in (0, 1):
        mine = held.values[form.values == number]
        assert mine.mean() == pytest.approx(0, abs=1e-12)
        before = density.values[form.values == number]
        np.testing.assert_allclose(np.diff(mine), np.diff(before))
    xr.testing.assert_identical(within_forms(density, None), density)


@pytest.mark.slow
def test_unreliable_weights_fail(cases):
    """A log density with a tail that no importance sampling survives."""
    case = cases[0]["data"]
    tree = case.tree.copy()
    likelihood = tree["log_likelihood"].to_dataset()
    heavy = np.random.default_rng(0).standard_t(0.5, size=likelihood[LIKELIHOOD].shape[:2]) * 1e4
    likelihood[LIKELIHOOD] = likelihood[LIKELIHOOD] + heavy[..., None]
    tree["log_likelihood"] = xr.DataTree(likelihood)
    (check,) = prior_sensitivity(tree, case.scenario, case.inputs)["checks"]
    assert not check["passed"]
    assert check["value"] > LIMIT["pareto_k"]


# ------------------------------------------------------------------------------------ the words


@pytest.mark.parametrize(
    ("name", "verdict", "words"),
    [
        ("conflict", "conflict", "contradict each other"),
        ("flat", "no evidence", "the training runs carry no information on it"),
        ("data", "data", "the training runs decide"),
    ],
)
def test_the_verdict_of_a_known_case(cases, name, verdict, words):
    row = parameter(cases[1][name])
    assert row["verdict"] == verdict
    assert words in row["diagnosis"]
    assert f"prior {cases[0][name].prior[0]:.3g} ±" in row["diagnosis"]
    assert f"posterior {row['posterior_mean']:.3g} ±" in row["diagnosis"]


def test_a_block_without_rows_is_its_prior(cases):
    row = parameter(cases[1]["data"], "mfu_median")
    assert (row["verdict"], row["likelihood_sensitivity"]) == ("no evidence", None)
    assert "no evidence enters" in row["diagnosis"]


def belief(moved=0.0, shrunk=0.5):
    return Belief("trend_slope", 0.5, 0.2, 0.5 + 0.2 * moved, 0.2 * shrunk)


@pytest.mark.parametrize(
    ("about", "prior", "likelihood", "verdict"),
    [
        (belief(moved=3.0), 0.2, 0.2, "conflict"),
        (belief(moved=1.0), 0.2, 0.2, "potential conflict"),
        (belief(shrunk=1.01, moved=1.0), 0.2, 0.2, "potential conflict"),
        (belief(shrunk=0.99), 0.2, 0.01, "no evidence"),
        (belief(shrunk=0.7), 0.2, 0.01, "prior"),
        (belief(), 0.2, None, "no evidence"),
        (belief(), 0.01, 0.2, "data"),
        (belief(shrunk=0.2), 0.01, 0.01, "data"),
        (belief(shrunk=0.9), 0.01, 0.01, "neither"),
        (belief(moved=3.0), 0.05, 0.05, "conflict"),
        (belief(moved=3.0), 0.049, 0.05, "data"),
    ],
)
def test_verdicts(about, prior, likelihood, verdict):
    found = diagnose_parameter(about, Sensitivity(prior, likelihood), LIKELIHOOD, LIMIT)
    assert found["verdict"] == verdict


def test_surprise_is_the_prior_predictive_z_of_a_normal_mean(cases):
    for case in cases[0].values():
        (m0, s0), (m1, s1) = case.prior, case.posterior
        data_variance = 1 / (1 / s1**2 - 1 / s0**2)
        data_mean = (m1 / s1**2 - m0 / s0**2) * data_variance
        z = (data_mean - m0) / np.hypot(s0, np.sqrt(data_variance))
        assert Belief(PARAMETER, m0, s0, m1, s1).surprise == pytest.approx(z)


def test_a_headline_names_the_priors_that_matter():
    def row(name, value):
        return {
            "kind": "prior",
            "name": name,
            "sensitivity": {"q": value},
            "shift_per_doubling": {"q": -0.2},
            "width_per_doubling": {"q": -0.1},
        }

    weak, strong = row("law_closure", 0.01), row("trend_slope", 0.2)
    found = diagnose_quantity("q", [weak, strong], LIMIT)
    assert found["priors"] == ["trend_slope"]
    assert "depends on the prior of trend_slope (0.200" in found["diagnosis"]
    assert (
        "no prior reaches a sensitivity of 0.05"
        in diagnose_quantity("q", [weak], LIMIT)["diagnosis"]
    )
    assert "degenerate" in diagnose_quantity("q", [], LIMIT)["diagnosis"]


def test_a_point_has_no_priors(evidence, priors):
    scenario = load_scenario("roadmap-point")
    inputs = make_inputs(scenario, evidence, priors)
    case = conjugate(evidence, priors, rows=[0.5], sd=1.0, draws=50)
    empty = {"log_prior": xr.Dataset(), "log_likelihood": case.tree["log_likelihood"].to_dataset()}
    nothing = empty["log_likelihood"].isel(run=slice(0, 0))
    tree = xr.DataTree.from_dict(
        {
            "posterior": case.tree["posterior"].to_dataset(),
            "log_prior": empty["log_prior"],
            "log_likelihood": nothing,
        }
    )
    found = prior_sensitivity(tree, case.scenario, inputs.priors)
    assert (found["components"], found["parameters"]) == ([], [])
    assert found["checks"][0]["passed"]
    assert found["checks"][0]["value"] is None


def test_every_likelihood_has_a_block():
    assert {one.block for one in LIKELIHOODS.values()} == {
        parameter.block for parameter in PARAMETERS.values()
    }


# ----------------------------------------------------------------------------------- on the data


@pytest.mark.slow
def test_the_updated_posterior(evidence, priors):
    """Blocks are independent: a component of another block moves a headline part of it by noise.

    And only rows of the register are scaled: no yearly change of the slope, no system effect.
    """
    scenario = load_scenario("updated")
    inputs = make_inputs(scenario, evidence, priors)
    fit = fit_scenario(scenario, evidence, priors, Sampler(draws=2000), seed=3)
    tree = fit.tree
    found = prior_sensitivity(tree, scenario, inputs, forms_alone(fit))
    assert set(tree["log_prior"].data_vars) <= PARAMETERS.keys()
    assert all(check["passed"] for check in found["checks"])
    assert {row["name"] for row in found["components"] if row["kind"] == "likelihood"} == set(
        EVIDENCE_OF
    )
    uncertain = {name for name, one in inputs.priors.items() if one.family != "fixed"}
    assert {row["name"] for row in found["parameters"]} == uncertain & ALL_PARAMETERS.keys()
    forms = {row["name"]: row["form"] for row in found["components"] if row["form"]}
    assert forms == {spread: form for form, spread in SPREADS.items() if spread}
    for row in found["components"]:
        if row["block"] in {"efficiency", "campaign"}:
            shift, mcse = (
                row[key]["effective 2030"] for key in ("shift_per_doubling", "shift_mcse")
            )
            assert abs(shift) <= 4 * mcse
    assert parameter(found, "law_closure")["verdict"] == "no evidence"
    assert parameter(found, "mfu_median")["verdict"] == "data"
    assert not any(row["verdict"] == "conflict" for row in found["parameters"])
    rng = np.random.default_rng(4)
    law = LagLaw("public+sovereign", "growing")
    predicted = predictive_checks(tree["posterior"].to_dataset(), inputs, "posterior", rng, law)
    assert {row["likelihood"] for row in predicted["rows"]} == set(EVIDENCE_OF)
    assert all(check["passed"] for check in predicted["checks"])


def test_the_registers_priors_have_mean_and_sd(priors, evidence):
    """A half-normal and a correlation are compared on their own scale."""
    for name, prior in priors.sets["updated"].items():
        if name in PARAMETERS and prior.family != "fixed":
            rng = np.random.default_rng(0)
            draws = prior.standardised().distribution().rvs(40_000, random_state=rng)
            taken = Belief.of(name, prior, xr.DataArray(draws))
            assert taken.posterior_mean == pytest.approx(
                taken.prior_mean, abs=0.03 * taken.prior_sd
            )
            assert taken.posterior_sd == pytest.approx(taken.prior_sd, rel=0.03)
    record = {
        "family": "fixed",
        "value": 0.1,
        "unit": "OOM/yr",
        "rationale": "A constant has no sd.",
        "sources": ["judgement-2026"],
    }
    assert parse_prior("trend_slope", record, "test", evidence.sources).standardised().scale == 0
