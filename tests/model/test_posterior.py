"""The completed posterior: what its groups hold, and that they fit the model and each other."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy import integrate, stats

from model.delivered.step_mfu import COEFFICIENTS
from model.fit import fit as draw
from model.posterior import complete
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from model.trend import SPREADS
from priors.parameters import PARAMETERS, READ_OFF

#: One form among the fast tests, a second one among the slow.
LINEAR_TOO = ["updated", pytest.param("updated-linear", marks=pytest.mark.slow)]
CASES = [*LINEAR_TOO, "roadmap"]
GROUPS = {
    "constant_data",
    "posterior_predictive",
    "posterior",
    "prior",
    "log_likelihood",
    "log_prior",
    "observed_data",
    "sample_stats",
}
#: Along which rows lie that are not independent of each other given the parameters.
OBSERVED = {"law_studies": "study", "law_sizes": "sized_study", "mfu_rows": "efficiency_row"}
SHORT = Sampler(draws=60, chains=2)


# ------------------------------------------------------------------------------------- structure


@pytest.mark.parametrize("case", CASES)
def test_groups_and_dimensions(fit, case):
    fitted = fit(case)
    assert set(fitted.tree.children) == GROUPS
    for group in ("posterior", "prior", "log_prior"):
        for name, variable in fitted.tree[group].to_dataset().items():
            others = ("step",) if name == "trend_steps" else ()
            others = ("lag_case",) if str(name).startswith("lag_") else others
            assert variable.dims == ("chain", "draw", *others), name
    rows = {
        "trend_runs": "run",
        "law_studies": "run_set",
        "law_sizes": "sized_run_set",
        "mfu_rows": "system",
        "campaign_rows": "campaign",
        "goodput_rows": "goodput_row",
    }
    for name, dim in rows.items():
        variable = fitted.tree["log_likelihood"][name]
        assert variable.dims == ("chain", "draw", dim)
        assert tuple(variable[dim].values) == fitted.inputs.labels[dim]
    for name, dim in {**rows, **OBSERVED}.items():
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
    absent = {own for own in SPREADS.values() if own is not None and own != SPREADS.get(form)}
    expected = set(PARAMETERS) - absent
    expected |= {"law_size", "law_a", "law_b", "mfu_new_system"}
    expected |= {"campaign_counting_new", "campaign_goodput_new"}
    expected |= {"trend_steps"} if form != "linear" else set()
    expected |= {"trend_form"} if form == "stacked" else set()
    read_off = fitted.scenario.record.data != "none"
    if read_off:
        expected |= {*READ_OFF, "record_last", "record_deviation", "lag_deviation"}
    assert set(fitted.posterior) == set(fitted.prior) == expected
    for name in expected & set(PARAMETERS):
        assert fitted.posterior[name].attrs["units"] == PARAMETERS[name].unit
    pivots = {"trend_pivot", "law_pivot_flop", "mfu_device_pivot", "campaign_device_pivot"}
    pivots |= {"campaign_included"}
    pivots |= {"record_until", "lag_pivot", "length_pivot", "length_cap"} if read_off else set()
    assert fitted.posterior.attrs.keys() == {*pivots, "evidence_until"}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_missing(fit, case):
    for group in GROUPS - {"sample_stats"}:
        for name, variable in fit(case).tree[group].to_dataset().items():
            assert np.isfinite(variable.values).all(), f"{group}.{name}"


def test_completing_changes_nothing_and_is_reproducible(case_inputs, fit):
    """Every group beside the posterior follows from it, the inputs and the seed."""
    fitted = fit("updated")
    form = fitted.scenario.trend.form
    stored = xr.DataTree.from_dict(
        {group: fitted.tree[group].to_dataset() for group in ("posterior", "sample_stats")}
    )
    again = complete(stored, form, fitted.inputs, seed=20301)
    xr.testing.assert_identical(again, fitted.tree)


@pytest.mark.parametrize("case", CASES)
def test_draws_are_numbers_of_single_precision_unless_constant(fit, case):
    posterior = fit(case).posterior
    varying = [name for name in posterior if np.ptp(posterior[name].values) > 0]
    assert len(varying) > 5
    assert np.array_equal(posterior["law_b"], 1 - posterior["law_a"] + posterior["law_closure"])
    for name in set(varying) - {"law_b"}:
        values = posterior[name].values
        assert np.array_equal(values, values.astype(np.float32).astype(float)), name


@pytest.mark.parametrize("case", LINEAR_TOO)
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
    ends = ends[[name for name in ends if ends[name].size]]
    return ends.stack(sample=("chain", "draw")).isel(sample=range(count))


def test_campaign_log_likelihood_is_an_integral_over_the_goodput(fit):
    """By adaptive quadrature, row by row; a value and a bound that are stated are given."""
    fitted = fit("updated")
    rows = fitted.inputs.campaigns
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    for i in range(draws.sizes["sample"]):
        at = {name: float(draws[name].isel(sample=i)) for name in PARAMETERS if name in draws}
        spread = at["campaign_goodput_spread"]

        def centre(far, moe, at=at):
            mean = at["campaign_goodput"] - at["campaign_goodput_devices"] * far
            return mean + at["campaign_goodput_moe"] * moe

        for j, bound in enumerate(rows.bounds):
            mean = centre(rows.goodput_devices[j], rows.goodput_moe[j])
            expected = stats.norm.logsf(bound, mean, spread)
            if not np.isfinite(bound):
                sd = np.hypot(spread, rows.goodput_sd[j])
                expected = stats.norm.logpdf(rows.goodput[j], mean, sd)
            assert float(found["goodput_rows"].isel(sample=i, goodput_row=j)) == pytest.approx(
                expected, abs=1e-9
            )
        for j, row in enumerate(rows.stated):
            mean = centre(rows.devices[j], rows.moe[j])
            sd = np.hypot(at["campaign_counting_spread"], rows.ratio_sd[j])
            low = max(mean - 9 * spread, rows.bounds[row] if row >= 0 else -np.inf)

            def joint(logit, j=j, mean=mean, sd=sd, at=at, spread=spread):
                expected = at["campaign_counting"] - np.log1p(np.exp(-logit))
                return stats.norm.pdf(rows.log_ratios[j], expected, sd) * stats.norm.pdf(
                    logit, mean, spread
                )

            whole = integrate.quad(joint, low, max(mean, low) + 9 * spread, epsabs=0)[0]
            expected = np.log(whole) - stats.norm.logsf(low, mean, spread)
            assert float(found["campaign_rows"].isel(sample=i, campaign=j)) == pytest.approx(
                expected, abs=5e-3
            ), j


@pytest.mark.parametrize(
    "case",
    [
        *("updated", "updated-linear"),
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("updated-stacked", "updated-walk")
        ),
    ],
)
def test_trend_log_likelihood_is_normal_about_the_path(fit, case):
    fitted = fit(case)
    inputs = fitted.inputs
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    years = inputs.trend_years
    for i in range(draws.sizes["sample"]):
        at = draws.isel(sample=i)
        path = float(at["trend_level"]) + float(at["trend_slope"]) * (years - 2020)
        steps = at["trend_steps"].values if "trend_steps" in at else np.zeros(36)
        for turn, step in zip(range(2010, 2046), steps, strict=True):
            part = np.clip(years - turn, 0, 1) if turn >= 2020 else -np.clip(turn + 1 - years, 0, 1)
            path = path + step * part
        variance = float(at["trend_noise"]) ** 2
        variance = variance + (float(at["trend_grade_factor"]) * inputs.trend_grade_sd) ** 2
        expected = stats.norm.logpdf(inputs.trend_log10_flop, path, np.sqrt(variance))
        np.testing.assert_allclose(found["trend_runs"].isel(sample=i), expected, rtol=1e-9)


@pytest.mark.parametrize("case", ["updated", "roadmap"])
def test_law_log_likelihood_is_a_dense_normal_per_set_of_runs(fit, case):
    """Of its exponents, and of exponents and sizes together."""
    fitted = fit(case)
    laws = fitted.inputs.studies
    draws, found = picked(fitted.tree["posterior"]), picked(fitted.tree["log_likelihood"])
    exponents = np.column_stack([np.zeros_like(laws.exponents), np.ones_like(laws.exponents)])
    sizes = np.column_stack([np.ones_like(laws.sizes), laws.from_pivot])
    basis = np.concatenate([exponents, sizes])
    figures = np.concatenate([laws.exponents, laws.sizes])
    errors = np.concatenate([laws.exponent_sd, laws.size_sd])
    runs = np.concatenate([laws.run_sets, laws.run_sets[laws.sized]])
    alone = np.arange(len(figures)) < len(exponents)
    for i in range(draws.sizes["sample"]):
        at = {name: float(draws[name].isel(sample=i)) for name in PARAMETERS if name in draws}
        size, exponent = at["law_size_spread"], at["law_exponent_spread"]
        between = np.diag([size**2, exponent**2])
        between[0, 1] = between[1, 0] = at["law_correlation"] * size * exponent
        mean = basis @ [at["law_pivot_parameters"], at["law_exponent_mean"]]
        covariance = basis @ between @ basis.T + np.diag(errors**2)
        for number in range(len(laws.labels["run_set"])):
            one = found.isel(sample=i)
            name = laws.labels["run_set"][number]
            value = float(one["law_studies"].sel(run_set=name))
            for rows in (alone & (runs == number), runs == number):
                expected = stats.multivariate_normal.logpdf(
                    figures[rows], mean[rows], covariance[np.ix_(rows, rows)]
                )
                assert value == pytest.approx(expected, rel=1e-8, abs=1e-8)
                if name in laws.labels["sized_run_set"]:
                    value += float(one["law_sizes"].sel(sized_run_set=name))


@pytest.mark.parametrize("case", LINEAR_TOO)
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
            value = float(found["mfu_rows"].isel(sample=i, system=system))
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
            "lkj": stats.beta(row.shape, row.shape, -1, 2),
        }[prior.family]
        np.testing.assert_allclose(found[name], density.logpdf(fitted.posterior[name]), rtol=1e-12)


@pytest.mark.parametrize("case", LINEAR_TOO)
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
    """Given its own draw's spreads, what is to come is standard: K-S at 0.001 / 6 as above."""
    prior = fit("updated").prior
    law = (prior["law_a"] - prior["law_exponent_mean"]) / prior["law_exponent_spread"]
    size = (prior["law_size"] - prior["law_pivot_parameters"]) / prior["law_size_spread"]
    apart = (law - prior["law_correlation"] * size) / np.sqrt(1 - prior["law_correlation"] ** 2)
    spread = np.hypot(prior["mfu_system_spread"], prior["mfu_run_spread"])
    step = prior["trend_steps"]
    change = (step.sel(step=2027) - step.sel(step=2026)) / prior["trend_drift"]
    counting = prior["campaign_counting_new"] - prior["campaign_counting"]
    goodput = prior["campaign_goodput_new"] / prior["campaign_goodput_spread"]
    for draws, cdf in (
        (size, stats.norm.cdf),
        (apart, stats.norm.cdf),
        (prior["mfu_new_system"] / spread, stats.norm.cdf),
        (change, stats.norm.cdf),
        (counting / prior["campaign_counting_spread"], stats.norm.cdf),
        (goodput, stats.norm.cdf),
    ):
        assert stats.kstest(np.ravel(draws), cdf).pvalue > 1e-3 / 6
    assert np.array_equal(prior["law_b"], 1 - prior["law_a"] + prior["law_closure"])


