"""The checks of the evidence flag what is wrong by themselves."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.evidence_check.check import check_evidence, stale_errata

#: Every misprint that the roadmap or its sources are known to hold, by table and row.
KNOWN = {
    ("roadmap_figures", "1-3-2-parameters-2030"),
    ("roadmap_figures", "1-3-3-coefficient-a-misprint"),
    ("roadmap_figures", "1-3-3-example-10t-table-3"),
    ("roadmap_figures", "table-2-approach-1-a-low"),
    ("roadmap_figures", "table-3-175b-training-flop"),
    ("roadmap_figures", "table-3-175b-reference-units"),
    ("roadmap_figures", "table-3-10t-reference-units"),
    ("roadmap_figures", "1-3-4-385-forge-s-efficiency"),
    ("roadmap_figures", "1-3-4-385-forge-m-efficiency"),
    ("scaling_projections", "hoffmann-2022-table-a3-3-175b"),
    ("scaling_projections", "roadmap-2024-table-3-175b"),
    ("scaling_projections", "roadmap-2024-table-3-10t"),
    ("scaling_projections", "roadmap-2024-figure-1-3-10t"),
    ("scaling_studies", "roadmap-2024-approach-1"),
    ("training_runs", "t5-11b"),
    ("training_runs", "t5-3b"),
    ("utilisation", "llama-3-1-405b-16384"),
    ("campaigns", "palm-540b-campaign"),
    ("campaigns", "glm-130b-campaign"),
    ("campaigns", "plamo-13b-campaign"),
}


def changed(evidence, table, row_id, **update):
    rows = tuple(
        row.model_copy(update=update) if row.id == row_id else row for row in evidence.tables[table]
    )
    assert rows != evidence.tables[table], f"no row {row_id}"
    return replace(evidence, **{table: rows})


def test_flags_are_the_known_ones_and_all_explained(evidence):
    findings = check_evidence(evidence)
    assert {(finding.table, finding.row) for finding in findings} == KNOWN
    assert all(finding.acknowledged for finding in findings)
    assert stale_errata(evidence, findings) == []


@pytest.mark.parametrize(
    ("table", "row", "update"),
    [
        ("scaling_projections", "hoffmann-2022-table-3-1t", {"training_flop": 1.27e25}),
        ("scaling_projections", "hoffmann-2022-table-3-1t", {"reference_units": 22.13}),
        ("scaling_studies", "hoffmann-2022-approach-2", {"b": 0.61}),
        ("scaling_studies", "hoffmann-2022-approach-1", {"a_high": 0.52}),
        ("utilisation", "bloom-176b-384-hfu", {"efficiency": 0.52}),
        ("campaigns", "llama-3-1-405b-campaign", {"efficiency": 0.40}),
        ("confidence_grades", "grade-likely", {"sd": 0.5}),
        ("trend_studies", "sevilla-2022-large-scale", {"slope": 0.5}),
        ("training_runs", "llama-3-1-405b", {"training_flop": 3.8e24}),
        ("roadmap_figures", "1-3-1-effective-40-days", {"printed": 68.8}),
    ],
)
def test_a_new_error_is_flagged_and_unexplained(evidence, table, row, update):
    findings = check_evidence(changed(evidence, table, row, **update))
    assert (table, row, None) in {(f.table, f.row, f.acknowledged) for f in findings}


@pytest.mark.parametrize(
    ("check", "table", "row", "update"),
    [
        (
            "device-hours = devices × days",
            "campaigns",
            "nemotron-4-15b-campaign",
            {"devices": 3072},
        ),
        ("devices of its steps", "campaigns", "nemotron-4-15b-campaign", {"devices": 3072}),
        (
            "FLOP = devices × hours × rate",
            "campaigns",
            "nemotron-4-15b-campaign",
            {
                "devices": 3072,
                "device_hours": 958_464.0,
                "efficiency": 0.2194,
                "step_id": "nemotron-4-15b-2304",
            },
        ),
        (
            "FLOP = devices × hours × rate",
            "campaigns",
            "megatron-turing-nlg-530b-campaign",
            {"device_hours": 3.45e6, "days": 32.1, "step_id": "megatron-turing-nlg-530b-2240"},
        ),
        (
            "length not from an efficiency",
            "campaigns",
            "megatron-turing-nlg-530b-campaign",
            {"device_hours": 3.45e6, "days": 32.1, "step_id": "megatron-turing-nlg-530b-2240"},
        ),
        (
            "length not from the rate",
            "campaigns",
            "apertus-70b-campaign",
            {"device_hours": 5.764e6, "efficiency": 0.307},
        ),
        (
            "one dense peak per device",
            "utilisation",
            "deepseek-v3-671b-2048",
            {"peak_tflops": 3958.0},
        ),
        ("one dense peak per device", "campaigns", "llama-3-70b-campaign", {"peak_tflops": 1979.0}),
        (
            "not dated before its source",
            "utilisation",
            "deepseek-v3-671b-2048",
            {"published": date(2024, 12, 31)},
        ),
        (
            "not dated before its source",
            "utilisation",
            "a-x-k1-519b-1536",
            {"published": date(2025, 12, 31)},
        ),
        ("one run in two tables", "national_runs", "ernie-3-titan", {"training_run_id": None}),
        ("one run in two tables", "national_runs", "falcon-40b", {"training_run_id": None}),
    ],
)
def test_what_was_corrected_once_is_found_by_a_rule(evidence, check, table, row, update):
    assert check not in {f.check for f in check_evidence(evidence) if f.row == row}
    findings = check_evidence(changed(evidence, table, row, **update))
    assert (check, table, row, None) in {
        (f.check, f.table, f.row, f.acknowledged) for f in findings
    }


def test_steps_on_other_devices_than_the_campaign_are_found(evidence):
    """The corrected count of a step row: the campaign of its system contradicts it."""
    wrong = changed(evidence, "utilisation", "nemotron-4-15b-2304", devices=3072)
    found = {(f.check, f.row, f.acknowledged) for f in check_evidence(wrong)}
    assert ("devices of its steps", "nemotron-4-15b-campaign", None) in found


def test_an_erratum_without_a_flag_is_stale(evidence):
    stale = changed(evidence, "campaigns", evidence.campaigns[0].id, erratum="wrong")
    assert stale_errata(stale, check_evidence(stale)) == [("campaigns", evidence.campaigns[0].id)]
