"""Records foretold know no later run, and a record that jumps is seen."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.backtest import record
from analysis.backtest.record import hindcast_record
from model.sampling.sampler import Sampler
from priors.errors import ScenarioError
from priors.scenario import load_scenario

SAMPLER = Sampler(draws=250)
#: One form, so that nothing has to be weighed.
SIMPLE = {"trend.form": "linear", "lag.data": "none", "levers.targets": ["frontier"]}


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("updated").override(SIMPLE)


@pytest.fixture(scope="module")
def asked(scenario, evidence, priors):
    """The hindcast, and what each of its fits knew."""
    days = []
    fit = record.fit_scenario

    def keep(earlier, *arguments, **options):
        days.append(earlier.as_of)
        return fit(earlier, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "fit_scenario", keep)
        return hindcast_record(scenario, evidence, priors, SAMPLER, seed=1), days


@pytest.mark.slow
def test_each_origin_knows_what_came_before_and_tells_what_came_after(asked, evidence):
    found, days = asked
    origins = sorted({row["origin"] for row in found["records"]})
    assert days == [date(origin, 1, 1) for origin in origins]
    assert origins[0] == 2020
    for row in found["records"]:
        assert row["origin"] < row["year"] <= row["origin"] + 5
        before = [run.training_flop for run in evidence.training_runs if run.year <= row["year"]]
        assert row["training_flop"] == max(before)
        low, high = row["interval_90"]
        assert low < row["median"] < high
    assert len({(row["origin"], row["year"]) for row in found["records"]}) == len(found["records"])


@pytest.mark.slow
def test_the_records_came_about_as_foretold_and_did_not_stay(asked):
    """Four of five inside 90 %, and an error a third of that of saying that nothing changes."""
    found, _ = asked
    assert found["coverage"]["0.9"]["share"] >= 0.8
    assert found["error"]["crps_dex"] < found["last_record"] / 3
    assert all(check["passed"] for check in found["checks"])


@pytest.mark.slow
def test_a_record_a_thousand_times_as_large_is_outside(scenario, evidence, priors):
    """Runs of 2024 so large that nobody could have known."""
    runs = tuple(
        run.model_copy(update={"training_flop": run.training_flop * 1e3})
        if run.year > 2023
        else run
        for run in evidence.training_runs
    )
    found = hindcast_record(
        scenario, replace(evidence, training_runs=runs), priors, SAMPLER, seed=1
    )
    jumps = [row for row in found["records"] if row["origin"] <= 2023 < row["year"]]
    assert len(jumps) >= 6
    assert all(row["pit"] > 0.95 for row in jumps)


def test_a_scenario_without_the_record_is_refused(scenario, evidence, priors):
    silent = scenario.override({"record.data": "none"})
    with pytest.raises(ScenarioError, match="found no record; expected record"):
        hindcast_record(silent, evidence, priors, SAMPLER, seed=1)
