"""A prior made wider is wider and nothing else; refits say whether power-scaling foretold it."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.fit import fit_scenario
from analysis.priors_check.forms_alone import forms_alone
from analysis.priors_check.refits import (
    FACTORS,
    compare_with_refit,
    power_of,
    refit_priors,
    rescaled,
)
from model.sampling.sampler import Sampler
from model.stacking.weights import weigh_forms
from model.trend import SPREADS
from priors.parameters import PARAMETERS
from priors.prior_rows import parse_prior
from priors.scenario import load_scenario


@pytest.mark.parametrize("name", [n for n, one in PARAMETERS.items() if one.family != "lkj"])
@pytest.mark.parametrize("factor", FACTORS)
def test_only_the_scale_changes(priors, evidence, name, factor):
    """Also of a prior that is stated by quantiles, or on another scale."""
    prior = priors.sets["updated"][name]
    wider = parse_prior(name, rescaled(prior, factor), "test", evidence.sources)
    before, after = prior.standardised(), wider.standardised()
    assert after.scale == pytest.approx(factor * before.scale)
    assert (after.family, after.shape) == (before.family, before.shape)
    assert after.loc == pytest.approx(before.loc)
    assert wider.transform == prior.transform


@pytest.mark.parametrize("factor", FACTORS)
def test_every_prior_is_raised_to_a_power(priors, evidence, factor):
    """Also a correlation: the log density is that of the prior times the power, but for a sum."""
    for name in ("trend_slope", "trend_noise", "law_correlation"):
        prior = priors.sets["updated"][name]
        other = parse_prior(name, rescaled(prior, factor), "test", evidence.sources)
        at = np.array([0.05, 0.2, 0.4])
        before, after = (p.standardised().distribution().logpdf(at) for p in (prior, other))
        np.testing.assert_allclose(np.diff(after), power_of(factor) * np.diff(before))


# ------------------------------------------------------------------------ on real posteriors


@pytest.fixture(scope="module")
def roadmap(evidence, priors):
    """Refits of `roadmap`: a straight trend and an efficiency without any row."""
    fit = fit_scenario(load_scenario("roadmap"), evidence, priors, Sampler(draws=1000), seed=3)
    told = []
    rows = refit_priors(
        fit, [], Sampler(draws=1000), seed=0, progress=lambda *args: told.append(args)
    )
    return fit, rows, told


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


def test_each_uncertain_prior_is_refitted_half_and_twice_as_wide(roadmap):
    fit, rows, told = roadmap
    uncertain = {name for name, one in fit.inputs.priors.items() if one.family != "fixed"}
    uncertain -= {"trend_noise", "trend_grade_factor", "trend_drift", "trend_walk"}
    uncertain -= {"trend_saturation", "mfu_system_spread", "mfu_run_spread"}
    named = {row["name"] for row in rows}
    assert {"trend_level", "trend_slope", "mfu_median", "law_exponent_mean"} <= named
    assert {row["factor"] for row in rows} == {0.5, 2.0}
    assert told[-1][1] == told[-1][2] == len(told) - 1
    assert not any(row["failed_checks"] for row in rows)


@pytest.mark.parametrize("factor", FACTORS)
def test_a_prior_without_rows_widens_the_result_by_what_its_variance_adds(roadmap, factor):
    """log10 of the frontier is level + slope × years: its sd follows from the two priors."""
    fit, rows, _ = roadmap
    stated = {n: fit.inputs.priors[n].standardised() for n in ("trend_level", "trend_slope")}
    years = 2030 - fit.inputs.constant("trend_pivot")
    parts = {"trend_level": stated["trend_level"].scale ** 2}
    parts["trend_slope"] = (years * stated["trend_slope"].scale) ** 2
    # Target roadmap-chain multiplies the frontier's log10 by one number per draw of the law.
    share = parts["trend_slope"] / sum(parts.values())
    row = pick(rows, name="trend_slope", factor=factor, quantity="effective 2030")
    of_trend = np.sqrt(share * factor**2 + 1 - share)
    assert 1 < row["sd_ratio"] / min(1, of_trend) < max(1, of_trend) / min(1, of_trend) + 0.05
    peak = pick(rows, name="mfu_median", factor=factor, quantity="peak BF16 2030")
    assert peak["sd_ratio"] != 1
    assert not [r for r in rows if r["name"] == "mfu_median" and r["quantity"] == "effective 2030"]


def test_weights_at_the_full_power_find_what_a_refit_finds(roadmap):
    _, rows, _ = roadmap
    near = [row for row in rows if row["reweighted_pareto_k"] < 0.5]
    assert len(near) > 5
    for row in near:
        noise = np.hypot(row["mean_shift_mcse"], row["foretold_mcse"])
        assert abs(row["mean_shift"] - row["reweighted_shift"]) < 5 * noise + 0.01


# ------------------------------------------------------------------------------- why they differ

FOUND = {
    "name": "trend_slope",
    "mean_shift": 0.3,
    "mean_shift_mcse": 0.005,
    "foretold_shift": 0.0,
    "foretold_mcse": 0.005,
    "sd_ratio": 1.0,
    "foretold_sd_ratio": 1.0,
    "by_weights": 0.0,
    "reweighted_shift": 0.0,
    "reweighted_pareto_k": 0.1,
}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"foretold_shift": 0.29}, "agrees"),
        ({"foretold_shift": 0.29, "foretold_sd_ratio": 1.3}, "unexplained"),
        ({"foretold_shift": 0.25 - 3 * np.hypot(0.005, 0.005) - 1e-3}, "unexplained"),
        ({"by_weights": 0.28}, "weights"),
        ({"reweighted_pareto_k": 0.8}, "out_of_reach"),
        ({"name": "lag_growth"}, "cut"),
        ({"reweighted_shift": 0.29}, "bent"),
        ({"by_weights": 0.1, "reweighted_shift": 0.19}, "bent"),
        ({}, "unexplained"),
    ],
)
def test_a_difference_has_its_reason(change, why):
    found = compare_with_refit({**FOUND, **change})
    assert (found["why"], found["agrees"]) == (why, why == "agrees")
    assert found["diagnosis"]


#: Priors of every block.
CHOSEN = {
    *("trend_drift", "law_exponent_mean", "mfu_devices", "mfu_fp8", "campaign_goodput_spread"),
    *("record_excess", "lag_growth"),
}


@pytest.mark.slow
def test_other_weights_of_the_forms_are_told_apart(evidence, priors):
    """A prior of the slope that only the other forms of the trend can live with."""
    few = Sampler(draws=400)
    fit = fit_scenario(load_scenario("updated"), evidence, priors, few, seed=3)
    alone = forms_alone(fit)
    assert [one.spread for one in alone] == [name for name in SPREADS.values() if name]
    assert sum(one.weight for one in alone) == pytest.approx(
        1 - float(fit.sample_stats["form_weight"].sel(form="linear"))
    )
    with pytest.MonkeyPatch.context() as patch:
        given = iter([[0.25] * 4, *[[0.97, 0.01, 0.01, 0.01]] * 99])
        equal = weigh_forms(fit.inputs)
        patch.setattr(
            "analysis.priors_check.refits.weigh_forms",
            lambda _: replace(equal, weight=np.array(next(given))),
        )
        patch.setattr("analysis.priors_check.refits.FACTORS", (2.0,))
        rows = refit_priors(fit, alone[:1], few, seed=0, only=CHOSEN)
    row = pick(rows, name="trend_drift", quantity="effective 2030")
    assert row["by_weights"] != 0
    assert row["sd_ratio"] < row["foretold_sd_ratio"]  # the straight line has most of the draws
    law = [one for one in rows if one["name"].startswith("law_")]
    assert all(one["by_weights"] == 0 for one in law)
    for name, target in (("lag_growth", "national"), ("record_excess", "record")):
        moved = {one["quantity"] for one in rows if one["name"] == name}
        assert moved == {f"effective {target} 2030"}
    assert {one["name"] for one in rows} == CHOSEN
