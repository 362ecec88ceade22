"""Length of the frontier's runs, against a calculation without grid and blocks."""

import numpy as np
import pytest
from scipy import stats

from model import chain
from model.inputs import make_inputs
from model.requirement import campaign_days, requirement
from model.run_length import draw_lengths, frontier_days
from priors.scenario import load_scenario

COUNT = 20_000


@pytest.fixture(scope="module")
def inputs(evidence, priors):
    return make_inputs(load_scenario("updated"), evidence, priors)


@pytest.fixture(scope="module")
def rows(inputs):
    return inputs.lengths.years - inputs.constant("length_pivot"), inputs.lengths.log10_days


def by_importance(since, log10_days, beliefs, rng, count=400_000):
    """Weighted draws of α, γ and σ from the prior, by the likelihood of the rows."""
    level, growth, spread = (
        beliefs[f"length_{name}"].standardised() for name in ("level", "growth", "spread")
    )
    alpha = level.loc + level.scale * rng.standard_normal(count)
    gamma = growth.loc + growth.scale * rng.standard_normal(count)
    sigma = spread.scale * np.abs(rng.standard_normal(count))
    expected = alpha[:, None] + gamma[:, None] * since
    weight = stats.norm(expected, sigma[:, None]).logpdf(log10_days).sum(axis=1)
    weight = np.exp(weight - weight.max())
    return {"length_level": alpha, "length_growth": gamma, "length_spread": sigma}, weight


def test_the_posterior_is_that_of_importance_sampling(inputs, rows):
    found = draw_lengths(*rows, inputs.priors, COUNT, np.random.default_rng(1))
    draws, weight = by_importance(*rows, inputs.priors, np.random.default_rng(2))
    effective = weight.sum() ** 2 / (weight**2).sum()
    assert effective > 1000
    for name, values in draws.items():
        mean = np.average(values, weights=weight)
        sd = np.sqrt(np.average((values - mean) ** 2, weights=weight))
        error = sd * np.hypot(1 / np.sqrt(effective), 1 / np.sqrt(COUNT))
        assert abs(found[name].mean() - mean) < 4 * error, name
        assert found[name].std() == pytest.approx(sd, rel=0.1), name


def test_without_rows_it_is_the_prior(inputs):
    none = np.array([], float)
    found = draw_lengths(none, none, inputs.priors, COUNT, np.random.default_rng(3))
    for name, values in found.items():
        prior = inputs.priors[name].standardised()
        quantiles = np.quantile(values, [0.1, 0.5, 0.9])
        expected = prior.quantiles(np.array([0.1, 0.5, 0.9]))
        np.testing.assert_allclose(quantiles, expected, atol=0.04 * prior.scale)


def test_the_published_growth_which_is_no_datum_lies_within_the_posterior(inputs, rows, evidence):
    """Epoch AI's 1.4 per year is computed from more runs of the same kind."""
    found = draw_lengths(*rows, inputs.priors, COUNT, np.random.default_rng(4))
    (published,) = (row for row in evidence.trend_studies if row.quantity == "run length")
    low, high = np.quantile(found["length_growth"], [0.025, 0.975])
    assert low < published.slope < high


@pytest.fixture(scope="module")
def posterior(evidence, priors):
    from analysis.fit import fit_scenario
    from model.sampling.sampler import Sampler

    scenario = load_scenario("updated").override({"trend.form": "linear"})
    return fit_scenario(scenario, evidence, priors, Sampler(draws=250), seed=2).posterior


def test_no_run_is_longer_than_the_cap(posterior):
    days = frontier_days(posterior, np.array([2020.0, 2030.0, 2040.0]))
    cap = posterior.attrs["length_cap"]
    assert float(days.max()) == pytest.approx(cap)
    line = posterior["length_level"] + posterior["length_growth"] * (
        2020.0 - posterior.attrs["length_pivot"]
    )
    below = 10**line < cap
    np.testing.assert_allclose(days.sel(year=2020.0).where(below), (10**line).where(below))


def test_the_need_is_that_of_each_draws_own_length(posterior):
    scenario = load_scenario("updated").override(
        {"levers.run_length": "frontier", "levers.years": [2026.0, 2030.0]}
    )
    required = requirement(posterior, scenario.workload, scenario.levers)
    assert required["days"].isnull().all()
    days = frontier_days(posterior, np.array([2026.0, 2030.0]))
    expected = chain.effective_eflops(required["training_flop"], days)
    np.testing.assert_allclose(
        required["effective_eflops"].isel(days=0).transpose(*expected.dims), expected
    )
    given = scenario.override({"levers.run_length": "days"})
    assert campaign_days(posterior, given.levers).values.tolist() == list(given.levers.days)
