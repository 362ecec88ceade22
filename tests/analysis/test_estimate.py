"""Fits here and on a cluster, and what was known on a day."""

import json
from dataclasses import replace
from datetime import date

import pytest

from analysis.estimate.notes import notes
from analysis.estimate.summary import summarise_fit
from analysis.fit import fit_scenario, fit_scenarios
from analysis.numbers import in_one_format
from analysis.words import say
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


@pytest.fixture(scope="module")
def known(evidence, priors):
    """Fits of the roadmap's sources and of all evidence."""
    return {
        name: fit_scenario(load_scenario(name), evidence, priors, SAMPLER, seed=0)
        for name in ("roadmap", "updated")
    }


def said(fit, **changes):
    """Text of the notes with some levers changed, by key."""
    levers = {f"levers.{name}": value for name, value in changes.items()}
    return {one["key"]: one["text"] for one in notes(fit.ask(levers))}


def test_the_frontier_and_single_runs_are_two_sentences(known, evidence):
    roadmap = said(known["roadmap"])
    assert "decades above the roadmap's 3.0e+26" in roadmap["notes.frontier"]
    assert "notes.first_above" not in roadmap  # on 2024-03-08 no system had
    later = known["roadmap"].scenario.override({"as_of": evidence.as_of})
    text = said(replace(known["roadmap"], scenario=later))
    assert "Grok 3, published on 17 February 2025" in text["notes.first_above"]
    assert "Grok 3" not in text["notes.frontier"]


def test_a_target_that_is_not_asked_is_not_spoken_of(known):
    text = said(known["updated"], targets=["model-size"])
    assert {"targets.model-size", "notes.evidence"} <= set(text)
    assert not {"targets.frontier", "notes.frontier", "notes.first_above"} & set(text)


def test_the_lag_is_named_and_the_frontier_stays(known):
    plain, behind = said(known["updated"]), said(known["updated"], lag_years=2.5)
    assert "the frontier of 2.5 years earlier" in behind["targets.lag"]
    assert behind["notes.frontier"] == plain["notes.frontier"]
    assert "targets.lag" not in plain


def test_models_on_more_tokens_are_not_called_compute_optimal(known):
    text = said(known["updated"], tokens_ratio=2.0)
    assert "2 times the compute-optimal number of tokens" in text["notes.tokens_ratio"]
    assert "notes.tokens_optimal" not in text
    assert "compute-optimal" not in text["targets.model-size"]
    assert "notes.tokens_optimal" in said(known["updated"])


def test_the_peak_names_the_levers_that_make_it(known):
    text = said(known["updated"], devices=777, uptime=0.87, open_hpc_stack=True, moe=True)
    for words in ("777 devices", "uptime of 0.87", "open HPC system", "mixture-of-experts"):
        assert words in text["notes.peak_of_steps"]
    plain = said(known["updated"])["notes.peak_of_steps"]
    assert "hyperscaler" in plain
    assert "dense model" in plain


def test_fp8_is_not_compared_with_the_roadmaps_16_bits(known):
    assert "notes.roadmap_is_16_bit" in said(known["updated"], precisions=["BF16", "FP8"])
    assert "notes.roadmap_is_16_bit" not in said(known["updated"])


def test_forges_count_is_named_where_its_efficiency_is_used(known):
    assert "60sLh" in said(known["roadmap"])["notes.forge_count"]
    assert "notes.forge_count" not in said(known["updated"])


def test_hindsight_names_every_prior_that_has_it(known):
    text = said(known["roadmap"])["notes.hindsight"]
    assert text.startswith("Hindsight: 2 prior rows rest on sources later than 8 March 2024")
    assert "law_exponent_mean, law_exponent_spread" in text
    assert "notes.hindsight" not in said(known["updated"])


@pytest.mark.slow
def test_the_answer_is_made_of_the_results_and_the_levers(known):
    """At most three sentences, of the first year and the longest campaign."""
    fit = known["updated"].ask({"levers.years": [2029.0, 2030.0], "levers.days": [40.0, 70.0]})
    found = summarise_fit(fit)
    sentences = [one["text"] for one in found["answer"]]
    keys = [one["key"] for one in found["answer"]]
    assert keys == ["answer.needs", "answer.size", "answer.roadmap"]
    assert "2029, 70 days" in sentences[0]
    for row in found["results"]:
        if (row["year"], row["days"], row["quantity"]) == (2029.0, 70.0, "effective_eflops"):
            numbers = in_one_format(
                [(row["quantiles"][p], row["mcse_log10"][p]) for p in ("0.5", "0.025", "0.975")]
            )
            assert "{} (95 %: {} to {})".format(*numbers) in sentences[0]
    assert "BF16" in sentences[1]
    half = summarise_fit(fit.ask({"levers.uptime": 0.5}))["answer"][1]["text"]
    assert half != sentences[1]
    later = summarise_fit(known["updated"].ask({"levers.years": [2035.0]}))["answer"]
    assert len(later) == 2  # of which the roadmap says nothing


def test_the_last_run_that_the_trend_has_seen_is_named(known, evidence, priors):
    assert "GPT-5, published on 7 August 2025" in said(known["updated"])["notes.last_entrant"]
    assert "notes.last_entrant" not in said(known["roadmap"])
    trend = summarise_fit(known["updated"])["trend"]
    assert trend["last_entrant"]["system"] == "GPT-5"
    assert trend["last_record"]["system"] == "Grok 4"
    earlier = load_scenario("updated").override({"as_of": date(2023, 6, 1)})
    fit = fit_scenario(earlier, evidence, priors, SAMPLER, seed=0)
    assert summarise_fit(fit)["trend"]["last_record"]["published"] == "2023-03-15"


def test_an_extrapolation_beyond_twice_the_evidence_is_said(known):
    assert "notes.extrapolation" not in said(known["updated"], years=[2035.0])
    assert (
        "The year 2042 lies"
        in said(known["updated"], years=[2035.0, 2042.0])["notes.extrapolation"]
    )
    assert "notes.extrapolation" not in said(
        known["updated"], years=[2042.0], targets=["model-size"]
    )


def test_notes_have_values_that_json_can_hold(known):
    for one in notes(known["updated"]):
        assert say(one["key"], **one["values"]) == one["text"]
        assert json.loads(json.dumps(one)) == one


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
