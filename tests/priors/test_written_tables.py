"""Rows written as a table are read back as they were."""

import pytest

from priors.evidence import TABLES
from priors.sources import slug
from priors.tables import read_table, table_text


@pytest.mark.parametrize("name", TABLES)
def test_every_table_survives(evidence, tmp_path, name):
    path = tmp_path / f"{name}.csv"
    path.write_text(table_text(evidence.tables[name]), encoding="utf-8")
    assert read_table(path, TABLES[name]) == evidence.tables[name]


def test_a_table_without_rows_is_refused():
    with pytest.raises(ValueError, match="no rows"):
        table_text([])


def test_the_ids_of_the_runs_are_the_slugs_of_their_names(evidence):
    assert [slug(run.system) for run in evidence.training_runs] == [
        run.id for run in evidence.training_runs
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("T5-11B (large)", "t5-11b-large"),
        ("Café_au  lait", "cafe-au-lait"),
        ("PanGu-α", "pangu-alpha"),
    ],
)
def test_slugs(name, expected):
    assert slug(name) == expected


@pytest.mark.parametrize("name", ["富岳NEXT", "悟道 2.0", "Øre", "—", ""])
def test_a_name_that_would_lose_letters_has_no_slug(name):
    assert slug(name) is None
