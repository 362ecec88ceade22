"""Calibration: replications go on where they stopped, and the verdict is right about a model."""

import json
from functools import partial

import numpy as np
import pytest
import xarray as xr

from analysis.calibrate.ledger import MANIFEST, REPLICATIONS, Ledger
from analysis.calibrate.replication import (
    BROKEN,
    RANKED_DRAWS,
    SAMPLER,
    SPREADS,
    Replication,
    _codes,
    make_plan,
    misfits,
    quantities,
    replicate_once,
    simulate,
    thinned,
)
from analysis.calibrate.run import judge, replicate_plan
from model.posterior import dataset, draw_prior
from model.replicate import replicate, with_rows
from model.requirement import requirement
from model.sampling.seeds import named_seed
from model.targets import frontier_flop
from model.trend import SPREADS as OWN
from priors.errors import ScenarioError
from priors.parameters import PARAMETERS
from priors.scenario import load_scenario

FORMS = list(OWN)


@pytest.fixture(scope="module")
def plan_of(evidence, priors):
    def make(name="updated", form="drifting", **options):
        scenario = load_scenario(name).override({"trend.form": form})
        return make_plan(scenario, evidence, priors, seed=1, **options)

    return make


@pytest.mark.parametrize(
    ("broken", "changed", "factor"),
    [
        ("noise", "trend_noise", 2.0),
        ("law-spread", "law_exponent_spread", 3.0),
        ("swapped-sign", "mfu_fp8", -1.0),
    ],
)
def test_a_broken_model_draws_its_rows_of_another_truth(
    plan_of, monkeypatch, broken, changed, factor
):
    """The truth stays, and one kind of its parameters makes the rows another way."""
    drawn = {}
    for name, plan in (("right", plan_of()), ("wrong", plan_of(broken=broken))):

        def keep(draws, inputs, rng, name=name):
            single = {key: float(one.item()) for key, one in draws.items() if one.size == 1}
            drawn[name] = single
            return replicate(draws, inputs, rng)

        monkeypatch.setattr("analysis.calibrate.replication.replicate", keep)
        drawn[f"{name} truth"], _ = simulate(plan, named_seed(3, "replication"))
    differ = {key for key in drawn["right"] if drawn["right"][key] != drawn["wrong"][key]}
    assert differ == {key for key in BROKEN[broken][0] if key in drawn["right"]}
    assert drawn["wrong"][changed] == pytest.approx(factor * drawn["right"][changed])
    same = [name for name in plan_of().names if not name.endswith("_misfit")]
    assert drawn["right truth"][same].equals(drawn["wrong truth"][same])


def test_truths_of_a_combined_trend_are_of_each_form_as_often_as_it_weighs(plan_of):
    """Of 400 truths, each form's share lies within 4 binomial standard errors of its weight."""
    plan = plan_of(form="stacked")
    weight = plan.weights.weight / plan.weights.weight.sum()
    code = _codes(plan.weights, (1, 400), np.random.default_rng(0))
    for number, expected in enumerate(weight):
        error = np.sqrt(expected * (1 - expected) / 400)
        assert abs((code == number).mean() - expected) < 4 * error
    assert not [name for name in plan.names if name.startswith("trend_")]
    assert {"log10_frontier_flop", "log10_effective_eflops", "law_a"} <= set(plan.names)
    one = replicate_once(plan, 0)
    assert set(one.ranks) == set(plan.names)


@pytest.fixture(scope="module")
def plan(plan_of):
    return plan_of()


# -------------------------------------------------------------------------- what a replication is


def uniform_ranks(plan, number, low=(), unstarted=()):
    """A replication without a fit: uniform ranks, but 0 for the names in `low`."""
    rng = np.random.default_rng([plan.seed, number])
    ranks = {name: 0 if name in low else int(rng.integers(RANKED_DRAWS + 1)) for name in plan.names}
    if number in unstarted:
        return Replication(number, "none", 0, None, {})
    sampler, divergent = ("nuts", 1) if number == 2 else ("exact", 0)
    return Replication(number, sampler, divergent, 400.0 + number / 7, ranks)


@pytest.mark.parametrize("form", FORMS)
def test_every_parameter_and_the_required_eflops_are_ranked(plan_of, form):
    plan = plan_of(form=form)
    of_form = PARAMETERS.keys() - {own for own in OWN.values() if own != OWN[form]}
    to_come = {"law_a", "law_b", "mfu_new_system", "campaign_goodput_new"}
    required = {"log10_effective_eflops", "log10_peak_eflops", "log10_frontier_flop"}
    misfit = {f"{block}_misfit" for block in ("trend", "law", "mfu", "campaign")}
    assert of_form | to_come | required | misfit <= set(plan.names)
    assert plan.fixed == ()
    steps = {name for name in plan.names if name.startswith("trend_step_")}
    assert steps == ({"trend_step_2025", "trend_step_2026"} if form != "linear" else set())


