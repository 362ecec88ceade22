"""Assessments: against plain NumPy, as the inverse of the requirement, and of choices by hand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.assess.assess import FACTORS, assess_machine
from analysis.assess.budget import Ceilings, decide_under, largest_under
from analysis.assess.offered import Offered
from analysis.assess.sizes import smallest_sizes
from analysis.fit import fit_scenario
from analysis.loss import best_size
from analysis.need import need_at
from model.delivered.delivery import delivery
from model.sampling.sampler import Sampler
from priors.costs import load_loss
from priors.errors import ScenarioError
from priors.offers import Failures, load_machine
from priors.scenario import load_scenario

DAYS = [40.0, 80.0]


@pytest.fixture(scope="module")
def fits(evidence, priors):
    """Two fits of other seeds, with a straight trend."""
    scenario = load_scenario("updated").override(
        {"trend.form": "linear", "levers.days": DAYS, "levers.precisions": ["BF16", "FP8"]}
    )
    return [
        fit_scenario(scenario, evidence, priors, Sampler(draws=1500), seed=seed) for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def machine_of(evidence, fits):
    reference = fits[0].scenario.levers.device

    def make(name="fugakunext", **changes):
        return load_machine(name, evidence, reference, **changes)

    return make


@pytest.fixture(scope="module")
def found(fits, machine_of):
    return assess_machine(fits[0], machine_of())


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


# ------------------------------------------------------------------------------ against plain NumPy


def by_hand(fit, *, devices, fp8):
    """Effective share of the peak of each draw, and its parts, with nothing of the project's."""
    at = {name: values.values.ravel() for name, values in fit.posterior.items() if values.ndim == 2}

    def delivered(count):
        decades = np.log10(count / 1e4)
        logit = at["mfu_median"] + at["mfu_new_system"] + at["mfu_devices"] * decades
        step = 1 / (1 + np.exp(-(logit + fp8 * at["mfu_fp8"])))
        own = at["campaign_goodput"] + at["campaign_goodput_new"]
        goodput = 1 / (1 + np.exp(-(own - at["campaign_goodput_devices"] * decades)))
        return step * goodput * np.exp(at["campaign_counting_new"])

    best = delivered(devices)
    for fewer in np.geomspace(1e3, devices, 400):  # a part of the machine may deliver more
        best = np.maximum(best, delivered(fewer) * fewer / devices)
    return delivered(devices), best


def line_by_hand(fit, year):
    at = {name: fit.posterior[name].values.ravel() for name in ("trend_level", "trend_slope")}
    return at["trend_level"] + at["trend_slope"] * (year - 2020)


def near(value, mcse, expected, errors=1e-9):
    assert abs(value - expected) <= 4 * mcse + errors


@pytest.mark.parametrize(("precision", "peak"), [("BF16", 150.0), ("FP8", 300.0)])
def test_fugakunext_agrees_with_numpy(fits, found, precision, peak):
    """P(> 50 EFLOPS effective), days for 3e26 FLOP, lag in 2030 and MWh, draw by draw."""
    fit = fits[0]
    share, _ = by_hand(fit, devices=15_000, fp8=precision == "FP8")
    effective = peak * share
    row = pick(found["delivers"], precision=precision)
    assert row["probability_goal"] == pytest.approx((effective > 50).mean(), abs=2e-3)
    for level, value in row["effective_eflops"]["quantiles"].items():
        assert value == pytest.approx(np.quantile(effective, float(level)), rel=2e-3)
    amount = pick(found["amounts"], precision=precision, training_flop=3e26)
    days = 3e26 / (effective * 1e18 * 86_400)
    for level, value in amount["days"].items():
        assert value == pytest.approx(np.quantile(days, float(level)), rel=2e-3)
        assert amount["megawatt_hours"][level] == pytest.approx(40 * 24 * value)
    campaign = pick(found["campaigns"], precision=precision, days=80.0)
    assert campaign["megawatt_hours"] == 40 * 24 * 80
    flop = np.log10(effective * 1e18 * 86_400 * 80)
    at = {name: fit.posterior[name].values.ravel() for name in ("trend_level", "trend_slope")}
    reached = 2020 + (flop - at["trend_level"]) / at["trend_slope"]
    behind = pick(campaign["frontier"], year=2030.0)
    for level in ("0.1", "0.5", "0.9"):
        expected = np.quantile(2030 - reached, float(level))
        assert behind["years_behind"][level] == pytest.approx(expected, abs=5e-3)
        assert behind["date"][level] == pytest.approx(np.quantile(reached, float(level)), abs=5e-3)
    law = {name: fit.posterior[name].values.ravel() for name in ("law_size", "law_a")}
    size = law["law_size"] + law["law_a"] * (flop - np.log10(4e25))
    assert campaign["parameters"]["quantiles"]["0.5"] == pytest.approx(
        10 ** np.median(size), rel=5e-3
    )


