"""Own rows of evidence and their source, made of what a user gives."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w

from priors.documents import read_toml, validate
from priors.errors import EvidenceError, ScenarioError
from priors.imports.foreign_table import read_foreign
from priors.records.row import Row
from priors.sources import Source, slug

#: Columns that name what a row is of, the first of which makes its id.
_NAMES = ("system", "study", "accelerator", "ceiling", "grade", "subject")


def cells_of_options(options: Sequence[str]) -> dict[str, str]:
    """Column → text, from options of the form COLUMN=VALUE.

    Raises
    ------
    ScenarioError
        An option of another form, or a column that is given twice.
    """
    cells: dict[str, str] = {}
    for text in options:
        column, equals, value = text.partition("=")
        if not equals or not column.strip() or column.strip() in cells:
            raise ScenarioError("--set", repr(text), "COLUMN=VALUE, each column once")
        cells[column.strip()] = value.strip()
    return cells


def cells_of_file(path: Path) -> dict[str, dict[str, str]]:
    """Where a row stands in a file → its cells, by the names of its columns."""
    table = read_foreign(path)
    table.require_whole()
    return {
        f"{table.file}, row {record.number},": {
            name: text for name in table.header if (text := record.text(name))
        }
        for record in table.records
    }


def new_row[R: Row](row_type: type[R], cells: Mapping[str, str], where: str, source: str) -> R:
    """Make a row, with what follows from the table filled in.

    Parameters
    ----------
    cells
        Column → text. The `unit` may be left out where the table has one, the `id` where a name
        makes one, `source` and `verification` (unchecked).
    where
        File and row, or option, in messages.
    source
        Id that the row cites if it cites none.

    Raises
    ------
    EvidenceError
        Columns that are missing, or the first cell that breaks the schema.
    """
    filled: dict[str, Any] = {"source": source, "verification": "unchecked"}
    if len(row_type.units) == 1:
        filled["unit"] = row_type.units[0]
    name = next((cells[column] for column in _NAMES if cells.get(column)), "")
    if slug(name):
        filled["id"] = slug(name)
    required = [key for key, field in row_type.model_fields.items() if field.is_required()]
    missing = [key for key in required if not cells.get(key) and key not in filled]
    if missing:
        raise EvidenceError(
            where, f"no {', '.join(missing)}", f"the columns {', '.join(row_type.model_fields)}"
        )
    filled |= {column: text for column, text in cells.items() if text}
    return validate(row_type, filled, where, EvidenceError)


def new_source(
    key: str,
    title: str,
    *,
    published: date,
    accessed: date,
    given: Mapping[str, str],
) -> Source:
    """Make a source of own data.

    Parameters
    ----------
    given
        Other keys of `priors.sources.Source`; by default an unpublished data set of one's own.

    Raises
    ------
    ScenarioError
        An id that is no slug.
    EvidenceError
        A key that breaks the schema.
    """
    if slug(key) != key:
        raise ScenarioError("--source", repr(key), "an id of letters a-z, digits and hyphens")
    record = {
        "title": title,
        "producer": "own work",
        "url": "unpublished",
        "published": published,
        "accessed": accessed,
        "licence": "own data",
        "archive": "kept by its producer",
        "kind": "dataset",
        **given,
    }
    return validate(Source, record, "--source", EvidenceError)


def sources_text(path: Path, new: Mapping[str, Source]) -> str:
    """Text of a register of own sources with new ones added to what it has."""
    document = read_toml(path, EvidenceError) if path.exists() else {}
    for key, source in new.items():
        document[key] = {name: value for name, value in source.model_dump().items() if value != ""}
    return tomli_w.dumps(document)