def test_what_the_priors_fix_is_listed_and_not_ranked(plan_of):
    plan = plan_of("roadmap")
    assert {"campaign_goodput", "campaign_goodput_new", "mfu_fp8", "mfu_moe"} <= set(plan.fixed)
    assert not set(plan.fixed) & set(plan.names)
    assert {"trend_slope", "law_misfit", "log10_effective_eflops"} <= set(plan.names)
    # Without rows there is nothing that they could be distant from.
    assert "trend_misfit" not in {*plan.names, *plan.fixed}


def test_a_scenario_without_uncertainty_is_refused(plan_of):
    with pytest.raises(ScenarioError, match="roadmap-point: found every prior fixed"):
        plan_of("roadmap-point")


def test_the_headline_is_that_of_the_first_year_and_the_longest_campaign(plan):
    rng = np.random.default_rng(0)
    draws = dataset(draw_prior(plan.form, plan.inputs, (1, 5), rng=rng), plan.inputs)
    scenario = plan.scenario.override({"levers.years": [2029.0, 2031.0], "levers.days": [80, 40]})
    required = requirement(draws, scenario.workload, scenario.levers.only("frontier"))
    ranked = quantities(draws, plan.inputs, scenario)
    for name in ("effective_eflops", "peak_eflops"):
        at = {"target": "frontier", "year": 2029.0, "days": 80.0, "precision": "BF16"}
        at = {dim: label for dim, label in at.items() if dim in required[name].dims}
        np.testing.assert_allclose(10 ** ranked[f"log10_{name}"], required[name].sel(at))
    frontier = frontier_flop(draws, np.array([2029.0])).squeeze("year")
    np.testing.assert_allclose(10 ** ranked["log10_frontier_flop"].squeeze(), frontier.squeeze())


def test_the_misfit_of_rows_on_their_expectation_is_none(plan):
    """And moving every row of a block by a distance makes a misfit of that distance."""
    rng = np.random.default_rng(1)
    prior = dataset(draw_prior(plan.form, plan.inputs, (1, 1), rng=rng), plan.inputs)
    still = prior.assign({name: 0 * prior[name] for name in SPREADS})
    drawn = replicate(still, plan.inputs, np.random.default_rng(2)).isel(chain=0, draw=0)
    rows = with_rows(plan.inputs, drawn)
    for block, distance in misfits(still, rows).items():
        # Published exponents keep their own standard errors.
        assert distance.item() < (0.05 if block == "law_misfit" else 0.02), block
    moved = with_rows(plan.inputs, drawn.assign(mfu_rows=drawn["mfu_rows"] + 5))
    assert misfits(still, moved)["mfu_misfit"].item() == pytest.approx(5, abs=0.02)


def test_a_noise_factor_widens_the_rows_and_leaves_the_truth(plan_of):
    """The law's rows have standard errors of their own, and so have rounded shares."""
    root = named_seed(3, "replication")
    plain, wide = plan_of(), plan_of(noise_factor=2.0)
    (truth, rows), (same, wider) = (simulate(plan, root) for plan in (plain, wide))
    for name in plain.names:
        if not name.endswith("_misfit"):
            assert truth[name].item() == same[name].item(), name
    assert same["trend_misfit"].item() == pytest.approx(2 * truth["trend_misfit"].item())
    assert same["mfu_misfit"].item() == pytest.approx(2 * truth["mfu_misfit"].item(), rel=0.02)
    assert not np.array_equal(rows.campaigns.log_ratios, wider.campaigns.log_ratios)


def test_truths_and_rows_differ_between_replications_and_not_between_calls(plan):
    first, again, other = (simulate(plan, named_seed(plan.seed, name)) for name in "aab")
    assert first[0].equals(again[0])
    assert np.array_equal(first[1].trend_log10_flop, again[1].trend_log10_flop)
    assert all(first[0][name].item() != other[0][name].item() for name in plan.names)


