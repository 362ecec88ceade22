"""Forms of the trend are weighed by what they foretold, and drawn by their weights."""

from dataclasses import replace

import numpy as np
import pytest
from independent import Form
from scipy import stats

from model.inputs import make_inputs
from model.stacking.draw import assign
from model.stacking.scores import log_scores, predict
from model.stacking.weights import FORMS, combine, counts, effective_windows, weigh_forms
from model.stacking.windows import known_before, observed_mean, windows
from model.targets import frontier_flop
from priors.scenario import load_scenario


@pytest.fixture(scope="module")
def inputs(evidence, priors):
    return make_inputs(load_scenario("updated"), evidence, priors)


@pytest.fixture(scope="module")
def chosen(inputs):
    return windows(inputs)


def test_a_window_holds_the_entrants_of_its_year(inputs, chosen):
    assert {window.horizon for window in chosen} == {3, 4, 5, 6}
    for window in chosen:
        years = inputs.trend_years[list(window.members)]
        assert (np.floor(years) == window.year).all()
        assert len(years) >= 3
        assert window.year >= window.origin + 2
        assert observed_mean(inputs, window) == inputs.trend_log10_flop[list(window.members)].mean()


def test_a_forecast_knows_the_runs_before_its_origin_only(inputs, chosen):
    """Ten times the FLOP from the origin on move what is observed, and no forecast."""
    origin = chosen[-1].origin
    mine = [window for window in chosen if window.origin == origin]
    later = np.where(inputs.trend_years >= origin, 1.0, 0.0)
    other = replace(inputs, trend_log10_flop=inputs.trend_log10_flop + later)
    assert (known_before(inputs, origin).trend_years < origin).all()
    for form in FORMS:
        first, second = (predict(form, one, origin, mine, seed=1) for one in (inputs, other))
        assert np.array_equal(first.mean, second.mean)
        assert np.array_equal(first.sd, second.sd)
    assert observed_mean(other, mine[0]) == pytest.approx(observed_mean(inputs, mine[0]) + 1)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_scores_agree_with_a_calculation_without_the_model(inputs, chosen, form):
    """Dense covariances over 6,000 random spreads, for a few windows of an early and a late origin.

    0.1 nat is a tenth of what separates forms at an origin; the random spreads leave 0.03.
    """
    few = [window for window in chosen if (window.origin, window.horizon) in {(2015, 4), (2020, 6)}]
    found = log_scores(form, inputs, few, seed=2)
    for window, score in zip(few, found, strict=True):
        alone = Form(form, np.random.default_rng(3), before=window.origin)
        assert score == pytest.approx(alone.log_score(window.year), abs=0.1), window


def test_a_form_that_is_better_everywhere_has_the_odds_of_its_scores(inputs, chosen):
    """A lead of Δ nat in every window is worth exp(n Δ) with n windows, whatever the bootstrap."""
    lead = 0.2
    scores = np.zeros((len(FORMS), len(chosen)))
    scores[0] += lead
    found = combine(scores, chosen, inputs, np.random.default_rng(0))
    odds = np.exp(found.windows * lead)
    expected = np.array([odds, 1, 1, 1]) / (odds + 3)
    np.testing.assert_allclose(found.weight, expected, rtol=1e-9)
    np.testing.assert_allclose(found.weight_sd, 0, atol=1e-9)
    assert found.stacking[0] > 0.99


def test_forms_that_score_alike_weigh_alike(inputs, chosen):
    scores = np.tile(np.random.default_rng(1).normal(size=len(chosen)), (len(FORMS), 1))
    found = combine(scores, chosen, inputs, np.random.default_rng(0))
    np.testing.assert_allclose(found.weight, 0.25, rtol=1e-9)
    np.testing.assert_allclose(found.stacking, 0.25, rtol=1e-9)


def test_stacking_weighs_windows_and_pseudo_bma_origins(inputs, chosen):
    """Two forms that are right in halves of the windows: plain stacking shares between them."""
    scores = np.full((len(FORMS), len(chosen)), -20.0)
    half = np.arange(len(chosen)) % 2 == 0
    scores[0, half], scores[1, ~half] = 0.0, 0.0
    found = combine(scores, chosen, inputs, np.random.default_rng(0))
    assert 0.3 < found.stacking[0] < 0.7
    assert found.stacking[:2].sum() == pytest.approx(1, abs=1e-6)


def test_the_weights_of_the_evidence_rest_on_three_windows(inputs, chosen):
    found = weigh_forms(inputs)
    assert found.windows == effective_windows(chosen, inputs) == pytest.approx(3, abs=0.1)
    assert found.weight.sum() == pytest.approx(1)
    assert ((found.weight > 0.05) & (found.weight < 0.6)).all()
    assert (found.weight_sd > 0).all()


def test_early_on_the_weights_are_nearer_to_equal(evidence, priors, inputs):
    """Fewer windows carry less: before there is any, all forms weigh the same."""
    from datetime import date

    def spread(year):
        scenario = load_scenario("updated").override({"as_of": date(year, 1, 1)})
        return np.ptp(weigh_forms(make_inputs(scenario, evidence, priors)).weight)

    assert spread(2015) == 0
    assert 0 < spread(2019) < np.ptp(weigh_forms(inputs).weight) + 0.1


@pytest.mark.parametrize("draws", [1, 7, 4000])
def test_counts_are_whole_and_add_up(draws):
    weight = np.array([0.31, 0.27, 0.23, 0.19])
    found = counts(weight, draws)
    assert sum(found) == draws
    assert np.abs(found - weight * draws).max() < 1


def test_each_form_gets_its_share_in_random_order(inputs):
    weights = weigh_forms(inputs)
    form = assign(weights, 4000, seed=5)
    assert np.bincount(form).tolist() == counts(weights.weight, 4000)
    assert stats.ks_2samp(np.flatnonzero(form == 0), np.flatnonzero(form == 3)).pvalue > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("case", ["updated-walk", "updated-saturating"])
def test_draws_of_a_form_are_those_of_the_form_alone(fit, case):
    """K-S at 0.001 of the line's FLOP in 2030, level and noise."""
    alone, stacked = fit(case), fit("updated-stacked")
    number = list(FORMS).index(alone.scenario.trend.form)
    mine = stacked.posterior["trend_form"].values == number
    years = np.array([2030.0])
    first, other = (frontier_flop(one.posterior, years).values[..., 0] for one in (stacked, alone))
    assert stats.ks_2samp(first[mine], other.ravel()).pvalue > 1e-3
    for name in ("trend_noise", "trend_level", "trend_slope"):
        drawn = stacked.posterior[name].values[mine]
        assert stats.ks_2samp(drawn, alone.posterior[name].values.ravel()).pvalue > 1e-3, name
