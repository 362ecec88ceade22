"""Folder of a comparison, written whole or not at all."""

import json
from pathlib import Path

from priors.documents import Json
from reports.csv_rows import write_rows
from reports.whole_folder import check_destination, whole_folder

FILES = ("comparison.json", "comparison.csv")


def check_comparison_destination(out: Path) -> Path:
    """Refuse, before any work, a folder that holds anything but an older comparison.

    Raises
    ------
    ScenarioError
        Naming what is in the way.
    """
    return check_destination(out, FILES, _is_comparison)


def write_comparison(out: Path, comparison: Json) -> None:
    """Write `comparison.json`, what `compare --json` prints, and `comparison.csv`, its rows.

    Raises
    ------
    ScenarioError
        The folder holds something else, or cannot be written.
    """
    place = check_comparison_destination(out)
    rows = [
        {"baseline": comparison["baseline"], "scenario": name, **row}
        for name, found in comparison["comparisons"].items()
        for row in found
    ]
    with whole_folder(place, FILES, _is_comparison) as staging:
        text = json.dumps(comparison, indent=1, allow_nan=False)
        (staging / "comparison.json").write_text(f"{text}\n", encoding="utf-8")
        write_rows(staging / "comparison.csv", rows)


def _is_comparison(folder: Path) -> bool:
    try:
        document = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and "comparisons" in document
