"""Each target of the line against the independent computation, quantile by quantile."""

import numpy as np
import pytest
from independent import (
    Form,
    beliefs,
    flop_of_model,
    laws,
    line_at,
    log_effective,
    national,
    records,
    rows,
)
from tolerance import STANDARD_ERRORS

from analysis.fit import fit_scenario
from analysis.monte_carlo import mcse_of_quantiles
from model.requirement import log10
from model.stacking.weights import counts
from priors.scenario import load_scenario

pytestmark = pytest.mark.slow

COUNT = 4000
LEVELS = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975]
YEAR, DAYS = 2030.0, 80.0


@pytest.fixture(scope="module")
def product(evidence, priors):
    """Fit with every target of the line, as `estimate` makes it."""
    fit = fit_scenario(load_scenario("updated"), evidence, priors, seed=11)
    return fit.ask({"levers.days": [DAYS], "levers.lag_years": 3.0})


@pytest.fixture(scope="module")
def paths(product):
    """Paths of every form, as many as its weight says."""
    rng = np.random.default_rng(12)
    stats = product.sample_stats
    shares = counts(stats["form_weight"].values, COUNT)
    parts = [
        Form(str(name), rng).paths(share, rng)
        for name, share in zip(stats["form"].values, shares, strict=True)
    ]
    return rng.permutation(np.concatenate(parts))


def assert_agrees(values, fit, target, **levers):
    """Quantiles of draws agree with those of the product within 4 joint standard errors."""
    asked = fit.ask(levers) if levers else fit
    log = log10(asked.required()["effective_eflops"].sel(target=target)).squeeze(drop=True)
    found = log.quantile(LEVELS, ("chain", "draw")).values
    error = mcse_of_quantiles(log, LEVELS).values
    expected = np.quantile(values, LEVELS)
    for i, level in enumerate(LEVELS):
        half = np.sqrt(level * (1 - level) / len(values))
        own = np.ptp(np.quantile(values, np.clip([level - half, level + half], 0, 1))) / 2
        allowed = STANDARD_ERRORS * np.hypot(error[i], own)
        assert abs(found[i] - expected[i]) < allowed, (target, level, found[i], expected[i])


def test_frontier(product, paths):
    assert_agrees(log_effective(line_at(paths, YEAR), DAYS), product, "frontier")


def test_lag(product, paths):
    assert_agrees(log_effective(line_at(paths, YEAR - 3), DAYS), product, "lag")


def test_record(product, paths):
    rng = np.random.default_rng(13)
    assert_agrees(log_effective(records(paths, YEAR, rng), DAYS), product, "record")


@pytest.mark.parametrize("growth", ["growing", "constant"])
def test_national(product, paths, growth):
    rng = np.random.default_rng(14)
    flop = national(paths, YEAR, rng, growing=growth == "growing")
    levers = {"levers.national_lag": growth}
    assert_agrees(log_effective(flop, DAYS), product, "national", **levers)


def test_model_size(product):
    """A correction takes the place of the study that it corrects."""
    rng = np.random.default_rng(15)
    used = [row for row in rows("scaling_studies") if row["set"] in {"roadmap", "updated"}]
    ids = {row["id"] for row in used}
    used = [row for row in used if row["superseded_by"] not in ids]
    flop = flop_of_model(1.59e12, laws(used, "updated", 4 * COUNT, rng), "updated")
    assert_agrees(log_effective(flop, DAYS), product, "model-size")


def test_roadmap_chain(evidence, priors):
    """FLOP of the line, the model that eq. 3 names, and what the law says it needs."""
    fit = fit_scenario(load_scenario("roadmap"), evidence, priors, seed=16)
    rng = np.random.default_rng(17)
    known, count = beliefs("roadmap"), 4 * COUNT
    pivot = known["trend_pivot"]["value"]
    level, slope = (fit.inputs.priors[f"trend_{name}"] for name in ("level", "slope"))
    line = level.standardised().quantiles(rng.random(count))
    line = line + slope.standardised().quantiles(rng.random(count)) * (YEAR - pivot)
    drift = fit.inputs.priors["trend_drift"].standardised().quantiles(rng.random(count))
    assert not drift.any(), "the roadmap's line is straight"
    used = [row for row in rows("scaling_studies") if row["set"] == "roadmap"]
    law = laws(used, "roadmap", count, rng, exponent_alone=True)
    flop = flop_of_model(0.09 * 10 ** (line / 2), law, "roadmap")
    assert_agrees(log_effective(flop, DAYS), fit.ask({"levers.days": [DAYS]}), "roadmap-chain")
