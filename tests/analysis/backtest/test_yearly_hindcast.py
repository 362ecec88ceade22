"""Yearly means are predicted from their past only, and scored against what came."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.backtest.baselines import least_squares, random_walk
from analysis.backtest.yearly import COMBINED, hindcast_yearly
from model.inputs import make_inputs
from model.stacking.weights import FORMS, weigh_forms
from priors.errors import ScenarioError
from priors.scenario import load_scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hindcast(evidence, priors):
    return hindcast_yearly(load_scenario("updated"), evidence, priors, seed=1)


def test_every_forecaster_is_scored_on_every_horizon_and_on_those_of_the_weights(hindcast):
    names = {*FORMS, COMBINED, "OLS", "bootstrap OLS", "last record", "roadmap line", "random walk"}
    assert set(hindcast["forecasters"]) == names
    for found in hindcast["forecasters"].values():
        for subset in ("all", "weighed"):
            shares = [found[subset]["coverage"][mass]["share"] for mass in ("0.5", "0.8", "0.95")]
            assert shares == sorted(shares)
            low, high = found[subset]["coverage"]["0.8"]["interval_90"]
            assert low <= shares[1] <= high
    assert hindcast["windows"]["cases"] == 52
    assert hindcast["forecasters"][COMBINED]["all"]["behind"] is None


def test_the_combination_lies_between_its_forms(hindcast):
    """A mixture's log score is no worse than that of the worst form; CRPS no larger."""
    for subset in ("all", "weighed"):
        of_forms = [hindcast["forecasters"][form][subset] for form in FORMS]
        combined = hindcast["forecasters"][COMBINED][subset]
        assert combined["log_score"] > min(one["log_score"] for one in of_forms)
        assert combined["crps"] < max(one["crps"] for one in of_forms)


def test_weights_at_an_origin_know_its_past_only(hindcast, evidence, priors):
    """Runs later than an origin are ten times larger: its weights stay what they were."""
    later = replace(
        evidence,
        training_runs=tuple(
            run.model_copy(update={"training_flop": 10 * run.training_flop})
            if run.year >= 2020
            else run
            for run in evidence.training_runs
        ),
    )
    other = hindcast_yearly(load_scenario("updated"), later, priors, seed=1)
    assert other["weights"]["2020"] == hindcast["weights"]["2020"]
    assert other["weights"]["2024"] != hindcast["weights"]["2024"]
    assert set(hindcast["weights"]["2014"].values()) == {0.25}


def test_todays_weights_are_not_those_of_an_origin(hindcast, evidence, priors):
    now = weigh_forms(make_inputs(load_scenario("updated"), evidence, priors)).weight
    assert not np.allclose(list(hindcast["weights"]["2025"].values()), now, atol=0.01)


def test_a_trend_without_runs_has_nothing_to_predict(evidence, priors):
    with pytest.raises(ScenarioError, match="no yearly mean to predict"):
        hindcast_yearly(load_scenario("roadmap"), evidence, priors, seed=1)


def test_a_mean_of_many_scatters_less_than_one_system():
    """OLS for a mean of n: residual variance over n, and the line's own uncertainty."""
    rng = np.random.default_rng(0)
    years = np.linspace(2010, 2020, 40)
    values = 20 + 0.5 * (years - 2010) + 0.4 * rng.standard_normal(40)
    at = np.array([2023.0])
    one, four = (least_squares(years, values, at, rng, np.array([n])).scale for n in (1.0, 4.0))
    slope, level = np.polyfit(years, values, 1)
    residual = ((values - level - slope * years) ** 2).sum() / 38
    assert (one**2 - four**2).item() == pytest.approx(0.75 * residual)


def test_the_random_walk_of_yearly_means_goes_on_at_their_mean_step():
    years = np.repeat(np.arange(2015, 2021), 3) + np.tile([0.2, 0.5, 0.8], 6)
    values = 20 + 0.7 * (np.floor(years) - 2015) + np.tile([-0.1, 0.0, 0.1], 6)
    found = random_walk(years, values, np.array([2022.5]), np.random.default_rng(0))
    assert found.mean.item() == pytest.approx(20 + 0.7 * 7)
    assert found.scale.item() == pytest.approx(0, abs=1e-6)
