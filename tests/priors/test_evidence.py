"""The evidence as it was known on a day, and where each of its numbers comes from."""

import shutil
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priors.documents import DATA
from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, TABLES, load_evidence
from priors.offers import builtin_machines, load_offer
from priors.records.figures import RoadmapFigureRow
from priors.records.laws import ProjectionRow, StudyRow

#: Rows that say how figures are read, whatever the day.
TIMELESS = "confidence_grades"

CLOSED = load_evidence().as_of

days = st.dates(date(2008, 1, 1), CLOSED)


def test_every_table_has_rows_and_every_file_is_a_table(evidence):
    assert {path.stem for path in EVIDENCE.glob("*.csv")} == set(TABLES) == set(evidence.tables)
    assert all(evidence.tables.values())
    assert evidence.as_of == evidence.sources.as_of


def test_every_row_is_of_its_tables_type(evidence):
    for name, rows in evidence.tables.items():
        assert {type(row) for row in rows} == {TABLES[name]}, name


@given(day=days)
def test_nothing_later_than_the_day_is_known(evidence, day):
    known = evidence.known_on(day)
    assert known.as_of == day
    for name, rows in known.tables.items():
        if name != TIMELESS:
            assert all(row.published <= day for row in rows), name


@given(day=days)
def test_what_is_left_out_was_published_later(evidence, day):
    known = evidence.known_on(day)
    for name, rows in evidence.tables.items():
        left_out = set(rows) - set(known.tables[name])
        assert all(row.published > day for row in left_out), name


@given(first=days, second=days)
def test_knowledge_grows(evidence, first, second):
    early, late = sorted([first, second])
    before, after = evidence.known_on(early), evidence.known_on(late)
    for name in evidence.tables:
        assert set(before.tables[name]) <= set(after.tables[name]), name
    assert after.known_on(early) == before


@given(day=days)
def test_looking_back_leaves_the_evidence_alone(evidence, day):
    before = {name: len(rows) for name, rows in evidence.tables.items()}
    evidence.known_on(day)
    assert {name: len(rows) for name, rows in evidence.tables.items()} == before
    assert evidence.as_of == CLOSED


def test_a_row_is_known_on_the_day_it_was_published(evidence):
    chinchilla = next(row for row in evidence.scaling_studies if row.source == "hoffmann-2022")
    published = date(2022, 3, 29)
    assert chinchilla.published == published
    assert chinchilla in evidence.known_on(published).scaling_studies
    assert not evidence.known_on(published - timedelta(days=1)).tables["scaling_projections"]


def test_as_of_may_be_given_when_loading(evidence):
    day = date(2024, 3, 8)
    assert load_evidence(as_of=day) == evidence.known_on(day)


def test_the_grades_are_known_on_any_day(evidence):
    assert evidence.known_on(date(1950, 1, 1)).confidence_grades == evidence.confidence_grades


def test_the_day_of_closing_is_the_last_one(evidence):
    assert evidence.known_on(CLOSED) == evidence
    with pytest.raises(ScenarioError, match=f"a day up to {CLOSED}"):
        evidence.known_on(CLOSED + timedelta(days=1))
    with pytest.raises(ScenarioError, match=f"a day up to {CLOSED}"):
        load_evidence(as_of=CLOSED + timedelta(days=1))


def test_what_was_left_out_cannot_become_known_again(evidence):
    with pytest.raises(ScenarioError, match="a day up to 2020-01-01"):
        evidence.known_on(date(2020, 1, 1)).known_on(date(2024, 1, 1))


@pytest.mark.parametrize("table", TABLES)
def test_a_changed_table_changes_its_digest_only(table, evidence, tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    path = tmp_path / "data" / "evidence" / f"{table}.csv"
    header, first, *others = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(header + "".join(others) + first, encoding="utf-8")
    digests = load_evidence(tmp_path / "data" / "evidence").digests
    assert {name for name in TABLES if digests[name] != evidence.digests[name]} == {table}


def test_a_changed_figure_changes_the_digest(evidence, tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    path = tmp_path / "data" / "evidence" / "training_runs.csv"
    text = path.read_text(encoding="utf-8")
    assert text.count(",2.527e24,") == 1
    path.write_text(text.replace(",2.527e24,", ",2.528e24,"), encoding="utf-8")
    changed = load_evidence(tmp_path / "data" / "evidence")
    assert changed.digests["training_runs"] != evidence.digests["training_runs"]
    assert len(set(changed.training_runs) - set(evidence.training_runs)) == 1


def test_the_digest_is_of_the_whole_table_whatever_the_day(evidence):
    assert evidence.known_on(date(2020, 1, 1)).digests == evidence.digests


def cited(evidence, priors) -> dict[str, str]:
    """Every source id that a row of evidence or of the priors names, and one row naming it."""
    by_row = {}
    for name, rows in evidence.tables.items():
        for row in rows:
            by_row[row.source] = f"{name}.csv, {row.id}"
            if isinstance(row, StudyRow | ProjectionRow):
                by_row[row.printed_in] = f"{name}.csv, {row.id}"
            if isinstance(row, RoadmapFigureRow) and row.original_source is not None:
                by_row[row.original_source] = f"{name}.csv, {row.id}"
    for set_name, rows in priors.sets.items():
        for name, prior in rows.items():
            by_row |= dict.fromkeys(prior.sources, f"priors.toml [{set_name}.{name}]")
    for name in builtin_machines():
        by_row |= dict.fromkeys(load_offer(name)[1].sources, f"machines/{name}.toml")
    return by_row


def test_every_cited_source_is_registered(evidence, priors):
    registered = evidence.sources.by_id
    assert {key: row for key, row in cited(evidence, priors).items() if key not in registered} == {}


def test_every_registered_source_is_cited(evidence, priors):
    unused = evidence.sources.by_id.keys() - cited(evidence, priors).keys()
    assert unused == set()


def test_no_source_is_younger_than_the_evidence(evidence):
    """A figure may be corrected from its source after the evidence was closed."""
    for key, source in evidence.sources.by_id.items():
        assert source.published <= min(source.accessed, evidence.as_of), key


def test_a_judgement_is_no_evidence(evidence):
    kinds = {
        evidence.sources.by_id[row.source].kind for rows in evidence.tables.values() for row in rows
    }
    assert "expert judgement" not in kinds
