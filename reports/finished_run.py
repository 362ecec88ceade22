"""Run directory as it is read, verified by its digests."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, ValidationError

from analysis.fit_files import STORED, DamagedFitError, read_group
from analysis.report.edition import EDITION
from priors.documents import Json, parse_toml
from priors.errors import ScenarioError
from priors.scenario import Scenario, validate_scenario
from priors.units import decimal_year

MANIFEST = "manifest.json"
#: The files of a run directory; those with a digest in the manifest are verified when read.
FILES = (
    *("posterior.nc", "summary.csv", "summary.json", "page.json", "scenario.toml", "report.html"),
    MANIFEST,
)
_WRITTEN = "a folder written by estimate --out, as it was written"


class _Manifest(BaseModel):
    """The keys by which a folder is known as a run."""

    model_config = ConfigDict(extra="allow", strict=True)

    created: str
    files: dict[str, str]
    evidence: dict[str, str]
    priors: str
    scenarios: dict[str, str]
    seed: int


@dataclass(frozen=True)
class FinishedRun:
    """A run directory.

    Every property and method raises `ScenarioError`, one line, where a file is missing, is not
    the one that was written, or holds draws that are not finite.
    """

    folder: Path

    @cached_property
    def manifest(self) -> Json:
        """What the result depends on, with the time of making and the digests of the files."""
        return _read_manifest(self.folder).model_dump()

    @cached_property
    def summary(self) -> Json:
        """What `estimate --json` printed."""
        try:
            document = json.loads(self._content("summary.json"))
        except ValueError as error:
            raise self._error("summary.json", str(error)) from error
        if not isinstance(document, dict) or not isinstance(document.get("scenarios"), dict):
            raise self._error("summary.json", "no scenarios")
        for name, scenario in document["scenarios"].items():
            if any("target" not in row for row in scenario["results"]):
                raise self._error("summary.json", f"{name}: results of an earlier version")
        return document

    @cached_property
    def page(self) -> Json:
        """What the report shows (`analysis.report.page.page_of`)."""
        try:
            document = json.loads(self._content("page.json"))
        except ValueError as error:
            raise self._error("page.json", str(error)) from error
        if not isinstance(document, dict) or document.get("edition") != EDITION:
            raise self._error("page.json", "a report of another version of eflops")
        return document

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Scenarios as they were used, by name."""
        where = str(self.folder / "scenario.toml")
        document = parse_toml(self._content("scenario.toml").decode(), where, ScenarioError)
        return {
            name: validate_scenario(record, f"{where}, {name}") for name, record in document.items()
        }

    def tree(self, scenario: str) -> xr.DataTree:
        """Posterior, sampler statistics and observed rows of one scenario."""
        return xr.DataTree.from_dict({group: self._group(scenario, group) for group in STORED})

    def draws(self, scenario: str) -> xr.Dataset:
        """Posterior of one scenario; dims chain, draw and step."""
        return self._group(scenario, "posterior")

    @cached_property
    def _posterior(self) -> Path:
        """Path of the posterior, once its digest is verified."""
        self._content("posterior.nc")
        return self.folder / "posterior.nc"

    def _group(self, scenario: str, group: str) -> xr.Dataset:
        try:
            data = read_group(self._posterior, scenario, group)
        except DamagedFitError as error:
            raise self._error("posterior.nc", str(error)) from error
        if group == "posterior":
            for name, array in data.data_vars.items():
                if array.dtype.kind != "f" or not np.isfinite(array.values).all():
                    raise self._error(
                        "posterior.nc", f"{scenario}: {name} with draws that are no numbers"
                    )
            # Runs made before the posterior carried it state the day beside it.
            closed = date.fromisoformat(self.manifest["evidence_as_of"])
            known = self.scenarios[scenario].as_of or closed
            data.attrs.setdefault("evidence_until", decimal_year(known))
        return data

    def _content(self, name: str) -> bytes:
        """Bytes of a file that has the digest which the manifest states."""
        stated = self.manifest["files"].get(name)
        if stated is None:
            raise self._error(MANIFEST, f"no digest of {name}")
        try:
            content = (self.folder / name).read_bytes()
        except OSError as error:
            raise self._error(name, error.strerror or str(error)) from error
        if hashlib.sha256(content).hexdigest() != stated:
            raise self._error(name, "another content than manifest.json states")
        return content

    def _error(self, name: str, found: str) -> ScenarioError:
        return ScenarioError(f"run {self.folder}, {name}", found, _WRITTEN)


def is_run(folder: Path) -> bool:
    """Whether a folder has the manifest of a run."""
    try:
        _read_manifest(folder)
    except ScenarioError:
        return False
    return True


def _read_manifest(folder: Path) -> _Manifest:
    where = f"run {folder}, {MANIFEST}"
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        return _Manifest.model_validate(json.loads(text))
    except OSError as error:
        raise ScenarioError(where, f"no {MANIFEST} ({error.strerror})", _WRITTEN) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "the document"
        raise ScenarioError(where, f"{key}: {first['msg']}", _WRITTEN) from error
    except ValueError as error:
        raise ScenarioError(where, str(error), _WRITTEN) from error
