"""Pictures of the README, drawn from the default run: `python tests/reports/pictures.py`."""

import re
from pathlib import Path

from report_run import report_run

from reports.figures.style import svg
from reports.page.drawn import drawings

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
NAMES = ("exceedance", "trend")


def pictures():
    """Name of each picture, and its SVG."""
    found = report_run().finished
    draw = drawings(found.page, found.summary)
    return {name: svg(draw[name]("wide"), name) for name in NAMES}


def texts(picture):
    """Everything that is written in a picture."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", picture)


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures().items():
        (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")
