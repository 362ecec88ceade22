"""What a regime takes for granted: identities of the efficiency, whatever is estimated."""

import numpy as np
import pytest

from model.delivered.delivery import delivery
from model.delivered.efficiency import delivered
from model.delivered.regime import under
from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from model.requirement import requirement
from priors.scenario import load_scenario


@pytest.fixture(scope="module")
def drawn(evidence, priors):
    scenario = load_scenario("updated").override(
        {"levers.targets": ["model-size"], "levers.precisions": ["BF16", "FP8"]}
    )
    inputs = make_inputs(scenario, evidence, priors)
    draws = draw_prior("drifting", inputs, (2, 300), rng=np.random.default_rng(0))
    return scenario, dataset(draws, inputs)


def of(scenario, **levers):
    return scenario.override({f"levers.{name}": value for name, value in levers.items()}).levers


@pytest.mark.parametrize("gain", [1.0, 1.15, 1.26])
def test_fp8_is_so_many_times_as_fast_on_the_same_devices(drawn, gain):
    """At the number of devices at which step MFU is stated, as far as that is a share at all."""
    scenario, draws = drawn
    levers = of(scenario, fp8_gain=gain)
    pivot = draws.attrs["mfu_device_pivot"]
    share = delivered(under(draws, levers), levers.machines(pivot))
    ratio = 2 * share.sel(precision="FP8") / share.sel(precision="BF16")
    np.testing.assert_allclose(ratio, gain, rtol=1e-9)


def test_without_a_penalty_the_share_is_that_at_the_pivot_whatever_the_size(drawn):
    scenario, draws = drawn
    levers = of(scenario, scale_penalty="none")
    few, many = (delivery(draws, levers, count)["efficiency"] for count in (1e4, 9e5))
    np.testing.assert_allclose(few, many, rtol=1e-12)
    plain = delivery(draws, scenario.levers, 1e4)["efficiency"]
    np.testing.assert_allclose(few, plain, rtol=1e-9)


def test_a_stated_goodput_is_every_campaigns(drawn):
    scenario, draws = drawn
    found = delivery(draws, of(scenario, goodput=0.8, moe=True), 3e5)["goodput"]
    np.testing.assert_allclose(found, 0.8, rtol=1e-12)
    others = delivery(draws, of(scenario, goodput=0.8), 3e5)
    plain = delivery(draws, scenario.levers, 3e5)
    np.testing.assert_allclose(others["counting"], plain["counting"])


def test_a_requirement_has_the_regime_of_its_levers(drawn):
    scenario, draws = drawn
    worse, better = (
        requirement(draws, scenario.workload, of(scenario, goodput=share))["peak_eflops"]
        for share in (0.5, 0.9)
    )
    assert (worse > better).all()


def test_nothing_is_taken_for_granted_by_default(drawn):
    scenario, draws = drawn
    assert under(draws, scenario.levers).identical(draws)
