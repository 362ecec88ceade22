"""HTML page of a run, without any outside reference."""

import json
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.cache import default_cache
from analysis.words import LANGUAGES, language, say, scenario_title, speaking
from priors.documents import Json
from priors.errors import ScenarioError
from reports.figures.style import typeset
from reports.new_file import write_file
from reports.page.drawn import Picture, pictures
from reports.page.rows import (
    assessed_rows,
    check_rows,
    headline_rows,
    prior_rows,
    regime_rows,
    reproduction,
    result_rows,
    source_rows,
)

#: Words of a scenario whose numbers are not finite.
_NO_WORDS: Json = {"answer": [], "notes": [], "own_rows": []}


def render(
    page: Json,
    summary: Json,
    name: str = LANGUAGES[0],
    *,
    backtest: Json | None = None,
    calibration: Json | None = None,
) -> str:
    """Render the report of a run; same documents, same bytes.

    Parameters
    ----------
    page
        From `analysis.report.page.page_of`.
    summary
        The object that `estimate --json` prints.
    name
        Language of the page.
    backtest, calibration
        As `backtest --json` and `calibrate --json` print them, where the page is to show them.
    """
    environment = Environment(
        loader=PackageLoader("reports.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    with speaking(name):
        lead = summary["scenarios"][page["lead"]]
        environment.globals |= {"say": _said, "picture": _picture, "language": language()}
        environment.filters |= {"typeset": typeset}
        return environment.get_template("report.html").render(
            page=page,
            summary=summary,
            lead=lead,
            words=page["words"][name].get(
                page["lead"], {"answer": [], "notes": [], "own_rows": []}
            ),
            all_words=page["words"][name],
            title_of=lambda one: scenario_title(one, summary["scenarios"][one]["title"]),
            failed=[
                check
                for scenario in summary["scenarios"].values()
                for check in scenario["checks"]
                if not check["passed"]
            ],
            pictures=pictures(page, summary, backtest=backtest, calibration=calibration),
            headline=headline_rows(page, summary),
            regimes=regime_rows(page),
            assessed=assessed_rows(page),
            results={key: result_rows(page, summary, key) for key in summary["scenarios"]},
            checks={key: check_rows(one) for key, one in summary["scenarios"].items()},
            priors=prior_rows(page),
            sources=source_rows(page),
            reproduction=reproduction(page, summary),
            calibration=calibration,
            script=_script(page),
        )


def _said(key: str, **values: object) -> str:
    return typeset(say(key, **values))


def _picture(one: Picture) -> Markup:
    """Return a picture in both formats, of which the page shows the one that fits."""
    parts = [
        Markup('<div class="{}" role="img" aria-label="{}">{}</div>').format(
            size, one.alternative, Markup(drawn)
        )
        for size, drawn in one.formats.items()
    ]
    return Markup("").join(parts)


def _script(page: Json) -> dict[str, Markup] | None:
    """Return the panel's library, data and code, made safe to stand in a page."""
    if page["what_if"] is None:
        return None
    texts = {key: say(f"panel.{key}") for key in _PANEL_TEXTS}
    data = {
        **page["what_if"],
        "roadmap": page["roadmap_eflops"],
        "texts": texts,
        "language": language(),
    }
    text = json.dumps(data, allow_nan=False, sort_keys=True)
    return {
        "library": Markup(_ENDS.sub(r"<\\\1", _library(version("vl-convert-python")))),
        "data": Markup(text.replace("<", "\\u003c")),
    }


_PANEL_TEXTS = (
    *("x_title", "y_title", "required", "machine_curve", "roadmap"),
    *("unit_effective", "unit_energy", "unit_price"),
)


#: What would end a script element, or make of it another one. A backslash more means nothing in a
#: string or a regular expression of JavaScript.
_ENDS = re.compile(r"<(/script|!--)", re.IGNORECASE)


@cache
def _library(edition: str) -> str:
    """Return Vega with its runtime, bundled by vl-convert from the copy that it brings.

    Bundling takes longer than all else of a page, so that the bundle is kept in the cache.
    """
    import vl_convert

    folder = default_cache().folder
    kept = None if folder is None else folder / f"vega-{edition}.js"
    if kept is not None and kept.is_file():
        return kept.read_text(encoding="utf-8")
    bundled: str = vl_convert.javascript_bundle()  # type: ignore[call-arg] # has a default
    if kept is not None:
        with suppress(OSError, ScenarioError):
            write_file(kept, bundled, may_replace=True)
    return bundled