def test_ranked_draws_are_spread_over_all_chains():
    values = np.arange(1000).reshape(2, 500)
    kept = thinned(xr.DataArray(values, dims=("chain", "draw"))).values
    assert kept.size == RANKED_DRAWS
    assert kept.tolist() == [list(range(9, 500, 10)), list(range(509, 1000, 10))]
    with pytest.raises(ValueError, match="expected chains of a multiple of 50"):
        thinned(xr.DataArray(values[:, :499], dims=("chain", "draw")))
    assert SAMPLER.draws % (RANKED_DRAWS // SAMPLER.chains) == 0


# ------------------------------------------------------------------------------------- resuming


def made(folder, plan, count, make=uniform_ranks, manifest=None):
    with Ledger(folder, manifest or {"digest": "a"}, plan.names) as ledger:
        return replicate_plan(plan, ledger, count, cores=1, replicate=make)


def test_what_is_finished_is_not_made_again(plan, tmp_path):
    whole = made(tmp_path / "whole", plan, 12)
    calls = []

    def counted(plan, number):
        calls.append(number)
        return uniform_ranks(plan, number)

    made(tmp_path / "parts", plan, 5, counted)
    assert made(tmp_path / "parts", plan, 12, counted) == whole
    assert calls == list(range(12))
    # Fewer than there are: the first ones. Nothing is left to do.
    assert made(tmp_path / "parts", plan, 3, counted) == whole[:3]
    assert len(calls) == 12


def test_progress_counts_what_was_there(plan, tmp_path):
    made(tmp_path, plan, 2)
    told = []
    with Ledger(tmp_path, {"digest": "a"}, plan.names) as ledger:
        progress = lambda *news: told.append(news)  # noqa: E731
        replicate_plan(plan, ledger, 4, cores=1, progress=progress, replicate=uniform_ranks)
    assert told == [("replications", done, 4) for done in (2, 3, 4)]


def test_an_interruption_keeps_what_is_finished(plan, tmp_path):
    def interrupted(plan, number):
        if number == 3:
            raise KeyboardInterrupt
        return uniform_ranks(plan, number)

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path, plan, 12, interrupted)
    assert len((tmp_path / REPLICATIONS).read_text().splitlines()) == 1 + 3
    assert made(tmp_path, plan, 5) == [uniform_ranks(plan, number) for number in range(5)]


@pytest.mark.parametrize("kept", [-1, -2, -40, 40, 0])
def test_a_half_written_line_is_made_again(plan, tmp_path, kept):
    """Cut at the end of the last line, before it, inside it, inside the heading, at nothing."""
    whole = made(tmp_path, plan, 4)
    path = tmp_path / REPLICATIONS
    content = path.read_bytes()
    path.write_bytes(content[:kept])
    assert made(tmp_path, plan, 4) == whole
    assert sorted(path.read_bytes().splitlines()) == sorted(content.splitlines())


def test_replications_of_another_plan_are_refused(plan, tmp_path):
    made(tmp_path, plan, 2, manifest={"seed": 1, "evidence": {"a": "x"}, "created": "monday"})
    same = {"seed": 1, "evidence": {"a": "x"}, "created": "tuesday", "commit": "c"}
    made(tmp_path, plan, 2, manifest=same)
    with pytest.raises(ScenarioError, match=r"found replications with another evidence, seed;"):
        made(tmp_path, plan, 2, manifest={**same, "seed": 2, "evidence": {"a": "y"}})
    assert json.loads((tmp_path / MANIFEST).read_text())["created"] == "monday"


def test_a_folder_of_something_else_is_refused(plan, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ScenarioError, match="found something else; expected a new folder"):
        made(tmp_path, plan, 2)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_line_that_is_no_replication_is_named(plan, tmp_path):
    made(tmp_path, plan, 3)
    path = tmp_path / REPLICATIONS
    lines = path.read_text().splitlines(keepends=True)
    lines[2] = lines[2].replace(",exact,", ",x,", 1)
    path.write_text("".join(lines))
    with pytest.raises(ScenarioError, match=rf"{REPLICATIONS}, line 3: found sampler 'x' in 1,x"):
        made(tmp_path, plan, 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda cells: ["-5", *cells[1:]], "a number below 0"),
        (lambda cells: [*cells[:3], "nan", *cells[4:]], "ess nan"),
        (lambda cells: [*cells[:3], "inf", *cells[4:]], "ess inf"),
        (lambda cells: [*cells[:3], "", *cells[4:]], "ess None"),
        (lambda cells: [*cells[:-1], "10000"], "rank 10000"),
        (lambda cells: [*cells[:-1], "-7"], "rank -7"),
        (lambda cells: [*cells[:-1], ""], "ranks for"),
        (lambda cells: cells[:4], "zip"),
        (lambda cells: ["0", *cells[1:]], "replication 0 twice"),
    ],
)
def test_a_replication_that_was_not_finished_is_refused(plan, tmp_path, change, said):
    """An interrupted sampler once left ESS nan and wrong ranks, which every resume kept."""
    made(tmp_path, plan, 3)
    path = tmp_path / REPLICATIONS
    lines = path.read_text().splitlines()
    lines[2] = ",".join(change(lines[2].split(",")))
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ScenarioError, match="line 3") as caught:
        made(tmp_path, plan, 3)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_part_of_a_replication_is_not_kept(plan, tmp_path):
    part = Replication(0, "exact", 0, float("nan"), uniform_ranks(plan, 0).ranks)
    with pytest.raises(ValueError, match="ess nan"):
        made(tmp_path, plan, 1, lambda *_: part)
    assert len((tmp_path / REPLICATIONS).read_text().splitlines()) == 1


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b'{"seed": 1', b"\x00\xff\xfe"])
def test_a_damaged_manifest_is_one_line(plan, tmp_path, content):
    made(tmp_path, plan, 2)
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(ScenarioError, match=MANIFEST):
        made(tmp_path, plan, 2)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\n", b"x" * 140_000 + b"\n"])