# ----------------------------------------------------------------------------------------- seeds


def refit(case_inputs, case, seed, sampler=SHORT):
    scenario, inputs = case_inputs(case)
    return draw(scenario.trend.form, inputs, sampler, seed=seed)["posterior"].to_dataset()


@pytest.mark.parametrize("case", LINEAR_TOO)
@pytest.mark.parametrize("seed", [0, 1])
def test_same_seed_same_draws(case_inputs, case, seed):
    first, second = (refit(case_inputs, case, seed) for _ in range(2))
    xr.testing.assert_identical(first, second)


@pytest.mark.slow
@pytest.mark.parametrize("case", LINEAR_TOO)
def test_other_seeds_other_draws(case_inputs, case):
    draws = [refit(case_inputs, case, seed) for seed in (0, 1, 2)]
    if "lag_case" in draws[0].dims:  # a lag that does not grow is 0 in every draw
        draws = [one.sel(lag_case="all, growing") for one in draws]
    if "step" in draws[0].dims:  # a year after the pivot is as its slope says
        draws = [one.drop_sel(step=2020) for one in draws]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        for name in draws[0]:
            assert not (draws[i][name] == draws[j][name]).any(), name


def test_chains_differ(fit):
    posterior = fit("updated").posterior.sel(lag_case="all, growing").drop_vars("record_last")
    posterior = posterior.drop_sel(step=2020)  # the year after the pivot is as its slope says
    for name in posterior:
        same = posterior[name].isel(chain=0) == posterior[name].isel(chain=1)
        assert float(same.mean()) < 0.001, name


