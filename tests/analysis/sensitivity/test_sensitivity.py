"""The whole of the sensitivity analysis on one posterior: shape, sums, bounds, and no refit."""

import json

import numpy as np
import pytest
from unfitted import unfitted

from analysis.sensitivity.analyse import analyse_sensitivity
from model import fit
from priors.costs import load_loss

pytestmark = pytest.mark.slow
BLOCKS = ["trend", "law", "efficiency", "campaign"]
KEYS = {
    *("scenario", "title", "question", "need", "blocks", "interactions", "sum_of_shares"),
    *(
        "inputs",
        "dummies",
        "not_entering",
        "levers",
        "studies",
        "form",
        "decision",
        "exceedance",
        "expected_loss",
    ),
}


def ask(fitted, **changes):
    rng = np.random.default_rng(0)
    return analyse_sensitivity(fitted, load_loss(), rng=rng, **changes)


@pytest.fixture(scope="module")
def fitted(evidence, priors):
    """Asked for the target into which every block enters."""
    whole = {"levers.targets": ["roadmap-chain"], "levers.devices": 15_000}
    return unfitted("updated", evidence, priors, draws=2000, seed=1).ask(whole)


@pytest.fixture(scope="module")
def found(fitted):
    """The answer for the peak, with a sampler that must not be called."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "draw_exactly", refuse)
        patch.setattr(fit, "draw_back", refuse)
        return ask(fitted)


def refuse(*arguments, **options):
    raise AssertionError("a sensitivity analysis refits nothing")


def test_shape(found):
    assert set(found) == KEYS
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["question"] == {
        **{"quantity": "peak_eflops", "unit": "EFLOPS", "year": 2030.0, "days": 80.0},
        **{"target": "roadmap-chain", "precision": "BF16"},
    }
    assert [row["block"] for row in found["blocks"]] == BLOCKS
    assert len(found["interactions"]) == 11
    assert {row["lever"] for row in found["levers"]} == {
        *("days", "uptime", "tokens_ratio", "devices", "years")
    }
    for curve, name in (("exceedance", "probability"), ("expected_loss", "loss")):
        assert set(found[curve]) == {"eflops", name, f"{name}_mcse"}
        assert len(found[curve]["eflops"]) == len(found[curve][name]) == 61


def test_shares_add_up(found):
    whole = found["sum_of_shares"]
    assert abs(whole["value"] - 1) <= 4 * whole["mcse"]
    shares = {row["block"]: row["shapley"] for row in found["blocks"]}
    assert sum(shares.values()) == pytest.approx(whole["value"], abs=1e-9)
    for block, share in shares.items():
        rows = [row for row in found["inputs"] if row["block"] == block]
        idle = found["dummies"]["share_in_block"].get(block, {"share": 0.0})["share"]
        assert sum(row["share_in_block"] for row in rows) + idle == pytest.approx(1, abs=1e-9)
        assert sum(row["share"] for row in rows) == pytest.approx(share * (1 - idle), abs=1e-9)
        assert abs(idle) < 0.02
    for row in found["blocks"]:
        assert row["first"] <= row["shapley"] <= row["total"]


def test_worth_lies_between_nothing_and_everything(found):
    evpi = found["decision"]["evpi"]
    for row in [*found["blocks"], *found["inputs"]]:
        assert 0 <= row["evppi"] <= evpi
    for block in BLOCKS:
        whole = next(row for row in found["blocks"] if row["block"] == block)
        for row in (row for row in found["inputs"] if row["block"] == block):
            error = np.hypot(row["evppi_mcse"], whole["evppi_mcse"])
            assert row["evppi"] <= whole["evppi"] + 4 * error
    nothing = found["dummies"]["evppi"]
    assert nothing["evppi"] <= 4 * nothing["evppi_mcse"] + 1e-3 * evpi


def test_the_decision(found):
    decision = found["decision"]
    best = next(row for row in decision["sizes"] if row["probability"] == 0.75)
    assert (decision["cost_too_small"], decision["cost_too_large"]) == (3.0, 1.0)
    assert best["eflops"] == pytest.approx(decision["best_eflops"], rel=1e-12)
    assert best["loss"] == pytest.approx(decision["evpi"], rel=1e-9)
    least = decision["evpi"] * (1 - 1e-12)  # the best size is among the sizes, up to rounding
    assert all(row["loss"] >= least for row in decision["sizes"])
    assert min(found["expected_loss"]["loss"]) >= least
    assert [row["probability"] for row in decision["sizes"]] == [0.5, 0.75, 0.8, 0.9, 0.95]


def test_the_law_has_no_share_in_the_frontiers_flop(fitted):
    """It divides them into parameters and tokens; in the roadmap's chain its share is large."""
    found = ask(fitted.ask({"levers.targets": ["frontier"]}), quantity="effective_eflops")
    shares = {row["block"]: row["shapley"] for row in found["blocks"]}
    assert shares["law"] == 0.0
    assert "law_a" in found["not_entering"]
    assert shares["trend"] == pytest.approx(1.0, abs=0.02)
    chain = ask(fitted, quantity="effective_eflops")
    assert {row["block"]: row["shapley"] for row in chain["blocks"]}["law"] > 0.1


def test_hardware_does_not_matter_to_the_effective_need(fitted):
    found = ask(fitted, quantity="effective_eflops", days=40.0, year=2029.0)
    assert found["question"]["precision"] is None
    assert (found["question"]["year"], found["question"]["days"]) == (2029.0, 40.0)
    for row in found["blocks"][2:]:
        values = {row[key] for key in ("first", "total", "shapley", "evppi", "evppi_raw")}
        assert values == {0.0}
        assert row["change_log10"] == {"0.05": 0.0, "0.95": 0.0}
    assert {row["block"] for row in found["inputs"]} == {"trend", "law"}
    assert "campaign_goodput" in found["not_entering"]
    assert sum(row["first"] for row in found["blocks"]) < 1.1


@pytest.mark.slow
def test_same_seed_same_answer(fitted, found):
    assert ask(fitted) == found
