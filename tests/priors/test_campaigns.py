"""What is known of a campaign, and why some cannot be predicted."""

from dataclasses import replace

import pytest

from model import chain
from priors.selection.campaigns import known_campaigns

BOTH = ("BF16", "FP8")


@pytest.fixture(scope="module")
def known(evidence):
    campaigns, _ = known_campaigns(evidence, BOTH)
    return {campaign.row.id: campaign for campaign in campaigns}


def changed(evidence, identity, **update):
    """The evidence with one campaign row changed."""
    rows = tuple(
        row.model_copy(update=update) if row.id == identity else row for row in evidence.campaigns
    )
    return replace(evidence, campaigns=rows)


def test_every_row_is_predicted_or_left_out_with_a_reason(evidence):
    campaigns, excluded = known_campaigns(evidence, BOTH)
    assert {campaign.row.id for campaign in campaigns} | excluded.keys() == {
        row.id for row in evidence.campaigns
    }
    assert not {campaign.row.id for campaign in campaigns} & excluded.keys()
    assert all(excluded.values())
    assert len(campaigns) >= 12


def test_length_flop_and_peak_give_the_share_that_the_table_states(known):
    """Three columns of their own against a fourth: units, devices and precision are right."""
    for campaign in known.values():
        effective = chain.effective_eflops(campaign.training_flop, campaign.days)
        assert effective / campaign.machine.peak_eflops == pytest.approx(
            campaign.row.efficiency, rel=0.02
        )


def test_days_are_those_of_the_whole_machine(known):
    """PaLM ran on half its chips for the last 14 of 64 days."""
    assert known["palm-540b-campaign"].days == pytest.approx(64 - 14 / 2, abs=0.1)


def test_stated_days_serve_where_no_device_hours_are(evidence):
    rows, _ = known_campaigns(changed(evidence, "palm-540b-campaign", device_hours=None), BOTH)
    (palm,) = (campaign for campaign in rows if campaign.row.id == "palm-540b-campaign")
    assert palm.days == 64


def test_stated_flop_come_before_six_n_d(known):
    assert known["llama-3-1-405b-campaign"].training_flop == 3.8e25
    assert known["llama-65b-campaign"].training_flop == pytest.approx(6 * 6.52e10 * 1.4e12)


def test_a_mixture_counts_active_parameters_and_its_own_peak(known):
    deepseek = known["deepseek-v3-671b-campaign"]
    assert deepseek.training_flop == pytest.approx(6 * 3.7e10 * 1.48e13)
    assert deepseek.machine.peak_eflops == pytest.approx(2048 * 1979e12 / 1e18)
    assert (deepseek.machine.moe, deepseek.machine.precision) == (True, "FP8")
    assert [campaign.row.id for campaign in known.values() if campaign.machine.moe] == [
        deepseek.row.id
    ]


def test_sixteen_bit_is_one_precision(known):
    assert known["glm-130b-campaign"].row.precision == "FP16"
    assert known["glm-130b-campaign"].machine.precision == "BF16"


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"devices": None}, "no device count"),
        ({"peak_tflops": None}, "no peak"),
        ({"tokens": None}, "no training FLOP"),
        ({"device_hours": None}, "no length"),
        ({"devices": None, "tokens": None}, "no device count, no training FLOP, no length"),
        ({"precision": "NVFP4"}, "no efficiency is stated for NVFP4"),
    ],
)
def test_reasons(evidence, update, reason):
    _, excluded = known_campaigns(changed(evidence, "llama-65b-campaign", **update), BOTH)
    if update == {"devices": None}:
        reason += ", no length"  # device-hours say nothing without devices
    assert excluded["llama-65b-campaign"] == reason


def test_a_precision_without_a_stated_efficiency_is_left_out(evidence):
    campaigns, excluded = known_campaigns(evidence, ("BF16",))
    assert "deepseek-v3-671b-campaign" in excluded
    assert {campaign.machine.precision for campaign in campaigns} == {"BF16"}


def test_the_stack_is_that_of_the_system(evidence, known):
    open_stack = {id_ for id_, campaign in known.items() if campaign.machine.open_hpc_stack}
    assert open_stack == {"apertus-70b-campaign"}
    rows = tuple(
        row.model_copy(update={"stack": "open-hpc"}) if row.system == "GLM-130B" else row
        for row in evidence.utilisation
    )
    campaigns, _ = known_campaigns(replace(evidence, utilisation=rows), BOTH)
    open_stack = {one.row.id for one in campaigns if one.machine.open_hpc_stack}
    assert open_stack == {"apertus-70b-campaign", "glm-130b-campaign"}
