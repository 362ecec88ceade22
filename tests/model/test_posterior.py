"""The completed posterior: what its groups hold, and that they fit the model and each other."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from pymc.logprob.transforms import LogTransform
from pytensor.compile.mode import Mode
from scipy import stats

from model.build import build_model
from model.efficiency import COEFFICIENTS
from model.nuts import sample
from model.sampler import Sampler
from model.seeds import named_seed
from model.posterior import complete
from priors.parameters import PARAMETERS

CASES = ["updated", pytest.param("updated-linear", marks=pytest.mark.slow), "roadmap"]
GROUPS = {"posterior", "prior", "log_likelihood", "log_prior", "observed_data", "sample_stats"}
SHORT = Sampler(draws=60, tune=60, chains=2)


# ------------------------------------------------------------------------------------- structure


@pytest.mark.parametrize("case", CASES)
def test_groups_and_dimensions(fit, case):
    fitted = fit(case)
    assert set(fitted.tree.children) == GROUPS
    for group in ("posterior", "prior", "log_prior"):
        for name, variable in fitted.tree[group].to_dataset().items():
            knots = ("knot",) if name == "trend_changes" else ()
            assert variable.dims == ("chain", "draw", *knots), name
    rows = {
        "trend_runs": "run",
        "law_studies": "study",
        "mfu_systems": "system",
        "campaign_rows": "campaign",
    }
    for name, dim in rows.items():
        variable = fitted.tree["log_likelihood"][name]
        assert variable.dims == ("chain", "draw", dim)
        assert tuple(variable[dim].values) == fitted.inputs.labels[dim]
    for name, dim in {**rows, "mfu_rows": "efficiency_row"}.items():
        if name != "mfu_systems":
            assert fitted.tree["observed_data"][name].dims == (dim,)


@pytest.mark.parametrize("case", CASES)
def test_every_variable_has_a_unit_and_a_long_name(fit, case):
    tree = fit(case).tree
    for group in GROUPS - {"sample_stats"}:
        for name, variable in tree[group].to_dataset().items():
            assert variable.attrs["units"], f"{group}.{name}"
            assert variable.attrs["long_name"], f"{group}.{name}"


@pytest.mark.parametrize("case", CASES)
def test_posterior_and_prior_hold_every_parameter_of_the_form(fit, case):
    fitted = fit(case)
    form = fitted.scenario.trend.form
    absent = {"linear": "trend_drift", "drifting": "trend_tail"}[form]
    expected = set(PARAMETERS) - {absent}
    expected |= {"law_a", "law_b", "mfu_new_system", "campaign_ratio"}
    expected |= {"trend_changes"} if form == "drifting" else set()
    assert set(fitted.posterior) == set(fitted.prior) == expected
    for name in expected & set(PARAMETERS):
        assert fitted.posterior[name].attrs["units"] == PARAMETERS[name].unit
    assert fitted.posterior.attrs.keys() == {"trend_pivot", "law_pivot_flop", "mfu_device_pivot"}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_missing(fit, case):
    for group in GROUPS - {"sample_stats"}:
        for name, variable in fit(case).tree[group].to_dataset().items():
            assert np.isfinite(variable.values).all(), f"{group}.{name}"


def test_completing_keeps_the_sampled_draws(fit):
    fitted = fit("updated")
    for name in ("trend_noise", "trend_drift", "mfu_system_spread", "campaign_mean"):
        assert np.array_equal(fitted.posterior[name], fitted.raw["posterior"][name])


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
def test_netcdf_round_trip_is_identical(fit, case, tmp_path):
    tree = fit(case).tree
    path = tmp_path / "posterior.nc"
    tree.to_netcdf(path, engine="netcdf4")
    with xr.open_datatree(path, engine="netcdf4") as back:
        xr.testing.assert_identical(back.load(), tree)


# ------------------------------------------------------------------------------------- densities


def picked(group, count=4):
    """Return a few draws of a group from both ends of the chains, stacked to `sample`."""
    ends = group.to_dataset().isel(draw=[0, -1])
    return ends.stack(sample=("chain", "draw")).isel(sample=range(count))


@pytest.mark.slow
def test_linear_log_likelihood_is_pymcs_own(fit):
    """Sum over runs and campaigns against the observed StudentT and Beta of the PyMC model."""
    fitted = fit("updated-linear")
    model = build_model("linear", fitted.inputs.arrays("linear"))
    rows = ["trend_runs", "campaign_rows"]
    log_density = model.compile_logp(
        vars=[model[name] for name in rows], sum=False, mode=Mode("py", None)
    )
    raw, found = picked(fitted.raw["posterior"]), picked(fitted.tree["log_likelihood"])
    for i in range(raw.sizes["sample"]):
        point = model.initial_point()
        for variable in model.free_RVs:
            value = raw[variable.name].isel(sample=i).values
            held = model.rvs_to_values[variable].name
            is_log = isinstance(model.rvs_to_transforms[variable], LogTransform)
            assert held in point
            point[held] = np.log(value) if is_log else value
        for name, expected in zip(rows, log_density(point), strict=True):
            np.testing.assert_allclose(found[name].isel(sample=i), expected, rtol=1e-10)


def test_drifting_log_likelihood_is_normal_about_the_path(fit):
    fitted = fit("updated")
    inputs = fitted.inputs
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    years = inputs.trend_years
    for i in range(draws.sizes["sample"]):
        at = draws.isel(sample=i)
        path = float(at["trend_level"]) + float(at["trend_slope"]) * (years - 2020)
        for knot, change in zip(range(2011, 2046), at["trend_changes"].values, strict=True):
            acts = (years > knot) if knot > 2020 else (years < knot)
            path = path + change * (years - knot) * acts
        variance = float(at["trend_noise"]) ** 2
        variance = variance + (float(at["trend_grade_factor"]) * inputs.trend_grade_sd) ** 2
        expected = stats.norm.logpdf(inputs.trend_log10_flop, path, np.sqrt(variance))
        np.testing.assert_allclose(found["trend_runs"].isel(sample=i), expected, rtol=1e-9)


def test_law_log_likelihood_is_normal_about_the_mean_exponent(fit):
    fitted = fit("updated")
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    for i in range(draws.sizes["sample"]):
        at = draws.isel(sample=i)
        expected = [
            stats.norm.logpdf(
                a, at["law_exponent_mean"], (sd**2 + at["law_exponent_spread"] ** 2) ** 0.5
            )
            for a, sd in zip(fitted.inputs.law_exponents, fitted.inputs.law_sd, strict=True)
        ]
        np.testing.assert_allclose(found["law_studies"].isel(sample=i), expected, rtol=1e-10)


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
def test_system_log_likelihood_is_a_dense_normal(fit, case):
    fitted = fit(case)
    inputs = fitted.inputs
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    sizes = inputs.mfu_membership.sum(0)
    assert sizes.max() > 2  # more than one row shares an effect
    for i in range(draws.sizes["sample"]):
        at = {name: float(draws[name].isel(sample=i)) for name in PARAMETERS if name in draws}
        residual = inputs.mfu_logit - inputs.mfu_basis @ [at[name] for name in COEFFICIENTS]
        for system, member in enumerate(inputs.mfu_membership.T.astype(bool)):
            covariance = np.diag(at["mfu_run_spread"] ** 2 + inputs.mfu_rounding_sd[member] ** 2)
            covariance = covariance + at["mfu_system_spread"] ** 2
            expected = stats.multivariate_normal.logpdf(residual[member], cov=covariance)
            value = float(found["mfu_systems"].isel(sample=i, system=system))
            assert np.isclose(value, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_log_prior_is_the_density_of_the_prior_row(fit, case):
    fitted = fit(case)
    found = fitted.tree["log_prior"].to_dataset()
    uncertain = {
        name: fitted.inputs.priors[name]
        for name in PARAMETERS
        if name in fitted.posterior and fitted.inputs.priors[name].family != "fixed"
    }
    assert set(found) == set(uncertain)
    for name, prior in uncertain.items():
        row = prior.standardised()
        density = {
            "normal": stats.norm(row.loc, row.scale),
            "half-normal": stats.halfnorm(scale=row.scale),
            "gamma": stats.gamma(row.shape, scale=row.scale),
        }[prior.family]
        np.testing.assert_allclose(found[name], density.logpdf(fitted.posterior[name]), rtol=1e-12)


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
def test_prior_group_is_drawn_from_the_priors(fit, case):
    """Kolmogorov-Smirnov of every parameter's prior draws against its row.

    They are independent. With a Bonferroni level of 0.001 over all parameters, 10 000 draws let
    pass a distance of 0.024 at most: a shift of 0.06 sd, or a scale that is off by 10 %.
    """
    fitted = fit(case)
    names = [name for name in PARAMETERS if name in fitted.prior]
    assert {"trend_level", "trend_slope", "law_pivot_parameters"} < set(names)
    for name in names:
        distribution = fitted.inputs.priors[name].standardised().distribution()
        draws = fitted.prior[name].values.ravel()
        assert draws.size >= 10_000
        test = stats.kstest(draws, distribution.cdf)
        assert test.pvalue > 1e-3 / len(names), name


def test_prior_of_what_is_to_come_follows_from_the_parameters(fit):
    """Given its own draw's spreads, what is to come is standard: K-S at 0.001 / 4 as above."""
    prior = fit("updated").prior
    law = (prior["law_a"] - prior["law_exponent_mean"]) / prior["law_exponent_spread"]
    spread = np.hypot(prior["mfu_system_spread"], prior["mfu_run_spread"])
    change = prior["trend_changes"].sel(knot=2027) / prior["trend_drift"]
    mean = 1 / (1 + np.exp(-prior["campaign_mean"]))
    total = prior["campaign_concentration"]
    ratio = stats.beta.cdf(prior["campaign_ratio"], mean * total, (1 - mean) * total)
    for draws, cdf in (
        (law, stats.norm.cdf),
        (prior["mfu_new_system"] / spread, stats.norm.cdf),
        (change, stats.norm.cdf),
        (ratio, stats.uniform.cdf),
    ):
        assert stats.kstest(np.ravel(draws), cdf).pvalue > 1e-3 / 4
    assert np.array_equal(prior["law_b"], 1 - prior["law_a"] + prior["law_closure"])