@pytest.mark.parametrize("precision", ["BF16", "FP8"])
def test_needs_that_are_met_agree_with_numpy(fits, found, precision):
    fit = fits[0]
    share, _ = by_hand(fit, devices=15_000, fp8=precision == "FP8")
    effective = {"BF16": 150.0, "FP8": 300.0}[precision] * share
    frontier = 10 ** line_by_hand(fit, 2030.0) / (86_400 * 80) / 1e18
    law = {name: fit.posterior[name].values.ravel() for name in ("law_size", "law_a", "law_b")}
    above = (np.log10(1.59e12) - law["law_size"]) / law["law_a"]
    tokens = np.log10(4e25 / 6) - law["law_size"] + law["law_b"] * above
    size = 6 * 1.59e12 * 10**tokens / (86_400 * 80) / 1e18
    for target, need in (("frontier", frontier), ("model-size", size)):
        row = pick(found["targets"], target=target, days=80.0, precision=precision)
        assert row["probability"] == pytest.approx((effective >= need).mean(), abs=2e-3)
        takes = pick(found["trains"], target=target, precision=precision)
        assert takes["days"]["0.9"] == pytest.approx(
            np.quantile(80 * need / effective, 0.9), rel=5e-3
        )


def test_factors_make_what_is_delivered(fits, machine_of):
    offered = Offered.of(fits[0], machine_of(share=0.5))
    product = math.prod(offered.delivery[name] for name in FACTORS)
    np.testing.assert_allclose(product * offered.peak, offered.effective.transpose(*product.dims))
    np.testing.assert_allclose(offered.peak, [75.0, 150.0])


def test_a_machine_too_large_for_its_goodput_delivers_what_its_best_part_does(fits):
    """And is said to be held."""
    levers = fits[0].scenario.levers.model_copy(update={"precisions": ("BF16",)})
    found = delivery(fits[0].posterior, levers, 1e6).isel(precision=0)
    plain, _ = by_hand(fits[0], devices=1e6, fp8=False)
    share = found["efficiency"].values.ravel()
    held = found["held"].values.ravel() > 0
    assert 0.005 < held.mean() < 0.5
    np.testing.assert_allclose(share[~held], plain[~held])
    assert (share[held] > plain[held]).all()


# ------------------------------------------------------------------ the inverse of the requirement


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    tflops=st.floats(300, 20_000),
    target=st.sampled_from(["frontier", "model-size", "national"]),
    days=st.floats(20, 200),
    level=st.sampled_from([0.5, 0.8, 0.9, 0.95]),
    levers=st.fixed_dictionaries(
        {
            "levers.uptime": st.floats(0.5, 1.0),
            "levers.moe": st.booleans(),
            "levers.open_hpc_stack": st.booleans(),
            "levers.tokens_ratio": st.floats(0.5, 4.0),
            "levers.years": st.sampled_from([[2027.0], [2030.0]]),
            "levers.precisions": st.sampled_from([["BF16"], ["FP8"]]),
        }
    ),
    share=st.floats(0.1, 1.0),
)
def test_the_size_that_is_recommended_suffices_as_often_as_it_says(
    fits, machine_of, tflops, target, days, level, levers, share
):
    """On draws of another seed; on its own draws exactly."""
    device = fits[0].scenario.levers.device.model_copy(
        update={"tflops": {"BF16": tflops, "FP8": 2 * tflops}}
    )
    machine = replace(machine_of(share=share), device=device)
    one, other = (
        Offered.of(fit.ask({**levers, "levers.targets": [target], "levers.days": [days]}), machine)
        for fit in fits
    )
    (row,) = smallest_sizes(one, [level])
    size = row["assurance"][f"{level:g}"]
    large = machine.of_size(size["devices"] * (1 + 1e-9))

    def met(offered):
        again = replace(offered, machine=large)
        holds = again.effective >= again.needed["effective_eflops"]
        return float(holds.mean())

    count = one.draws.sizes["chain"] * one.draws.sizes["draw"]
    assert level - 1e-9 <= met(one) <= level + 2 / count
    error = math.sqrt(2 * level * (1 - level) / count)
    assert abs(met(other) - level) < 5 * error


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(
    count=st.integers(100, 3_000_000),
    more=st.floats(1.0, 30.0),
    what=st.sampled_from(["count", "days", "share"]),
)
def test_more_never_meets_less(fits, machine_of, count, more, what):
    """P is monotone in size, days and share."""

    def met(count, days, share):
        machine = machine_of("gb300", count=count, share=share)
        offered = Offered.of(fits[0].ask({"levers.days": [days]}), machine)
        return (offered.effective >= offered.needed["effective_eflops"]).mean(("chain", "draw"))

    few = {"count": count, "days": 50.0, "share": 0.03}
    many = {**few, what: few[what] * more}
    many["count"] = round(many["count"])
    assert (met(**many) >= met(**few)).all()


