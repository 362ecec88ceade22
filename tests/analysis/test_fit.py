"""A fit answers for itself: other levers, its checks, and every group that ArviZ asks for."""

import numpy as np
import pytest
import xarray as xr

from analysis.cache import fit_key
from analysis.fit import fit_scenario
from model.blocks import LIKELIHOODS
from model.sampling.sampler import Sampler
from priors.errors import ScenarioError
from priors.scenario import load_scenario


@pytest.fixture(scope="module")
def fit(evidence, priors):
    return fit_scenario(load_scenario("updated"), evidence, priors, Sampler(draws=500), seed=7)


def test_other_levers_keep_the_draws(fit):
    given = fit.ask({"levers.devices": 15_000})
    asked = given.ask({"levers.days": [40.0], "levers.uptime": 0.5})
    assert asked.stored is fit.stored
    ours, theirs = (one.required()["peak_eflops"].sel(days=40.0) for one in (given, asked))
    np.testing.assert_allclose(theirs, 2 * ours)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"trend.form": "linear"}, "levers and workload only"),
        ({"levers.day": [60.0]}, "key 'levers.day'"),
        ({"levers.days": [-1.0]}, "greater than"),
    ],
)
def test_what_takes_a_new_fit_or_is_wrong_is_refused(fit, change, said):
    with pytest.raises(ScenarioError, match=said):
        fit.ask(change)


def test_log10_stands_beside_every_quantity_that_is_no_share(fit):
    required = fit.required()
    logs = [str(name) for name in required if str(name).startswith("log10_")]
    assert set(logs) == {
        f"log10_{name}" for name in required if required[name].attrs["units"] != "1"
    } - {f"log10_{name}" for name in logs}
    for name in logs:
        linear = required[name.removeprefix("log10_")]
        np.testing.assert_array_equal(required[name], np.log10(linear))
        assert required[name].attrs["units"] == f"log10 {linear.attrs['units']}"


def test_the_draws_pass_their_checks(fit):
    assert fit.failed() == ()
    assert {check.name for check in fit.sampling_checks()} >= {"not_finite"}


def test_a_block_that_failed_is_named_by_its_own_check_only(fit):
    """Fewer effective points than draws in one block fail that block, and no other."""
    stats = fit.sample_stats.copy(deep=True)
    stats["importance_ess"].loc[{"block": "law"}] = 1.0
    tree = xr.DataTree.from_dict({"posterior": fit.posterior, "sample_stats": stats})
    broken = type(fit)(fit.scenario, fit.evidence, fit.priors, tree, fit.seed)
    assert broken.failed(("law",))


def test_a_changed_belief_reaches_the_posterior(evidence, priors):
    """`roadmap` has no runs: its slope is its prior, within 4 standard errors of the mean."""
    scenario, sampler = load_scenario("roadmap"), Sampler(draws=500)
    belief = {"loc": 0.2, "scale": 0.01, "rationale": "A slower frontier, for this test."}
    slower = priors.override({"roadmap.trend_slope": belief})
    slope = fit_scenario(scenario, evidence, slower, sampler, seed=1).posterior["trend_slope"]
    assert float(slope.mean()) == pytest.approx(0.2, abs=4 * 0.01 / np.sqrt(slope.size))
    keys = {fit_key(scenario, evidence, each, sampler, 1) for each in (priors, slower)}
    assert len(keys) == 2


# ------------------------------------------------------------------------------ for ArviZ, as it is


def test_rows_bear_one_name_in_every_group(fit):
    for group in ("observed_data", "posterior_predictive", "log_likelihood"):
        assert set(fit.tree[group].data_vars) == set(LIKELIHOODS), group
    observed, predicted = (
        fit.tree[group].to_dataset() for group in ("observed_data", "posterior_predictive")
    )
    for name, one in LIKELIHOODS.items():
        assert observed[name].dims == (one.dim,)
        assert predicted[name].dims == ("chain", "draw", one.dim)
        assert (predicted[one.dim] == observed[one.dim]).all()


def test_the_design_stands_in_constant_data(fit):
    data = fit.tree["constant_data"].to_dataset()
    assert (data["trend_years"].values == fit.inputs.trend_years).all()
    assert (data["mfu_membership"].sum("system") == 1).all()
    for name, variable in data.items():
        assert variable.attrs["units"], name


def test_replicated_rows_scatter_about_the_observed_ones(fit):
    """Mean of each likelihood's rows: the observed one within 4 predictive sd."""
    tree = fit.tree
    for name, one in LIKELIHOODS.items():
        means = tree["posterior_predictive"][name].mean(one.dim)
        z = (tree["observed_data"][name].mean() - means.mean()) / means.std()
        assert abs(float(z)) < 4, name


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_loo_takes_each_likelihood(fit, name):
    import arviz as az  # takes seconds

    found = az.loo(fit.tree, var_name=name)
    assert (
        found.n_data_points
        == fit.tree["log_likelihood"][name].sizes[LIKELIHOODS[name].exchangeable]
    )
    total = float(fit.tree["log_likelihood"][name].mean(("chain", "draw")).sum())
    assert found.elpd < total + 5  # no better than the mean fit to the rows themselves, or so


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_psense_takes_the_tree(fit):
    import arviz as az  # takes seconds

    names = ["trend_slope", "law_exponent_mean"]
    found = az.psense_summary(fit.tree, var_names=names)
    assert list(found.index) == names
    assert np.isfinite(found[["prior", "likelihood"]].values.astype(float)).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_ppc_plots_take_the_tree(fit, monkeypatch):
    import arviz as az  # takes seconds

    monkeypatch.setenv("MPLBACKEND", "Agg")
    for name in LIKELIHOODS:
        plotted = az.plot_ppc_dist(fit.tree, var_names=[name], num_samples=20)
        assert plotted.viz["observed_dist"] is not None
