"""No row of the predicted system is in its fit; days follow from the chain; the gate closes."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from analysis.backtest.campaigns import (
    held_out_systems,
    hindcast_campaigns,
    predicted_days,
    summarise_hindcast,
)
from analysis.backtest.held_out import without_systems
from model.delivered.efficiency import step_mfu
from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from model.sampling.sampler import Sampler
from priors.errors import ScenarioError
from priors.machine import Machine
from priors.scenario import load_scenario
from priors.selection.campaigns import known_campaigns

CHAINS, DRAWS = 4, 250


@pytest.fixture(scope="module")
def scenario():
    return load_scenario("updated")


@pytest.fixture(scope="module")
def campaigns(evidence):
    return known_campaigns(evidence, ("BF16", "FP8"))[0]


def sample_stats():
    zeros = np.zeros((CHAINS, DRAWS))
    energy = np.random.default_rng(0).standard_normal((CHAINS, DRAWS))
    arrays = {"diverging": zeros, "energy": energy, "maxdepth_reached": zeros}
    data = {name: (("chain", "draw"), a) for name, a in arrays.items()}
    return xr.Dataset(data, attrs={"sampler": "nuts"})


class FakeFit:
    """Stands for `draw_posterior`: keeps what it was asked, and answers with draws of the prior."""

    def __init__(self):
        self.evidence, self.scenarios, self.seeds = [], [], []

    def __call__(self, scenario, evidence, priors, sampler, *, seed, progress=None):
        self.evidence.append(evidence)
        self.scenarios.append(scenario)
        self.seeds.append(seed)
        inputs = make_inputs(scenario, evidence, priors)
        rng = np.random.default_rng(seed)
        draws = draw_prior(scenario.trend.form, inputs, (CHAINS, DRAWS), rng=rng)
        return xr.DataTree.from_dict(
            {"posterior": dataset(draws, inputs), "sample_stats": sample_stats()}
        )


def hindcast_with(fit, scenario, evidence, priors, **options):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analysis.fit.draw_posterior", fit)
        return hindcast_campaigns(scenario, evidence, priors, Sampler(), seed=0, **options)


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def fake():
    return FakeFit()


@pytest.fixture(scope="module")
def hindcast(fake, told, scenario, evidence, priors):
    tell = lambda *args: told.append(args)  # noqa: E731
    return hindcast_with(fake, scenario, evidence, priors, progress=tell)


# ----------------------------------------------------------------------------- what is left out


def test_every_row_of_a_system_goes_whatever_its_device_count(evidence):
    """And every other one of its team, with its campaigns and their goodput."""
    meta = [row.id for row in evidence.utilisation if row.group == "Meta on H100"]
    assert {"llama-3-1-405b-8192", "llama-4-behemoth-2t-32000"} < set(meta)
    left = without_systems(evidence, {"Meta on H100"})
    assert {row.id for row in evidence.utilisation} - {row.id for row in left.utilisation} == set(
        meta
    )
    assert {row.id for row in evidence.campaigns} - {row.id for row in left.campaigns} == {
        *("llama-3-1-405b-campaign", "llama-3-70b-campaign")
    }
    assert {row.id for row in evidence.goodput} - {row.id for row in left.goodput} == {
        "llama-3-1-405b-goodput"
    }
    assert left.training_runs == evidence.training_runs


def test_names_of_systems_match_between_the_tables(evidence):
    """A campaign and the step row it points to carry one name, or leaving out would leak."""
    steps = {row.id: row.system for row in evidence.utilisation}
    linked = [row for row in evidence.campaigns if row.step_id]
    assert len(linked) >= 6
    assert {row.system: steps[row.step_id] for row in linked} == {
        row.system: row.system for row in linked
    }


def test_a_linked_row_under_another_name_goes_too(evidence, campaigns):
    (glm,) = (campaign for campaign in campaigns if campaign.row.system == "GLM-130B")
    renamed = replace(
        evidence,
        utilisation=tuple(
            row.model_copy(update={"system": "GLM"}) if row.id == "glm-130b-768" else row
            for row in evidence.utilisation
        ),
    )
    assert set(held_out_systems(glm, renamed)) == {"GLM-130B", "GLM"}
    assert set(held_out_systems(glm, evidence)) == {"GLM-130B"}


def test_no_fit_knows_what_it_predicts(fake, hindcast, evidence):
    rows = hindcast["campaigns"]
    group = {row.id: row.group for row in evidence.campaigns}
    for row, known in zip(rows, fake.evidence[: len(rows)], strict=True):
        groups = {item.group for item in (*known.utilisation, *known.campaigns)}
        assert group[row["id"]] not in groups
        assert row["system"] not in {item.system for item in known.goodput}
        own = [one for one in group.values() if one == group[row["id"]]]
        assert len(known.campaigns) == len(evidence.campaigns) - len(own)
    for group, known in zip(hindcast["groups"], fake.evidence[len(rows) :], strict=True):
        predicted = {prediction["id"] for prediction in group["predictions"]}
        systems = {row.group for row in evidence.utilisation if row.id in predicted}
        assert not systems & {row.group for row in (*known.utilisation, *known.campaigns)}
        assert group["systems"] == len(systems)
    assert len(set(fake.seeds)) == len(fake.seeds)


def test_only_the_efficiency_is_fitted(fake, hindcast):
    assert {(s.trend.selection, s.law.studies) for s in fake.scenarios} == {("none", "none")}
    assert {s.efficiency.data for s in fake.scenarios} == {"step-mfu"}


def test_groups_hold_every_row_once_a_kind(hindcast, evidence):
    ids = sorted(row.id for row in evidence.utilisation if row.use == "step-mfu")
    for kind in ("precision", "devices"):
        groups = [group for group in hindcast["groups"] if group["kind"] == kind]
        assert sorted(p["id"] for group in groups for p in group["predictions"]) == ids
    names = [group["group"] for group in hindcast["groups"]]
    assert names == ["BF16", "FP16", "FP8", "below 1,000", "1,000 to 9,999", "10,000 and more"]
    devices = {row.id: row.devices for row in evidence.utilisation}
    (large,) = (group for group in hindcast["groups"] if group["group"] == "10,000 and more")
    assert min(devices[p["id"]] for p in large["predictions"]) >= 10_000


def test_a_scenario_of_an_earlier_day_without_efficiency_data(evidence, priors):
    """`roadmap`: as known on 2024-03-08, BF16 only, no row to group."""
    found = hindcast_with(FakeFit(), load_scenario("roadmap"), evidence, priors)
    assert found["groups"] == []
    assert max(row["published"] for row in found["campaigns"]) <= "2024-03-08"
    assert all("FP8" not in row["precision"] for row in found["campaigns"])


def test_nothing_to_predict_is_said(scenario, evidence, priors):
    early = scenario.override({"as_of": evidence.as_of.replace(2021, 1)})
    with pytest.raises(ScenarioError, match="at least one campaign"):
        hindcast_with(FakeFit(), early, evidence, priors)


def test_progress_is_told(hindcast, told):
    count = len(hindcast["campaigns"])
    assert [args for args in told if args[0] == "campaigns"] == [
        ("campaigns", done, count) for done in range(count + 1)
    ]


# ------------------------------------------------------------------------------ what is predicted


@pytest.fixture(scope="module")
def draws(scenario, evidence, priors):
    inputs = make_inputs(scenario, evidence, priors)
    return dataset(draw_prior("drifting", inputs, (2, 50), rng=np.random.default_rng(3)), inputs)


def test_days_are_those_that_deliver_the_flop(draws, campaigns, scenario):
    """Efficiency × peak × seconds = FLOP, for each draw and campaign."""
    for campaign in campaigns:
        changes = {
            "levers.precisions": [campaign.machine.precision],
            "levers.moe": campaign.machine.moe,
            "levers.open_hpc_stack": campaign.machine.open_hpc_stack,
        }
        levers = scenario.override(changes).levers
        (machine,) = levers.machines(campaign.machine.devices)
        goodput = draws["campaign_goodput"] + draws["campaign_goodput_new"]
        goodput = goodput + draws["campaign_goodput_moe"] * machine.moe
        goodput = goodput - draws["campaign_goodput_devices"] * np.log10(machine.devices / 1e4)
        factor = np.exp(draws["campaign_counting_new"]) / (1 + np.exp(-goodput))
        mfu = step_mfu(draws, [machine]).squeeze(drop=True)
        delivered = mfu * factor * campaign.machine.peak_eflops * 1e18
        days = predicted_days(campaign, draws)
        assert set(days.dims) == {"chain", "draw"}
        np.testing.assert_allclose(days * 86_400 * delivered, campaign.training_flop)


@pytest.mark.parametrize(
    ("machine", "shift"),
    [
        ({"precision": "FP8"}, lambda d: d["mfu_fp8"]),
        ({"moe": True}, lambda d: d["mfu_moe"]),
        ({"open_hpc_stack": True}, lambda d: d["mfu_hpc"]),
        ({"devices": 100}, lambda d: -2 * d["mfu_devices"]),
    ],
)
def test_each_covariate_enters(draws, machine, shift):
    base = {"precision": "BF16", "devices": 10_000, "moe": False, "open_hpc_stack": False}
    logits = [
        np.log(mfu / (1 - mfu))
        for mfu in (
            step_mfu(draws, [Machine(**base)]).isel(precision=0),
            step_mfu(draws, [Machine(**{**base, **machine})]).isel(precision=0),
        )
    ]
    np.testing.assert_allclose(logits[1] - logits[0], shift(draws), atol=1e-9)


# ------------------------------------------------------------------------------------ the verdict


def prediction(pit=0.5, width=2.5):
    score = {"pit": pit, "width_factor": width, "error_dex": 0.0, "crps_dex": 0.05}
    return {"system": "S", **score}


def verdicts(rows, failures=((),)):
    checks = summarise_hindcast(rows, [list(failed) for failed in failures])["checks"]
    return {check["name"]: check["passed"] for check in checks}


def test_good_predictions_pass():
    assert set(verdicts([prediction()] * 20).values()) == {True}


def test_too_many_outside_fail():
    """The limit is 85 %: 3 of 20 outside pass, 4 do not."""
    outside = [prediction(pit=0.99)]
    assert verdicts(3 * outside + 17 * [prediction()])["campaign_coverage_90"]
    assert not verdicts(4 * outside + 16 * [prediction()])["campaign_coverage_90"]


def test_wide_intervals_fail():
    wide = [prediction(width=3.6)]
    assert verdicts(2 * wide + 18 * [prediction(width=3.4)])["campaign_wider_share"]
    assert not verdicts(3 * wide + 17 * [prediction(width=3.4)])["campaign_wider_share"]
    found = summarise_hindcast([*wide, prediction(width=3.4)], [])
    assert found["wider"] == ["S"]
    assert found["width_factor"]["largest"] == 3.6


def test_a_nan_does_not_pass():
    assert not verdicts([prediction(width=float("nan"))] * 5)["campaign_wider_share"]


def test_a_refit_that_did_not_converge_fails():
    assert not verdicts([prediction()] * 20, failures=[(), ("r_hat",)])["campaign_refits"]


def test_a_sampler_that_did_not_converge_is_seen(evidence, priors):
    class Stuck(FakeFit):
        def __call__(self, *args, **kwargs):
            tree = super().__call__(*args, **kwargs)
            posterior = tree["posterior"].to_dataset()
            posterior["mfu_median"] = posterior["mfu_median"] + 3 * (posterior["chain"] == 0)
            return xr.DataTree.from_dict(
                {"posterior": posterior, "sample_stats": tree["sample_stats"].to_dataset()}
            )

    found = hindcast_with(Stuck(), load_scenario("roadmap"), evidence, priors)
    assert all("r_hat" in row["failed_checks"] for row in found["campaigns"])
    (check,) = (check for check in found["checks"] if check["name"] == "campaign_refits")
    assert not check["passed"]


# ----------------------------------------------------------------------------------- on the data

REAL = Sampler(draws=600)


@pytest.fixture(scope="module")
def real(scenario, evidence, priors):
    return hindcast_campaigns(scenario, evidence, priors, REAL, seed=1)


@pytest.mark.slow
def test_held_out_campaigns_are_as_long_as_predicted(real):
    """At least 85 % of lengths inside their 90 % interval, intervals within a factor 3.5.

    Wider are the only FP8 mixture, as of a low share the same spread on the logit scale is wider
    in logs and two systems are left to say what FP8 and mixtures cost, and the only campaign of a
    public centre, for which two other machines of their kind are left. Two of 13 are more than
    the check allows: it fails, and `eflops backtest` says so.
    """
    failed = {check["name"] for check in real["checks"] if not check["passed"]}
    assert failed <= {"campaign_wider_share"}
    assert real["coverage"]["0.9"]["share"] >= 0.85
    assert set(real["wider"]) <= {"DeepSeek-V3 671B", "Apertus 70B"}
    error = real["error"]
    assert abs(error["bias_dex"]) < 3 * error["standard_error_dex"]


@pytest.mark.slow
def test_held_out_scales_are_predicted(real):
    held = {group["group"]: group["held"] for group in real["groups"]}
    assert held["10,000 and more"]
    assert held["1,000 to 9,999"]
    assert held["FP8"]


@pytest.mark.slow
def test_shares_of_the_wrong_peak_fail(real, scenario, evidence, priors):
    """Shares of a peak of twice the precision's: every campaign is predicted twice as long."""

    def halved(rows):
        return tuple(row.model_copy(update={"efficiency": row.efficiency / 2}) for row in rows)

    wrong = replace(
        evidence, utilisation=halved(evidence.utilisation), campaigns=halved(evidence.campaigns)
    )
    found = hindcast_campaigns(scenario, wrong, priors, REAL, seed=1)
    checks = {check["name"]: check["passed"] for check in found["checks"]}
    assert not checks["campaign_coverage_90"]
    shift = found["error"]["bias_dex"] - real["error"]["bias_dex"]
    assert shift == pytest.approx(-np.log10(2), abs=0.1)
