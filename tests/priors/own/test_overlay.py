"""Own rows are laid over the built-in ones; nothing of them remains without their folder."""

import shutil
from datetime import date

import pytest

from priors.documents import DATA
from priors.errors import EvidenceError
from priors.evidence import EVIDENCE, load_evidence
from priors.own.rows import new_row, new_source, sources_text
from priors.records.machines import GoodputRow
from priors.tables import table_text

ROW = {
    "system": "Ours",
    "published": "2026-10-01",
    "definition": "effective training time over wall-clock time",
    "architecture": "dense",
    "devices": "1024",
    "goodput": "0.93",
    "bound": "value",
    "confidence": "measured",
    "use": "goodput",
}
SOURCE = new_source(
    "our-run",
    "Our run",
    published=date(2026, 10, 1),
    accessed=date(2026, 11, 1),
    given={},
)


def own_row(**changes):
    return new_row(GoodputRow, ROW | changes, "--set", "our-run")


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    (path / "sources.toml").write_text(
        sources_text(path / "sources.toml", {"our-run": SOURCE}), encoding="utf-8"
    )
    (path / "goodput.csv").write_text(table_text([own_row()]), encoding="utf-8")
    return path


def test_own_rows_come_after_the_built_in_ones(folder, evidence):
    found = load_evidence(folder)
    assert found.goodput == (*evidence.goodput, own_row())
    assert found.own == {"goodput": ("ours",)}
    assert found.sources.by_id["our-run"] == SOURCE
    assert found.tables | {"goodput": ()} == evidence.tables | {"goodput": ()}


def test_the_day_the_evidence_ends_follows_from_the_rows(folder, evidence):
    assert evidence.as_of < date(2026, 10, 1)
    assert load_evidence(folder).as_of == date(2026, 10, 1)
    register = folder / "sources.toml"
    register.write_text("as_of = 2026-10-15\n" + register.read_text(), encoding="utf-8")
    assert load_evidence(folder).as_of == date(2026, 10, 15)


def test_before_its_day_an_own_row_is_not_known(folder, evidence):
    found = load_evidence(folder, evidence.as_of)
    assert found.own == {}
    assert found.tables == evidence.tables


def test_digests_of_the_tables_that_are_laid_over_change(folder, evidence):
    digests = load_evidence(folder).digests
    assert {name for name in digests if digests[name] != evidence.digests[name]} == {"goodput"}


def test_a_row_of_a_built_in_id_takes_its_place(folder, evidence):
    other = evidence.goodput[0].model_copy(update={"goodput": 0.5, "note": "measured anew"})
    (folder / "goodput.csv").write_text(table_text([other]), encoding="utf-8")
    found = load_evidence(folder)
    assert found.goodput == (other, *evidence.goodput[1:])
    assert found.own == {"goodput": (other.id,)}


def test_a_copy_of_built_in_rows_is_nothing_of_ones_own(folder, evidence):
    (folder / "goodput.csv").write_text(table_text(evidence.goodput), encoding="utf-8")
    found = load_evidence(folder)
    assert (found.own, found.goodput) == ({}, evidence.goodput)
    assert found.digests == evidence.digests


def test_a_copy_of_the_whole_evidence_stands_alone(tmp_path, evidence):
    shutil.copytree(DATA, tmp_path / "data")
    table = tmp_path / "data" / "evidence" / "goodput.csv"
    table.write_text(table_text(evidence.goodput[1:]), encoding="utf-8")
    found = load_evidence(table.parent)
    assert (found.goodput, found.own) == (evidence.goodput[1:], {})


def test_nothing_of_own_rows_remains_without_the_folder(folder, evidence):
    load_evidence(folder)
    assert load_evidence() == evidence == load_evidence(EVIDENCE)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: shutil.rmtree(path), "no such folder"),
        (lambda path: [one.unlink() for one in path.iterdir()], "neither a table nor sources.toml"),
        (lambda path: (path / "runs.csv").write_text("a\n1\n"), "runs.csv: found no table of the"),
        (lambda path: (path / "sources.toml").unlink(), "source 'our-run'"),
        (lambda path: (path / "sources.toml").write_text("x"), "sources.toml"),
        (
            lambda path: (path / "sources.toml").write_text(
                sources_text(path / "none", {"gao-2026": SOURCE, "Bad Id": SOURCE})
            ),
            "'Bad Id'",
        ),
        (
            lambda path: (path / "sources.toml").write_text(
                sources_text(path / "none", {"besiroglu-2024": SOURCE})
            ),
            "another source than the built-in one of that id",
        ),
        (
            lambda path: (path / "goodput.csv").write_text(
                table_text([own_row(published="2062-10-01")])
            ),
            "found 2062-10-01; expected a day up to 2026-11-01, when its source our-run",
        ),
        (
            lambda path: (path / "goodput.csv").write_text(
                table_text([load_evidence().goodput[0].model_copy(update={"id": "again"})])
            ),
            "the same figures as the built-in row",
        ),
        (
            lambda path: (path / "goodput.csv").write_text(
                table_text([own_row(campaign_id="nowhere")])
            ),
            "goodput.csv, ours, campaign_id: found 'nowhere'",
        ),
    ],
)
def test_what_does_not_go_with_the_evidence_is_one_line(folder, change, said):
    change(folder)
    with pytest.raises(EvidenceError) as error:
        load_evidence(folder)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_follows_from_the_table_is_filled_in():
    row = own_row()
    assert (row.id, row.unit, row.verification, row.source) == ("ours", "1", "unchecked", "our-run")
    assert own_row(id="mine", verification="ours").id == "mine"
    with pytest.raises(EvidenceError, match="--set goodput: found '93'"):
        own_row(goodput="93")
