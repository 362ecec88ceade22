"""Acceptance tests: their threshold by hand, what a miss means, and the vendor's rate."""

import json

import numpy as np
import pytest

from analysis.fit import fit_scenario
from analysis.specify.specify import specify_machine
from model.sampling.sampler import Sampler
from priors.acceptance import load_acceptance_test
from priors.errors import ScenarioError
from priors.scenario import load_scenario


@pytest.fixture(scope="module")
def fit(evidence, priors):
    scenario = load_scenario("updated").override(
        {
            "trend.form": "linear",
            "levers.days": [80.0],
            "levers.precisions": ["BF16"],
            "levers.targets": ["model-size"],
        }
    )
    return fit_scenario(scenario, evidence, priors, Sampler(draws=2500), seed=1)


@pytest.fixture(scope="module")
def test():
    return load_acceptance_test()


@pytest.fixture(scope="module")
def found(fit, test):
    return specify_machine(fit, test, assurance=0.9, tokens_per_second=2.0e6)


def at_scale(fit, found, logit_in_test):
    """Effective share of the peak at full scale of each draw, by hand."""
    at = {name: values.values.ravel() for name, values in fit.posterior.items() if values.ndim == 2}
    devices = found["size"]["devices"]
    decades = np.log10(devices / 1024) if devices < 1e6 else None
    own = at["campaign_goodput"] + at["campaign_goodput_new"]
    fall = at["campaign_goodput_devices"] * np.log10(devices / 1e4)
    goodput = 1 / (1 + np.exp(-(own - fall)))
    step = 1 / (1 + np.exp(-(logit_in_test + at["mfu_devices"] * decades)))
    return step * goodput * np.exp(at["campaign_counting_new"])


def need(fit):
    at = {name: fit.posterior[name].values.ravel() for name in ("law_size", "law_a", "law_b")}
    above = (np.log10(1.59e12) - at["law_size"]) / at["law_a"]
    tokens = np.log10(4e25 / 6) - at["law_size"] + at["law_b"] * above
    return 6 * 1.59e12 * 10**tokens / (86_400 * 80) / 1e18


def test_passing_the_test_makes_the_need_met_as_often_as_it_says(fit, found):
    """At a size at which no draw is held at the number of devices that delivers most."""
    mfu, peak = found["test"]["mfu"], found["size"]["peak_eflops"]
    effective = peak * at_scale(fit, found, np.log(mfu / (1 - mfu)))
    assert (effective >= need(fit)).mean() == pytest.approx(0.9, abs=5e-3)


@pytest.mark.parametrize("number", [0, 1])
def test_a_missed_test_means_what_numpy_finds(fit, found, number):
    row = found["missed"][number]
    assert row["mfu"] == pytest.approx(found["test"]["mfu"] * (1 - row["missed_by"]))
    logit = np.log(row["mfu"] / (1 - row["mfu"]))
    effective = found["size"]["peak_eflops"] * at_scale(fit, found, logit)
    assert row["probability"] == pytest.approx((effective >= need(fit)).mean(), abs=5e-3)
    days = 80 * need(fit) / effective
    assert row["days_for_assurance"] == pytest.approx(np.quantile(days, 0.9), rel=0.02)
    assert row["probability"] < 0.9 < 1
    assert row["days_for_assurance"] > 80


def test_a_rate_is_six_flop_per_parameter_and_token(found, test):
    per_second = 6 * test.parameters * found["test"]["tokens_per_second"]
    assert per_second == pytest.approx(found["test"]["mfu"] * test.devices * 2500e12)
    seconds = found["test"]["seconds_per_billion_tokens"]
    assert seconds * found["test"]["tokens_per_second"] == pytest.approx(1e9)
    committed = found["committed"]
    assert committed["mfu"] == pytest.approx(6 * test.parameters * 2e6 / (1024 * 2500e12))


def test_a_better_result_is_never_worth_less(fit, test):
    met = [
        specify_machine(fit, test, assurance=0.8, tokens_per_second=rate)["committed"]
        for rate in (1e6, 2e6, 4e6)
    ]
    probabilities = [row["probability"] for row in met]
    assert probabilities == sorted(probabilities)
    assert probabilities[0] < probabilities[-1]


def test_the_paragraph_names_precision_size_and_test(found):
    text = " ".join(one["text"] for one in found["paragraph"])
    for part in ("dense BF16 peak", "90%", "1,024 devices", "tokens per second", "missed by 20%"):
        assert part in text
    json.dumps(found, allow_nan=False)


def test_where_no_result_is_enough_it_says_so(fit, test):
    """A model that takes nearly all that counting, goodput and uptime leave."""
    from dataclasses import replace

    from analysis.assess.offered import Offered
    from analysis.specify.acceptance import Tested
    from priors.offers import counted_in

    offered = Offered.of(fit, counted_in(fit.scenario.levers.device).of_size(1000.0))
    tested = Tested(replace(offered), test)
    assert tested.threshold(0.99) is None


@pytest.mark.parametrize(
    ("levers", "options", "said"),
    [
        ({"levers.targets": ["model-size", "frontier"]}, {}, "one target"),
        ({"levers.days": [40.0, 80.0]}, {}, "one days"),
        ({}, {"assurance": 1.0}, "between 0 and 1"),
        ({}, {"tokens_per_second": 1e9}, "a rate that 1,024 devices"),
        ({}, {"tokens_per_second": -1.0}, "a rate that 1,024 devices"),
    ],
)
def test_what_cannot_be_specified_is_refused(fit, test, levers, options, said):
    with pytest.raises(ScenarioError, match=said):
        specify_machine(fit.ask(levers), test, **{"assurance": 0.9, **options})


def test_a_test_has_a_model_and_devices(test):
    for changes in ({"devices": 0}, {"parameters": -1.0}):
        with pytest.raises(ScenarioError, match="greater than 0"):
            test.override(changes)
