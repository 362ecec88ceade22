"""Rows of a result as a CSV file for a spreadsheet."""

import csv
from collections.abc import Iterable
from pathlib import Path

from priors.documents import Json


def write_rows(path: Path, rows: Iterable[Json]) -> None:
    """Write one line per row.

    What is nested gets a column per key, KEY_SUBKEY; a list is left to the JSON file beside it. A
    cell that a spreadsheet would take for a formula is quoted.
    """
    lines = [dict(_flat("", row)) for row in rows]
    columns = list(dict.fromkeys(key for line in lines for key in line))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _safe(value) for key, value in line.items()} for line in lines)


def _flat(prefix: str, row: Json) -> Iterable[tuple[str, object]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{key}_", value)
        elif not isinstance(value, list):
            yield f"{prefix}{key}", value


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell
