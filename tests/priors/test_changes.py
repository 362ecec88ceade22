"""Corrections of the evidence stand in the tables, and can be undone."""

from datetime import date

import pytest

from priors.changes import load_changes, undone
from priors.errors import EvidenceError

MADE = """
[a-change]
date = 2026-11-25
source = "hoffmann-2022"
reason = "A reason of some length"
[[a-change.row]]
table = "campaigns"
id = "palm-540b-campaign"
before = { devices = 6145, step_id = "" }
now = { devices = 6144 }
"""


@pytest.fixture(scope="module")
def changes(evidence):
    return {change.id: change for change in load_changes(evidence)}


def rows(evidence, table):
    return {row.id: row for row in evidence.tables[table]}


def test_undoing_restores_the_cells_and_takes_back_the_rows(evidence, changes):
    change = changes["nemotron-4-15b-devices"]
    before = undone(evidence, change)
    assert rows(before, "utilisation")["nemotron-4-15b-2304"].devices == 3072
    assert rows(before, "campaigns")["nemotron-4-15b-campaign"].efficiency == 0.2194
    gone = set(rows(evidence, "utilisation")) - set(rows(before, "utilisation"))
    assert gone == {"nemotron-4-15b-768", "nemotron-4-15b-1536"}
    assert change.tables == ("utilisation", "campaigns")
    assert before.training_runs == evidence.training_runs


def test_an_empty_text_is_an_empty_cell(evidence, changes):
    before = undone(evidence, changes["falcon-40b-in-two-tables"])
    assert rows(before, "national_runs")["falcon-40b"].training_run_id is None


def test_days_are_undone_as_days(evidence, changes):
    before = undone(evidence, changes["days-of-two-step-mfus"])
    row = rows(before, "utilisation")["deepseek-v3-671b-2048"]
    assert row.published == date(2024, 12, 31)
    assert row in before.known_on(date(2025, 1, 1)).utilisation


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MADE.replace("devices = 6144", "devices = 6143"), "found 6144; expected 6143"),
        (MADE.replace("palm-540b-campaign", "no-campaign"), "row 'no-campaign' of campaigns"),
        (MADE.replace('"hoffmann-2022"', '"nobody"'), "source 'nobody'"),
        (MADE.replace("A reason of some length", "short"), "reason"),
        (MADE.replace("table = ", "file = "), "table: found nothing"),
    ],
)
def test_a_correction_that_the_tables_do_not_show_is_refused(evidence, tmp_path, text, message):
    path = tmp_path / "evidence_changes.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EvidenceError, match=message):
        load_changes(evidence, path)


def test_a_made_up_correction_is_read(evidence, tmp_path):
    path = tmp_path / "evidence_changes.toml"
    path.write_text(MADE, encoding="utf-8")
    (change,) = load_changes(evidence, path)
    row = rows(undone(evidence, change), "campaigns")["palm-540b-campaign"]
    assert (row.devices, row.step_id) == (6145, None)