def test_damaged_replications_are_one_line(plan, tmp_path, content):
    made(tmp_path, plan, 2)
    (tmp_path / REPLICATIONS).write_bytes(content)
    with pytest.raises(ScenarioError, match=REPLICATIONS) as caught:
        made(tmp_path, plan, 2)
    assert len(str(caught.value)) < 600


# -------------------------------------------------------------------------------------- verdict


@pytest.mark.slow
def test_uniform_ranks_pass_and_ranks_at_one_end_fail_alone(plan):
    wrong = partial(uniform_ranks, low=("trend_noise", "log10_peak_eflops"))
    for make, failing in (
        (uniform_ranks, set()),
        (wrong, {"sbc_trend_noise", "sbc_log10_peak_eflops"}),
    ):
        document = judge(plan, [make(plan, number) for number in range(50)])
        checks = {check["name"]: check for check in document["checks"]}
        assert {name for name, check in checks.items() if not check["passed"]} == failing
        assert len(checks) == len(plan.names) + 4
        assert document["quantities"].keys() == set(plan.names)
        assert document["refits"]["by_nuts"] == 1
        assert document["refits"]["divergent_share"] == 1 / 1000
        json.dumps(document, allow_nan=False)
        ecdf = document["ecdf"]
        for name, curve in ecdf["difference"].items():
            inside = np.all(
                (np.array(ecdf["band_low"]) <= np.array(curve) + 1e-12)
                & (np.array(curve) - 1e-12 <= np.array(ecdf["band_high"]))
            )
            assert inside == checks[f"sbc_{name}"]["passed"], name


@pytest.mark.slow
def test_a_refit_that_did_not_start_is_a_failed_check(plan, tmp_path):
    """It is kept as such on disk, and has no rank."""
    make = partial(uniform_ranks, unstarted=(1,))
    replications = made(tmp_path, plan, 5, make)
    assert made(tmp_path, plan, 5, make) == replications
    document = judge(plan, replications)
    failed = {check["name"] for check in document["checks"] if not check["passed"]}
    assert "refits_not_drawn" in failed
    assert {entry["replications"] for entry in document["quantities"].values()} == {4}
    with pytest.raises(ScenarioError, match="no refit that could be drawn"):
        judge(plan, [Replication(0, "none", 0, None, {})])


@pytest.mark.slow
def test_the_model_is_calibrated_and_wrong_noise_is_found(plan_of, tmp_path):
    """60 replications of the default form on two processes, then 25 with twice the noise.

    At the level of 1 % over all quantities, 60 replications find a posterior that is half as wide
    as it should be with a power above 0.8, or one that is off by half an sd with 0.3, in each
    quantity. Rows of twice the noise put the truth of a spread that the data inform at the low
    end of its posterior nearly always, and 25 such ranks leave the band.
    """
    plan = plan_of()
    with Ledger(tmp_path, {"digest": "a"}, plan.names) as ledger:
        replications = replicate_plan(plan, ledger, 60, cores=2)
    document = judge(plan, replications)
    assert [check for check in document["checks"] if not check["passed"]] == []
    assert replicate_once(plan, 7) == replications[7]
    broken = plan_of(noise_factor=2.0)
    document = judge(broken, [replicate_once(broken, number) for number in range(25)])
    failed = {check["name"] for check in document["checks"] if not check["passed"]}
    assert {"sbc_trend_noise", "sbc_mfu_run_spread", "sbc_mfu_system_spread"} & failed
    assert "sbc_trend_noise" in failed
    assert document["found"] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(("broken", "block"), [("law-spread", "law_"), ("swapped-sign", "mfu_")])
def test_other_ways_to_be_wrong_are_found_with_their_power(plan_of, broken, block):
    """12 replications find each: truths of the block leave the band, and of no other block.

    `found`, the share of bootstrap samples of the replications that fail a check, is the stated
    power; where it is 1 the mistake is found by chance less than once in 200.
    """
    plan = plan_of(broken=broken)
    document = judge(plan, [replicate_once(plan, number) for number in range(12)])
    failed = {check["name"] for check in document["checks"] if not check["passed"]}
    assert any(name.startswith(f"sbc_{block}") for name in failed)
    others = {"law_", "mfu_", "campaign_", "trend_"} - {block}
    assert not any(name.startswith(tuple(f"sbc_{other}" for other in others)) for name in failed)
    assert document["found"] > 0.995