# ----------------------------------------------------------------------------------------- seeds


def refit(case_inputs, compiled, case, seed, sampler=SHORT):
    scenario, inputs = case_inputs(case)
    form = scenario.trend.form
    compiled(form)
    raw = sample(form, inputs, sampler, seed=seed)
    rng = np.random.default_rng(named_seed(seed, "complete"))
    return complete(raw, form, inputs, rng=rng)["posterior"].to_dataset()


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_same_seed_same_draws(case_inputs, compiled, case, seed):
    first, second = (refit(case_inputs, compiled, case, seed) for _ in range(2))
    xr.testing.assert_identical(first, second)


@pytest.mark.parametrize(
    "case", ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
)
def test_other_seeds_other_draws(case_inputs, compiled, case):
    draws = [refit(case_inputs, compiled, case, seed) for seed in (0, 1, 2)]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for name in draws[0]:
            assert not (draws[i][name] == draws[j][name]).any(), name


def test_chains_differ(fit):
    posterior = fit("updated").posterior
    for name in posterior:
        assert not (posterior[name].isel(chain=0) == posterior[name].isel(chain=1)).any(), name


def test_draws_do_not_depend_on_the_cores(case_inputs, compiled):
    one, two = (
        refit(case_inputs, compiled, "updated", 3, Sampler(60, 60, chains=2, cores=cores))
        for cores in (1, 2)
    )
    xr.testing.assert_identical(one, two)


