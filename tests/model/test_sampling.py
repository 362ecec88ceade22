"""NUTS is efficient, never diverges, and has every draw or none."""

import arviz_stats as azs
import numpy as np
import pytest
import xarray as xr

from model.sampling.sampler import Sampler

SEEDS = range(3)
#: ESS is about proportional to the draws, so that its share of them does not need the published
#: 4 × 5000; adaptation, whose luck the seeds are to show, is the published one.
SAMPLER = Sampler(draws=1000)


@pytest.mark.nuts
def test_fits_are_efficient_agree_and_do_not_diverge(by_nuts, case_inputs):
    """Bulk ESS of all 12 chains is 40 % of the draws or more, and rank R-hat below 1.01.

    The share of one fit of 4 × 1000 draws scatters by 0.07 about 0.50 for the slowest parameter
    (the grade factor); that of three fits together by about 0.04. A single fit must reach 0.25.
    """
    scenario, inputs = case_inputs("updated")
    trees = [by_nuts(scenario.trend.form, inputs, SAMPLER, seed) for seed in SEEDS]
    assert sum(int(tree["sample_stats"]["diverging"].sum()) for tree in trees) == 0
    posterior = xr.concat([tree["posterior"].to_dataset() for tree in trees], dim="chain")
    draws = posterior.sizes["chain"] * posterior.sizes["draw"]
    assert draws == 12_000
    for parameter, values in posterior.items():
        for column in values.values.reshape(*values.shape[:2], -1).transpose(2, 0, 1):
            if np.ptp(column) == 0:
                continue
            assert azs.ess(column, method="bulk") / draws >= 0.40, parameter
            assert azs.rhat(column) < 1.01, parameter
            fits = np.split(column, len(SEEDS))
            assert min(azs.ess(fit, method="bulk") for fit in fits) / fits[0].size >= 0.25


@pytest.mark.nuts
def test_a_refit_does_not_depend_on_what_was_fitted_before(by_nuts, case_inputs):
    """The compiled model keeps nothing of other data, of other lengths and priors."""
    short = Sampler(draws=60, tune=60, chains=2)
    fits = {
        case: by_nuts("drifting", case_inputs(case)[1], short, 5)["posterior"].to_dataset()
        for case in ("updated", "roadmap", "roadmap-point")
    }
    again = by_nuts("drifting", case_inputs("updated")[1], short, 5)["posterior"].to_dataset()
    xr.testing.assert_identical(again, fits["updated"])


def test_a_part_of_the_draws_is_an_interrupt():
    """nutpie swallows Ctrl-C and hands back fewer draws, or chains padded with NaN."""
    from model.sampling.nuts import refuse_a_part

    sampler = Sampler(name="nuts", draws=100, chains=2)

    def trace(draws, chains=2, last=0.0):
        values = np.zeros((chains, draws))
        values[-1, -1] = last
        return xr.DataTree.from_dict({"posterior": xr.Dataset({"x": (("chain", "draw"), values)})})

    refuse_a_part(trace(100), sampler)
    for part in (trace(99), trace(100, chains=1), trace(100, last=np.nan)):
        with pytest.raises(KeyboardInterrupt):
            refuse_a_part(part, sampler)
