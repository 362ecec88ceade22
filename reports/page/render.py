"""HTML page of a run, without any outside reference."""

import math

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.estimate.summary import failed_checks
from analysis.numbers import by_mcse, probability
from priors.documents import Json
from reports.figures.estimate import exceedance
from reports.figures.style import svg
from reports.tables.estimate import interval_text, is_point, roadmap_text
from reports.tables.style import check_text


def render(summary: Json) -> str:
    """Render a run's summary; same summary, same bytes.

    Parameters
    ----------
    summary
        The object that `estimate --json` prints.
    """
    environment = Environment(
        loader=PackageLoader("reports.page"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals |= {
        "by_mcse": by_mcse,
        "probability": probability,
        "interval_text": interval_text,
        "roadmap_text": roadmap_text,
        "check_text": check_text,
        "is_point": is_point,
    }
    days = sorted({row["days"] for row in _rows(summary)}, key=lambda length: length or math.inf)
    return environment.get_template("report.html").render(
        summary=summary,
        failed=failed_checks(summary),
        figures=[Markup(svg(exceedance(summary, item))) for item in days],
    )


def _rows(summary: Json) -> list[Json]:
    return [row for scenario in summary["scenarios"].values() for row in scenario["results"]]
