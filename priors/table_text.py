"""Rows of evidence as the CSV table that `priors.tables.read_table` reads back."""

import csv
from collections.abc import Sequence
from io import StringIO

from priors.records import Row


def table_text(rows: Sequence[Row]) -> str:
    """Write rows of one table, with every column that their record knows.

    Parameters
    ----------
    rows
        At least one; reading the text back gives rows equal to them.

    Raises
    ------
    ValueError
        No rows: an empty table cannot be read back.
    """
    if not rows:
        raise ValueError("no rows to write")
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = list(type(rows[0]).model_fields)
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, column)) for column in columns] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
