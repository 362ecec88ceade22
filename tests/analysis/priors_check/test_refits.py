"""A prior made wider is wider and nothing else, and refits say by how much the result widens."""

import numpy as np
import pytest
import xarray as xr

from analysis.fit import Fit
from analysis.priors_check.refits import FACTORS, refit_priors, rescaled
from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from model.sampling.sampler import Sampler
from priors.parameters import PARAMETERS
from priors.prior_rows import parse_prior
from priors.scenario import load_scenario

SHAPE = (4, 500)


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
def test_a_correlation_spreads_as_far_as_it_can(priors, evidence, factor):
    """A uniform one, of variance 1/3, is the widest."""
    prior = priors.sets["updated"]["law_correlation"]
    other = parse_prior("law_correlation", rescaled(prior, factor), "test", evidence.sources)
    before, after = (row.standardised().distribution().var() for row in (prior, other))
    assert after == pytest.approx(min(factor**2 * before, 1 / 3))


@pytest.fixture(scope="module")
def refits(evidence, priors):
    """Refits of `roadmap` whose posterior is the prior with common random numbers."""
    asked = []

    def prior_draws(scenario, evidence, priors, sampler, *, seed, progress=None):
        asked.append(scenario.prior)
        inputs = make_inputs(scenario, evidence, priors)
        rng = np.random.default_rng(seed)
        draws = dataset(draw_prior(scenario.trend.form, inputs, SHAPE, rng=rng), inputs)
        zeros = np.zeros(SHAPE)
        energy = np.random.default_rng(0).standard_normal(SHAPE)
        arrays = {"diverging": zeros, "energy": energy, "maxdepth_reached": zeros}
        stats = xr.Dataset({name: (("chain", "draw"), a) for name, a in arrays.items()})
        return xr.DataTree.from_dict({"posterior": draws, "sample_stats": stats})

    told = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.fit.draw_posterior", prior_draws)
        rows = refit_priors(
            ["trend_slope", "mfu_hpc", "mfu_median"],
            Fit(load_scenario("roadmap"), evidence, priors, xr.DataTree(), seed=0),
            Sampler(),
            seed=0,
            progress=lambda *args: told.append(args),
        )
    return rows, asked, told


def pick(rows, **at):
    (row,) = (row for row in rows if all(row[key] == value for key, value in at.items()))
    return row


def test_each_uncertain_prior_is_changed_alone(refits):
    rows, asked, told = refits
    assert asked[0] == {}
    assert [list(changed) for changed in asked[1:]] == [["trend_slope"]] * 2 + [["mfu_median"]] * 2
    assert {row["name"] for row in rows} == {"trend_slope", "mfu_median"}  # mfu_hpc is fixed
    assert told[-1] == ("prior refits", 4, 4)
    assert not any(row["failed_checks"] for row in rows)


def test_a_wider_prior_widens_what_hangs_on_it(refits):
    rows, _, _ = refits
    slope = [
        pick(rows, name="trend_slope", factor=factor, quantity="effective 2030")["width_ratio"]
        for factor in FACTORS
    ]
    assert slope[0] < 0.98 < 1.1 < slope[1]
    for factor in FACTORS:
        effective = pick(rows, name="mfu_median", factor=factor, quantity="effective 2030")
        assert (effective["shift"], effective["width_ratio"]) == (0, 1)
        peak = pick(rows, name="mfu_median", factor=factor, quantity="peak BF16 2030")
        assert peak["width_ratio"] != 1
        assert peak["shift_mcse"] > 0
