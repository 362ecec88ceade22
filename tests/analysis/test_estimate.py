"""Fits here and on a cluster, and what was known on a day."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.estimate.notes import notes
from analysis.fit import fit_scenario, fit_scenarios
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from priors.scenario import load_scenario

SAMPLER = Sampler(draws=200, chains=2)


def test_named_seeds_differ_by_name_and_root_and_zero_is_one():
    seeds = {named_seed(root, name) for root in (0, 1) for name in ("a", "b")}
    assert len(seeds) == 4
    assert named_seed(0, "a") == named_seed(0, "a")


@pytest.mark.parametrize("day", [date(2012, 6, 1), date(2020, 1, 1), date(2024, 3, 8)])
def test_no_input_is_later_than_as_of(evidence, priors, day):
    inputs = make_inputs(load_scenario("updated").override({"as_of": day}), evidence, priors)
    published = {row.id: row.published for rows in evidence.tables.values() for row in rows}
    used = [
        *inputs.labels["run"],
        *inputs.labels["study"],
        *inputs.labels["efficiency_row"],
        *inputs.labels["campaign"],
    ]
    assert all(published[row] <= day for row in used)
    assert len(inputs.trend_years) == len(inputs.labels["run"])


def test_notes_say_when_the_frontier_passed_the_roadmap(evidence, priors):
    scenario = load_scenario("roadmap")
    fit = fit_scenario(scenario, evidence, priors, SAMPLER, seed=0)
    said = " ".join(notes(fit))
    assert "decades above the roadmap's 3.0e+26" in said
    assert "passed" not in said  # on 2024-03-08 no system had
    later = scenario.override({"as_of": evidence.as_of})
    assert "which Grok 3 passed on 2025-02-17" in " ".join(notes(replace(fit, scenario=later)))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_draws_the_same(evidence, priors):
    from distributed import Client, LocalCluster

    scenarios = [load_scenario(name) for name in ("roadmap", "updated")]
    here = fit_scenarios(scenarios, evidence, priors, SAMPLER, seed=0)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        there = fit_scenarios(scenarios, evidence, priors, SAMPLER, seed=0, client=client)
    for ours, theirs in zip(here, there, strict=True):
        assert ours.posterior.identical(theirs.posterior)


def test_levers_do_not_move_the_draws(evidence, priors):
    """Optimistic and pessimistic hardware are two questions asked of one posterior."""
    hopeful, fearful = (
        fit_scenario(load_scenario(f"{mood}-hardware"), evidence, priors, SAMPLER, seed=0)
        for mood in ("optimistic", "pessimistic")
    )
    assert hopeful.posterior.identical(fearful.posterior)