def test_named_seeds_are_fixed_and_apart():
    seeds = {named_seed(seed, name) for seed in range(50) for name in ("fit", "complete", "x")}
    assert len(seeds) == 150
    assert named_seed(0, "fit") == named_seed(0, "fit")


def test_refit_does_not_depend_on_what_was_fitted_before(case_inputs, compiled):
    """The compiled model keeps nothing of other data, of other lengths and priors."""
    alone = refit(case_inputs, compiled, "updated", 5)
    for other in ("roadmap", "roadmap-point"):
        refit(case_inputs, compiled, other, 5)
    xr.testing.assert_identical(refit(case_inputs, compiled, "updated", 5), alone)


#: Fits `updated` as the first and only fit of a process, compiled with its own data.
FRESH = """
import sys
import numpy as np
from model.nuts import sample
from model.sampler import Sampler
from model.seeds import named_seed
from model.inputs import make_inputs
from model.posterior import complete
from priors.evidence import load_evidence
from priors.scenario import load_scenario
from priors.spec import load_priors

evidence = load_evidence()
scenario = load_scenario("updated")
inputs = make_inputs(scenario, evidence, load_priors(evidence.sources))
sampler = Sampler(draws=60, tune=60, chains=2)
raw = sample(scenario.trend.form, inputs, sampler, seed=5)
rng = np.random.default_rng(named_seed(5, "complete"))
tree = complete(raw, scenario.trend.form, inputs, rng=rng)
tree["posterior"].to_dataset().to_netcdf(sys.argv[1], engine="netcdf4")
"""


@pytest.mark.slow
def test_refit_is_bit_identical_to_the_first_fit_of_another_process(
    case_inputs, compiled, tmp_path
):
    """Here the form was compiled with the data of `roadmap`, and other fits may have come first."""
    path = tmp_path / "fresh.nc"
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", FRESH, str(path)], cwd=root, check=True)
    refit(case_inputs, compiled, "roadmap", 5)
    with xr.open_dataset(path, engine="netcdf4") as fresh:
        xr.testing.assert_identical(fresh.load(), refit(case_inputs, compiled, "updated", 5))
