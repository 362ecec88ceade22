"""The degenerate scenario is the roadmap's point estimate, draw by draw."""

import numpy as np
import pytest
import xarray as xr
from point import point_estimate

from model.inputs import make_inputs
from model.posterior import dataset
from model.requirement import requirement
from priors.parameters import PARAMETERS
from priors.scenario import load_scenario

#: As printed in the roadmap (figure 1.1 and section 1.3.1): days → effective, peak EFLOPS.
PRINTED = {80.0: ("43.4", "108.5"), 40.0: ("86.8", "217.0")}


@pytest.fixture(scope="module")
def required(fit):
    fitted = fit("roadmap-point")
    return requirement(fitted.posterior, fitted.scenario.workload, fitted.scenario.levers)


@pytest.mark.parametrize("days", [40.0, 60.0, 80.0])
def test_every_draw_is_the_point_estimate(fit, required, days):
    fitted = fit("roadmap-point")
    point = point_estimate(fitted.inputs.priors, fitted.scenario, 2030.0, days)
    assert set(point) < set(required)
    for name, expected in point.items():
        draws = required[name]
        draws = draws.sel(days=days) if "days" in draws.dims else draws
        assert np.abs(draws.values / expected - 1).max() < 1e-9, name


@pytest.mark.parametrize("precision", ["BF16", "FP8"])
@pytest.mark.parametrize(("moe", "hpc"), [(False, True), (True, False)])
def test_any_machine_has_the_peak_of_the_point(evidence, priors, precision, moe, hpc):
    """Every parameter at the median of a prior that is not degenerate, and levers of all kinds."""
    levers = {"precisions": [precision], "moe": moe, "open_hpc_stack": hpc, "devices": 777}
    levers |= {"uptime": 0.9, "tokens_ratio": 2.0, "days": [80.0]}
    levers |= {"targets": ["roadmap-chain"]}
    changes = {f"levers.{name}": value for name, value in levers.items()}
    scenario = load_scenario("updated").override({**changes, "trend.form": "linear"})
    inputs = make_inputs(scenario, evidence, priors)
    medians = {
        name: np.array([[inputs.priors[name].standardised().quantile(0.5)]]) for name in PARAMETERS
    }
    draws = dataset(medians, inputs)
    a = draws["law_exponent_mean"]
    draws = draws.assign(
        law_size=draws["law_pivot_parameters"],
        law_a=a,
        law_b=1 - a + draws["law_closure"],
        mfu_new_system=xr.zeros_like(a),
        campaign_counting_new=draws["campaign_counting"],
        campaign_goodput_new=xr.zeros_like(a),
    )
    found = requirement(draws, scenario.workload, scenario.levers)
    for name, value in point_estimate(inputs.priors, scenario, 2030.0, 80.0).items():
        assert found[name].item() == pytest.approx(value, rel=1e-9), name


@pytest.mark.parametrize("days", PRINTED)
def test_draws_print_the_roadmaps_figures(required, days):
    effective, peak = PRINTED[days]
    at = required.sel(days=days, year=2030.0)
    assert {f"{value:.1f}" for value in at["effective_eflops"].values.ravel()} == {effective}
    assert {f"{value:.1f}" for value in at["peak_eflops"].values.ravel()} == {peak}


def test_point_needs_what_the_roadmap_reads_off_its_graph(required):
    assert np.allclose(required["training_flop"], 3e26, rtol=1e-9, atol=0)
    assert np.allclose(required["efficiency"], 0.40, rtol=1e-9, atol=0)


def test_every_parameter_of_the_point_is_constant(fit):
    for name, draws in fit("roadmap-point").posterior.items():
        assert np.ptp(draws.values) == 0, name
    assert "trend_steps" not in fit("roadmap-point").posterior
