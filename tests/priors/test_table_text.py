"""Rows written as a table are read back as they were."""

import pytest

from priors.evidence import TABLES
from priors.slugs import slug
from priors.table_text import table_text
from priors.tables import read_table


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
    [("T5-11B (large)", "t5-11b-large"), ("Café_au  lait", "cafe-au-lait"), ("悟道", "")],
)
def test_slugs(name, expected):
    assert slug(name) == expected
