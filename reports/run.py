"""Run directory as it is written, whole or not at all."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from analysis.fit import Fit
from analysis.fit_files import write_fits
from analysis.manifest import now
from analysis.report.page import page_of
from analysis.words import LANGUAGES
from priors.documents import Json
from priors.errors import ScenarioError
from priors.scenario import Scenario
from reports.csv_rows import write_rows
from reports.finished_run import FILES, MANIFEST, FinishedRun, is_run
from reports.page.render import render
from reports.whole_folder import check_destination, whole_folder


def check_run_destination(out: Path) -> Path:
    """Refuse, before any work, a folder that is not empty and not a run, or cannot be written.

    Raises
    ------
    ScenarioError
        Naming what is in the way.
    """
    return check_destination(out, FILES, is_run)


def report_of(fits: Sequence[Fit], summary: Json, *, command: str) -> Json:
    """Collect what the report of a run shows (`analysis.report.page.page_of`)."""
    return page_of(fits, summary, command=command)


def write_run(
    out: Path,
    fits: Sequence[Fit],
    summary: Json,
    page: Json,
    *,
    language: str = LANGUAGES[0],
) -> None:
    """Write the run directory.

    All files are written beside the destination first and moved in one step; an older run there
    is replaced.

    Parameters
    ----------
    out
        The folder.
    fits
        Scenarios with their posterior.
    summary
        The object that `estimate --json` prints.
    page
        What the report shows (`analysis.report.page.page_of`).
    language
        Of the report.

    Raises
    ------
    ScenarioError
        The folder holds something else, or cannot be written.
    """
    place = check_run_destination(out)
    scenarios = {fit.scenario.name: fit.scenario for fit in fits}
    with whole_folder(place, FILES, is_run) as staging:
        write_fits(staging / "posterior.nc", {fit.scenario.name: fit.stored for fit in fits})
        _write_json(staging / "summary.json", summary)
        write_rows(
            staging / "summary.csv",
            (
                {"scenario": name, **row}
                for name, scenario in summary["scenarios"].items()
                for row in scenario["results"]
            ),
        )
        (staging / "scenario.toml").write_text(dump_scenarios(scenarios), encoding="utf-8")
        _write_json(staging / "page.json", page)
        (staging / "report.html").write_text(render(page, summary, language), encoding="utf-8")
        digests = {
            name: hashlib.sha256((staging / name).read_bytes()).hexdigest()
            for name in FILES
            if name not in (MANIFEST, "report.html")
        }
        document = {**summary["manifest"], "created": now(), "files": digests}
        _write_json(staging / MANIFEST, document)
        _require_readable(staging, scenarios)


def dump_scenarios(scenarios: Mapping[str, Scenario]) -> str:
    """Write scenarios as TOML; what is not set is left out, as TOML has no null."""
    return tomli_w.dumps(
        {
            name: _without_none(scenario.model_dump(mode="python"))
            for name, scenario in scenarios.items()
        }
    )


def _without_none(value: object) -> Any:  # noqa: ANN401 - any TOML value
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_none(item) for item in value]
    return value


def _require_readable(folder: Path, scenarios: Mapping[str, Scenario]) -> None:
    """Read back what was written, before it is put in its place."""
    if FinishedRun(folder).scenarios != dict(scenarios):
        raise ScenarioError(
            "scenario.toml", "other scenarios when read back", "those that were used"
        )


def _write_json(path: Path, document: Json) -> None:
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")
