"""Lists of models as spreadsheets save them: read, or refused in a line."""

from datetime import date

import pytest
from case_files import CASES

from priors.errors import EvidenceError
from priors.imports.epoch import describe_import, import_epoch

MODELS = CASES / "models"
READ = {"epoch_ok", "epoch_excel_jp_dates", "epoch_one_typo_date", "epoch_frontier_only"}
REFUSED = {
    "epoch_reiwa": "no row to import: date is not a day, YYYY-MM-DD, 7 of 7, first in row 2 "
    "('令和2年5月28日')",
    "epoch_header_flops": "header: found no column 'Training compute (FLOP)'",
}


@pytest.fixture
def read(evidence):
    return lambda name: import_epoch(MODELS / f"{name}.csv", evidence, top=10)


def test_every_case_has_its_test():
    assert {path.stem for path in MODELS.iterdir()} == {*READ, *REFUSED}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_one_line(read, name):
    with pytest.raises(EvidenceError) as error:
        read(name)
    assert REFUSED[name] in str(error.value)
    assert "\n" not in str(error.value)


def test_days_of_a_spreadsheet_are_the_same_days(read):
    control, other = read("epoch_ok"), read("epoch_excel_jp_dates")
    assert len(control.runs) == 7
    assert [run.published for run in other.runs] == [run.published for run in control.runs]
    assert other.runs[0].published == date(2020, 5, 28)
    assert other.runs == control.runs


def test_one_misprinted_year_is_left_out(read):
    found = read("epoch_one_typo_date")
    (skipped,) = found.skipped
    assert len(found.runs) == 6
    assert skipped.reason == "dated after 2026-01-31, when its edition was published"
    assert skipped.detail.startswith("2029-")


def test_a_filtered_file_is_asked_about(read, evidence):
    found = read("epoch_frontier_only")
    references, filtered = describe_import(found, evidence, 10)["warnings"]
    assert "the rows load laid over the built-in ones" in references
    assert filtered.startswith("All 3 rows are frontier")
    assert "was the file filtered?" in filtered


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-03-08", date(2024, 3, 8)),
        ("2024/3/8", date(2024, 3, 8)),
        ("2024.03.08", date(2024, 3, 8)),
        ("2024年3月8日", date(2024, 3, 8)),
        ("２０２４/３/８", date(2024, 3, 8)),
        ("8/3/2024", None),
        ("2024/13/8", None),
        ("2024-3", None),
        ("2024-3/8", None),
    ],
)
def test_days_with_the_year_first_are_read(tmp_path, evidence, written, day):
    text = (MODELS / "epoch_ok.csv").read_text(encoding="utf-8").replace("2024-07-23", written)
    path = tmp_path / "models.csv"
    path.write_text(text, encoding="utf-8")
    found = import_epoch(path, evidence, top=10)
    assert [run.published for run in found.runs if "llama-3-1" in run.id] == ([day] if day else [])


def test_a_line_of_another_width_is_left_out(tmp_path, evidence):
    text = (MODELS / "epoch_ok.csv").read_text(encoding="utf-8")
    path = tmp_path / "models.csv"
    path.write_text(text + "GPT-9,Language\n", encoding="utf-8")
    found = import_epoch(path, evidence, top=10)
    assert (len(found.runs), found.records) == (7, 8)
    assert found.skipped[0].reason == "another number of cells"
