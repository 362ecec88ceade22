"""Pairing by draw, and a decomposition that adds up."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from analysis.compare.compare import PARTS, compare_pair, compare_scenarios, decompose
from analysis.compare.lines import regime_lines
from analysis.fit import fit_scenarios
from model.sampling.sampler import Sampler
from priors.scenario import load_scenario

NAMES = ("roadmap", "updated", "optimistic-hardware", "pessimistic-hardware")


@pytest.fixture(scope="module")
def fitted(evidence, priors):
    scenarios = [load_scenario(name) for name in NAMES]
    sampler = Sampler(draws=500, tune=300)
    fits = fit_scenarios(scenarios, evidence, priors, sampler, seed=0)
    return {fit.scenario.name: fit for fit in fits}


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


@pytest.mark.slow
def test_a_scenario_equals_itself(fitted):
    for row in compare_pair(fitted["updated"], fitted["updated"]):
        assert row["paired"]
        assert set(row["ratio"].values()) == {1.0}
        assert row["first"] == row["other"]
        assert row["probability_more"] == row["probability_mcse"] == 0.0


@pytest.mark.slow
def test_hardware_does_not_touch_the_effective_requirement(fitted):
    rows = compare_pair(fitted["optimistic-hardware"], fitted["pessimistic-hardware"])
    at = {"days": 80.0, "target_first": "frontier"}
    effective = pick(rows, quantity="effective_eflops", **at)
    assert set(effective["ratio"].values()) == {1.0}
    peak = pick(rows, quantity="peak_eflops", **at)
    assert (peak["precision_first"], peak["precision_other"]) == ("FP8", "BF16")
    assert peak["ratio"]["0.05"] < peak["ratio"]["0.5"] < peak["ratio"]["0.95"]


def test_ratio_of_one_posterior_is_that_of_the_draws(fitted):
    first = fitted["updated"]
    other = first.ask({"levers.open_hpc_stack": True})
    at = {"year": 2030.0, "days": 60.0, "target": "frontier", "precision": "BF16"}
    draws = [fit.required()["peak_eflops"].sel(at) for fit in (first, other)]
    rows = compare_pair(first, other)
    row = pick(rows, quantity="peak_eflops", days=60.0, target_first="frontier")
    assert row["ratio"]["0.9"] == pytest.approx(
        float(np.exp(np.quantile(np.log(draws[1] / draws[0]), 0.9))), rel=1e-9
    )
    assert row["probability_more"] == float((draws[1] > draws[0]).mean())
    assert row["first"]["quantiles"]["0.5"] == pytest.approx(float(draws[0].median()), rel=1e-3)


def test_two_posteriors_are_compared_by_their_quantiles(fitted):
    """And the answer does not change if the draws of one of them come in another order."""
    first, other = fitted["roadmap"], fitted["updated"].ask({"levers.targets": ["roadmap-chain"]})
    rows = compare_pair(first, other)
    assert not any(row["paired"] for row in rows)
    assert {row["probability_more"] for row in rows} == {None}
    for row in rows:
        for key, ratio in row["ratio"].items():
            sides = (row[side]["quantiles"][key] for side in ("other", "first"))
            assert ratio == pytest.approx(next(sides) / next(sides), rel=1e-12)
    shuffled = other.posterior.isel(draw=slice(None, None, -1)).assign_coords(
        draw=other.posterior["draw"]
    )
    tree = xr.DataTree.from_dict({"posterior": shuffled})
    again = compare_pair(first, replace(other, stored=tree))
    for one, two in zip(rows, again, strict=True):
        assert one["ratio"] == pytest.approx(two["ratio"], rel=1e-9)


def test_without_a_common_target_the_headlines_are_compared(fitted):
    rows = compare_pair(fitted["roadmap"], fitted["updated"])
    named = {(row["target_first"], row["target_other"]) for row in rows}
    assert named - {(None, None)} == {("roadmap-chain", "frontier")}


@pytest.mark.slow
def test_longer_campaigns_halve_the_need(fitted):
    """A lever known exactly: 40 against 80 days is a ratio of 2 in each draw."""
    slow = fitted["updated"]
    fast = slow.ask({"levers.uptime": 0.5})
    peak = pick(
        compare_pair(slow, fast), quantity="peak_eflops", days=80.0, target_first="frontier"
    )
    assert peak["ratio"]["0.025"] == pytest.approx(2.0, rel=1e-12)
    assert peak["ratio"]["0.975"] == pytest.approx(2.0, rel=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("quantity", ["effective_eflops", "peak_eflops"])
def test_the_parts_add_up(fitted, quantity):
    chain = {"levers.targets": ["roadmap-chain"]}
    parts = decompose(fitted["roadmap"], fitted["updated"].ask(chain))[quantity]
    assert sum(parts[part] for part in PARTS) == pytest.approx(parts["total"], abs=1e-9)
    means = [
        float(np.log10(fitted[name].ask(chain).required()[quantity]).mean())
        for name in ("roadmap", "updated")
    ]
    assert parts["total"] == pytest.approx(means[1] - means[0], abs=1e-9)
    assert parts["levers"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.slow
def test_a_part_that_does_not_differ_has_no_share(fitted):
    moods = fitted["optimistic-hardware"], fitted["pessimistic-hardware"]
    parts = decompose(*moods)["peak_eflops"]
    assert parts["trend"] == parts["law"] == parts["efficiency"] == 0.0
    assert parts["levers"] == pytest.approx(parts["total"])
    assert parts["total"] > 0
    effective = decompose(fitted["roadmap"], fitted["updated"])["effective_eflops"]
    assert effective["efficiency"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.slow
def test_all_are_compared_with_the_first(fitted):
    found = compare_scenarios([fitted["roadmap"], fitted["updated"], fitted["optimistic-hardware"]])
    assert found["baseline"] == "roadmap"
    assert list(found["comparisons"]) == ["updated", "optimistic-hardware"]


def test_the_errors_of_a_comparison_are_gated(fitted):
    found = compare_scenarios(list(fitted.values())[:2])
    checks = {check["name"]: check["value"] for check in found["checks"]}
    rows = [row for rows in found["comparisons"].values() for row in rows]
    errors = [
        error
        for row in rows
        for side in ("first", "other")
        for level, error in row[side]["mcse_log10"].items()
        if 0.05 <= float(level) <= 0.95
    ]
    assert checks["mcse_quantile_dex"] == max(errors) > 0
    shown = [row["probability_mcse"] for row in rows if row["probability_mcse"] is not None]
    assert checks["mcse_probability"] == (max(shown) if shown else None)


# ------------------------------------------------------------------------- regimes, line by line


def test_lines_of_a_regime_add_up_and_stand_for_the_same_devices(fitted):
    """One line alone makes what it makes alone: uptime divides the devices by itself."""
    first, other = fitted["optimistic-hardware"], fitted["pessimistic-hardware"]
    found = regime_lines(first, other, "model-size")
    lines = {row["lever"]: row["dex"] for row in found["lines"]}
    assert set(lines) == {
        *("precisions", "fp8_gain", "open_hpc_stack", "goodput", "scale_penalty", "uptime"),
    }
    assert sum(lines.values()) == pytest.approx(found["total_dex"])
    assert [abs(row["dex"]) for row in found["lines"]] == sorted(map(abs, lines.values()))[::-1]
    assert lines["open_hpc_stack"] > 0
    half = first.ask({"levers.uptime": 0.5})
    (alone,) = regime_lines(first, half, "model-size")["lines"]
    assert alone["dex"] == pytest.approx(np.log10(2), rel=1e-6)  # no penalty of scale: no feedback
    assert regime_lines(first, first, "model-size") is None


def test_a_comparison_answers_in_three_sentences(fitted):
    names = ("optimistic-hardware", "pessimistic-hardware", "roadmap")
    document = compare_scenarios([fitted[name] for name in names])
    keys = [one["key"] for one in document["answer"]]
    assert keys == [
        *("compare.answer_needs", "compare.answer_ratio", "compare.answer_most"),
        *("compare.answer_needs", "compare.answer_quantiles"),
    ]
    assert list(document["regimes"]) == ["pessimistic-hardware"]