def test_stated_failures_take_the_place_of_the_goodput(fits, machine_of):
    """By Young's and Daly's formula, about which single campaigns still scatter."""
    machine = machine_of("gb300", count=20_000)
    stated = machine.offer.model_copy(
        update={"failures": Failures(device_hours=50_000, checkpoint_minutes=2, restart_minutes=10)}
    )
    offered = Offered.of(fits[0], replace(machine, offer=stated))
    between = 50_000 / 20_000
    lost = math.sqrt(2 * (2 / 60) / between) + (10 / 60) / between
    goodput = offered.delivery["goodput"].sel(precision="BF16")
    logit = np.log(goodput / (1 - goodput)) - fits[0].posterior["campaign_goodput_new"]
    np.testing.assert_allclose(logit, -math.log(lost), rtol=1e-6)
    found = assess_machine(fits[0], replace(machine, offer=stated))
    assert any(note["key"] == "assess.failures" for note in found["notes"])


# ---------------------------------------------------------------------------- choice under ceilings


def test_the_nearest_ceiling_binds(machine_of):
    machine = machine_of("gb300", racks=10)
    each = {"megawatts": 1.875e-3, "price": 4e6 / 72}
    for name, ceiling in (("megawatts", 40.0), ("price", 1e9), ("devices", 5000.0)):
        largest, said = largest_under(machine, Ceilings(**{name: ceiling}))
        assert said["binding"] == name
        assert largest.count == pytest.approx(ceiling / each.get(name, 1.0), abs=1)
        assert largest.megawatts == pytest.approx(largest.count * 1.875e-3)
    both, said = largest_under(machine, Ceilings(megawatts=40, price=1e8))
    assert said["binding"] == "price"
    assert both.price <= 1e8


def test_a_ceiling_that_does_not_bind_leaves_the_best_size(fits, machine_of):
    choice = load_loss()
    offered = Offered.of(fits[0], machine_of("gb300", count=10**9))
    found = decide_under(offered, choice, target="model-size", days=80.0, precision="BF16")
    need = need_at(offered.fit, target="model-size", year=2030.0, days=80.0, precision="BF16")
    best = best_size(need.draws, choice)
    assert found["best_eflops"] == pytest.approx(10 ** float(best["size"]))
    assert found["evpi"] == pytest.approx(float(best["evpi"]))
    assert found["unavoidable"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("devices", [2_000, 60_000])
def test_knowing_a_part_is_worth_less_than_knowing_all_and_nothing_where_it_does_not_matter(
    fits, machine_of, devices
):
    """The trend does not enter the need of a named model."""
    offered = Offered.of(fits[0], machine_of("gb300", count=devices))
    found = decide_under(offered, load_loss(), target="model-size", days=80.0, precision="BF16")
    assert found["best_eflops"] <= found["ceiling_eflops"] * (1 + 1e-12)
    assert found["evpi"] >= 0
    worth = {row["block"]: row for row in found["evppi"]}
    for row in worth.values():
        assert 0 <= row["evppi"] <= found["evpi"] + 2 * row["evppi_mcse"] + found["evpi_mcse"]
    if worth:
        assert worth["trend"]["evppi"] == pytest.approx(0, abs=1e-12)
    # By brute force: of all sizes up to the ceiling, none has a smaller expected loss.
    point = {"target": "model-size", "year": 2030.0, "days": 80.0, "precision": "BF16"}
    need = need_at(offered.fit, **point).draws
    costs = load_loss()
    ceiling = math.log10(found["ceiling_eflops"])
    sizes = np.linspace(ceiling - 2, ceiling, 400)
    losses = [
        float(
            (
                costs.cost_too_small * (need - size).clip(min=0)
                + costs.cost_too_large * (size - need).clip(min=0)
            ).mean()
        )
        for size in sizes
    ]
    assert found["expected_loss"] <= min(losses) + 1e-9


# ------------------------------------------------------------------------------------- what is told


def test_the_document_is_json_with_an_answer_in_three_sentences(found):
    json.dumps(found, allow_nan=False)
    assert len(found["answer"]) == 3
    assert found["answer"][0]["text"].startswith("FugakuNEXT delivers")
    assert {row["target"] for row in found["targets"]} == {
        *("record", "frontier", "national", "model-size"),
    }


def test_precisions_and_lengths_must_be_there(fits, machine_of):
    with pytest.raises(ScenarioError, match="FP8 on MI250X"):
        assess_machine(fits[0], machine_of("frontier"))
    with pytest.raises(ScenarioError, match="numbers of days"):
        assess_machine(fits[0].ask({"levers.run_length": "frontier"}), machine_of())
