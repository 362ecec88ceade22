"""What a correction moved is what a fit without it says."""

import pytest

from analysis.evidence_changes import weigh_changes
from analysis.fit import fit_scenario
from analysis.monte_carlo import reported_quantiles
from model.requirement import log10
from model.sampling.sampler import Sampler
from priors.changes import load_changes, undone
from priors.scenario import load_scenario

pytestmark = pytest.mark.slow

SAMPLER = Sampler(draws=500)


@pytest.fixture(scope="module")
def fit(evidence, priors):
    return fit_scenario(load_scenario("updated"), evidence, priors, SAMPLER, seed=3)


@pytest.fixture(scope="module")
def weighed(fit, evidence):
    wanted = {"hoffmann-approach-3-superseded", "days-of-two-step-mfus", "apertus-on-alps"}
    changes = [change for change in load_changes(evidence) if change.id in wanted]
    document = weigh_changes(fit, changes, SAMPLER)
    return {change["id"]: change for change in document["changes"]} | {"now": document["now"]}


def test_a_date_that_no_scenario_looks_back_to_enters_nothing(weighed):
    assert not weighed["days-of-two-step-mfus"]["enters"]
    assert weighed["days-of-two-step-mfus"]["before"] == []


def test_a_study_moves_the_named_model_and_no_target_of_the_line(weighed):
    change = weighed["hoffmann-approach-3-superseded"]
    moved = {one["target"] for one in change["before"] if one["moved"]}
    assert change["enters"]
    assert moved == {"model-size"}


def test_before_is_the_fit_without_the_correction(weighed, evidence, priors):
    change = next(one for one in load_changes(evidence) if one.id == "apertus-on-alps")
    scenario = load_scenario("updated").override({"levers.days": [80.0]})
    alone = fit_scenario(scenario, undone(evidence, change), priors, SAMPLER, seed=3)
    peak = alone.required()["peak_eflops"].sel(target="frontier").squeeze(drop=True)
    found = next(
        one
        for one in weighed["apertus-on-alps"]["before"]
        if (one["target"], one["quantity"]) == ("frontier", "peak_eflops")
    )
    assert found["quantiles"] == reported_quantiles(log10(peak))["quantiles"]


def test_what_is_now_is_the_fit_itself(weighed, fit):
    effective = fit.required()["effective_eflops"].sel(target="frontier", days=80)
    found = next(
        one
        for one in weighed["now"]
        if (one["target"], one["quantity"]) == ("frontier", "effective_eflops")
    )
    expected = reported_quantiles(log10(effective).squeeze(drop=True))
    assert found["quantiles"] == expected["quantiles"]
