"""The hindcast of national flagships knows nothing later than its origin."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.backtest.national import ORIGIN, hindcast_national
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from priors.errors import ScenarioError
from priors.scenario import load_scenario

pytestmark = pytest.mark.slow

SAMPLER = Sampler(draws=300)


@pytest.fixture(scope="module")
def hindcast(evidence, priors):
    return hindcast_national(load_scenario("updated"), evidence, priors, SAMPLER, seed=4)


def cases(document):
    return {(case["funding"], case["growth"]): case for case in document["cases"]}


def test_every_class_is_predicted_with_a_growing_and_a_constant_lag(hindcast):
    assert len(cases(hindcast)) == 6
    for case in hindcast["cases"]:
        assert all(row["published"] > str(ORIGIN) for row in case["runs"])
        assert case["coverage"]["0.8"]["of"] == len(case["runs"]) > 10


def test_the_lag_is_that_of_the_flagships_known_on_the_day(hindcast, evidence, priors):
    scenario = load_scenario("updated").override({"as_of": ORIGIN})
    known = make_inputs(scenario, evidence, priors).flagships
    for (funding, _), case in cases(hindcast).items():
        assert case["known"] == len(known[funding].ids) > 0


def test_ten_times_the_flop_later_moves_what_is_observed_and_no_prediction(
    hindcast, evidence, priors
):
    """What is predicted must not know what came."""
    later = replace(
        evidence,
        national_runs=tuple(
            row.model_copy(update={"training_flop": 10 * row.training_flop})
            if row.published > ORIGIN
            else row
            for row in evidence.national_runs
        ),
    )
    other = hindcast_national(load_scenario("updated"), later, priors, SAMPLER, seed=4)
    for key, case in cases(hindcast).items():
        moved = {row["id"]: row for row in cases(other)[key]["runs"]}
        for row in case["runs"]:
            if row["id"] in moved:
                assert moved[row["id"]]["median"] == row["median"]
                assert moved[row["id"]]["error_dex"] == pytest.approx(row["error_dex"] + 1)


def test_a_constant_lag_foretells_more_than_one_that_has_grown(hindcast):
    """Up to 2023 the lag grew: going on so puts later flagships further behind."""
    for funding in ("public", "public+sovereign", "all"):
        growing, constant = (cases(hindcast)[funding, growth] for growth in ("growing", "constant"))
        assert growing["lag_years"] > constant["lag_years"]
        assert growing["error"]["bias_dex"] > constant["error"]["bias_dex"]


def test_what_cannot_be_hindcast_is_refused(evidence, priors):
    with pytest.raises(ScenarioError, match="no lag of national programmes"):
        hindcast_national(load_scenario("roadmap"), evidence, priors, SAMPLER, seed=1)
    with pytest.raises(ScenarioError, match="no later flagship"):
        hindcast_national(
            load_scenario("updated"),
            evidence,
            priors,
            SAMPLER,
            seed=1,
            origin=date(2026, 8, 30),
        )