def test_draws_do_not_depend_on_the_cores(case_inputs):
    one, two = (
        refit(case_inputs, "updated", 3, Sampler(draws=60, chains=2, cores=cores))
        for cores in (1, 2)
    )
    xr.testing.assert_identical(one, two)


def test_named_seeds_are_fixed_and_apart():
    seeds = {named_seed(seed, name) for seed in range(50) for name in ("fit", "complete", "x")}
    assert len(seeds) == 150
    assert named_seed(0, "fit") == named_seed(0, "fit")


#: Fits `updated` and writes its posterior.
FRESH = """
import sys
from model.fit import fit
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from priors.evidence import load_evidence
from priors.scenario import load_scenario
from priors.prior_rows import load_priors

assert "pymc" not in sys.modules and "pytensor" not in sys.modules
evidence = load_evidence()
scenario = load_scenario("updated").override(
    {
        **dict.fromkeys(["record.data", "lag.data", "length.data"], "none"),
        "levers.targets": ["frontier"],
    }
)
inputs = make_inputs(scenario, evidence, load_priors(evidence.sources))
tree = fit(scenario.trend.form, inputs, Sampler(draws=60, chains=2), seed=5)
assert "pymc" not in sys.modules and "pytensor" not in sys.modules
tree["posterior"].to_dataset().to_netcdf(sys.argv[1], engine="netcdf4")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"OPENBLAS_NUM_THREADS": "2", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"},
        pytest.param({"OMP_NUM_THREADS": "1"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_another_process_draws_the_same_without_pymc(case_inputs, tmp_path, environment):
    """Whatever its threads, locale, hash seed and folder."""
    root = Path(__file__).parents[2]
    subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path / "fresh.nc")],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        check=True,
    )
    with xr.open_dataset(tmp_path / "fresh.nc", engine="netcdf4") as fresh:
        xr.testing.assert_identical(fresh.load(), refit(case_inputs, "updated-stacked", 5))
