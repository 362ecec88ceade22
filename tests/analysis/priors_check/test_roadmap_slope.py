"""The roadmap's slope against later runs: closed forms, the evidence, and a control."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from analysis.priors_check.roadmap_slope import (
    Line,
    compare_lines,
    confront_roadmap_slope,
    stated_line,
)
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from priors.scenario import load_scenario


def test_the_stated_line_is_that_of_its_level_and_slope(priors):
    stated = priors.block("roadmap", "trend")
    line = stated_line(stated, 2024.0)
    years = 2024.0 - 2019.617
    assert line.mean == pytest.approx([0.370, 22.965 + 0.370 * years])
    assert line.covariance == pytest.approx(
        np.array(
            [
                [0.0666**2, years * 0.0666**2],
                [years * 0.0666**2, 0.122**2 + (years * 0.0666) ** 2],
            ]
        )
    )


def test_a_line_of_draws(evidence, priors):
    """Slope and frontier of draws that are a known line."""
    rng = np.random.default_rng(0)
    shape = (2, 4000)
    draws = xr.Dataset(
        {
            "trend_level": (("chain", "draw"), 23 + 0.1 * rng.standard_normal(shape)),
            "trend_slope": (("chain", "draw"), 0.6 + 0.05 * rng.standard_normal(shape)),
        },
        attrs={"trend_pivot": 2020.0},
    )
    line = Line.of(draws, 2024.0)
    assert line.mean == pytest.approx([0.6, 25.4], abs=0.02)
    assert np.sqrt(np.diag(line.covariance)) == pytest.approx([0.05, np.hypot(0.1, 0.2)], rel=0.05)


def test_z_and_p():
    prior = Line(np.array([0.4, 25.0]), np.diag([0.06**2, 0.3**2]))
    later = Line(np.array([0.6, 25.5]), np.diag([0.08**2, 0.4**2]))
    found = compare_lines(prior, later)
    assert found["slope"]["z"] == pytest.approx(2.0)
    assert found["slope"]["p"] == pytest.approx(2 * (1 - stats.norm.cdf(2.0)))
    assert found["frontier"]["z"] == pytest.approx(1.0)
    assert found["joint"]["chi_squared"] == pytest.approx(5.0)
    assert found["joint"]["p"] == pytest.approx(np.exp(-2.5))


def test_p_is_uniform_where_prior_and_runs_agree():
    """Estimates drawn from the prior predictive; 4 binomial sd either way."""
    rng = np.random.default_rng(1)
    prior = Line(np.array([0.4, 25.0]), np.array([[0.05, 0.02], [0.02, 0.1]]) ** 1.0)
    error = np.array([[0.02, -0.005], [-0.005, 0.03]])
    draws = rng.multivariate_normal(prior.mean, prior.covariance + error, size=2000)
    p = np.array(
        [
            [found[name]["p"] for name in ("slope", "frontier", "joint")]
            for found in (compare_lines(prior, Line(mean, error)) for mean in draws)
        ]
    )
    for level in (0.05, 0.5):
        allowed = 4 * np.sqrt(level * (1 - level) / len(p))
        assert (p < level).mean(axis=0) == pytest.approx(level, abs=allowed)


@pytest.mark.slow
def test_the_later_runs_contradict_the_roadmaps_slope(evidence, priors):
    found = confront_roadmap_slope(evidence, priors, Sampler(draws=1500), seed=1)
    assert all(check["passed"] for check in found["checks"])
    assert found["since"] == pytest.approx(2022 + (31 + 28 + 11) / 365)  # Sevilla: 12 March 2022
    assert found["runs"] >= 30
    assert found["conflict"]
    assert found["slope"]["z"] > 2.5
    assert found["slope"]["p"] < 0.01
    assert 0.5 < found["later"]["slope"]["mean"] < 0.9
    assert found["prior"]["slope"]["mean"] < found["both"]["slope"]["mean"]
    assert found["both"]["slope"]["mean"] < found["later"]["slope"]["mean"]
    assert found["power_scaling"]["verdict"] in {"conflict", "potential conflict"}
    assert "contradicts" in found["diagnosis"]
    assert f"z = {found['slope']['z']:.1f}" in found["diagnosis"]


@pytest.mark.slow
def test_runs_on_the_roadmaps_line_do_not(evidence, priors):
    """A control: the same dates and scatter about the roadmap's own line."""
    stated = stated_line(priors.block("roadmap", "trend"), 2024.0)
    slope, at_2024 = stated.mean
    scenario = load_scenario("updated").override({"trend.since": 2022.19})
    later = set(make_inputs(scenario, evidence, priors).labels["run"])
    rng = np.random.default_rng(0)
    moved = tuple(
        run.model_copy(
            update={
                "training_flop": 10.0
                ** (at_2024 + slope * (run.year - 2024.0) + 0.4 * rng.standard_normal())
            }
        )
        if run.id in later
        else run
        for run in evidence.training_runs
    )
    found = confront_roadmap_slope(
        replace(evidence, training_runs=moved), priors, Sampler(draws=1500), seed=1
    )
    assert not found["conflict"]
    assert "agrees with" in found["diagnosis"]
    assert abs(found["slope"]["z"]) < 2.5
