"""Scenarios: the baseline with a short list of reasoned changes."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from priors.documents import DATA, read_toml, validate
from priors.errors import ScenarioError
from priors.levers import Levers, Workload
from priors.machine import Dense
from priors.parameters import PARAMETERS, READ_OFF
from priors.records.row import Count, Finite, Positive
from priors.selection.frontier import Selection
from priors.selection.studies import Studies

SCENARIOS = DATA / "scenarios"
#: What a scenario may be called: results are stored under its name.
_NAME = re.compile(r"\w(?:[\w.+@ -]{0,98}[\w.+@-])?")
BASELINE = "baseline"

#: One form of the trend, and these or all of them combined by weight.
type SingleForm = Literal["linear", "drifting", "random-walk", "saturating"]
type TrendForm = SingleForm | Literal["stacked"]


#: Key of an earlier version → what to write instead.
_REPLACED = {
    "workload.kind": (
        'levers.targets, such as ["frontier"]: frontier as before, model-size as before, '
        "roadmap-chain for llm-of-the-year"
    )
}

#: Fields of a scenario that its posterior depends on.
_FITTED = {
    *("as_of", "trend", "law", "efficiency", "campaign", "record", "lag", "length", "prior"),
}


#: Parts of a scenario whose keys a change may set.
_SECTIONS = (*_FITTED - {"as_of"}, "workload", "levers")

#: Likeness from which on a key that is not known is taken for a slip of another.
_NEAR = 0.75


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stacking(_Section):
    """How the forms of the trend are weighed against each other (`model.stacking`).

    Attributes
    ----------
    since
        First year at whose turn a forecast is made.
    horizons
        First and last year ahead that is scored.
    window_years
        Years of outcomes that are worth one independent window.
    fewest_runs, fewest_entrants
        Runs before an origin, and entrants of a year whose mean is scored.
    origins_per_block
        Neighbouring origins that are resampled together: their windows overlap.
    """

    since: int
    horizons: tuple[Count, Count]
    window_years: Positive
    fewest_runs: Count
    fewest_entrants: Count
    origins_per_block: Count


class TrendChoice(_Section):
    """Form of the trend, its priors and its systems."""

    form: TrendForm
    stacking: Stacking
    priors: str
    selection: Selection
    since: Finite
    first_knot: Annotated[int, Field(ge=1900, le=2200)]
    last_knot: Annotated[int, Field(ge=1900, le=2200)]


class LawChoice(_Section):
    """Priors and published studies of the scaling law, and what a study says.

    Attributes
    ----------
    datum
        `size-and-exponent`: the compute-optimal parameters for the study's own FLOP, where it
        has them, and the exponent; studies of the same runs share one effect. `exponent`: the
        exponent alone, each study by itself.
    """

    priors: str
    studies: Studies
    datum: Literal["size-and-exponent", "exponent"]


class EfficiencyChoice(_Section):
    """Priors and rows of step MFU, and the dense precisions for which it is stated."""

    priors: str
    data: Literal["none", "step-mfu"]
    precisions: Annotated[tuple[Dense, ...], Field(min_length=1)]


class CampaignChoice(_Section):
    """Priors of the campaign ratio, and whether the efficiency already includes it."""

    priors: str
    data: Literal["included", "published"]


class RecordChoice(_Section):
    """Priors of the record, and the runs since a year that inform it; none: not spoken of."""

    priors: str
    data: Literal["none", "largest-runs"]
    since: Annotated[int, Field(ge=1900, le=2200)]


class LagChoice(_Section):
    """Priors of the lag, and whether flagships inform it; none: not spoken of."""

    priors: str
    data: Literal["none", "flagships"]


class LengthChoice(_Section):
    """Priors of the frontier's run length, and the runs since a year that inform it."""

    priors: str
    data: Literal["none", "frontier-runs"]
    since: Finite


class Change(_Section):
    """One line of a scenario: what is set, to what, why, and who says so."""

    key: str
    value: Any
    reason: Annotated[str, Field(min_length=10)]
    sources: tuple[str, ...] = ()


class Scenario(_Section):
    """Everything that determines a result besides evidence, priors and seed."""

    name: str
    title: str
    as_of: date | None = None
    trend: TrendChoice
    law: LawChoice
    efficiency: EfficiencyChoice
    campaign: CampaignChoice
    record: RecordChoice
    lag: LagChoice
    length: LengthChoice
    workload: Workload
    levers: Levers
    prior: dict[str, dict[str, Any]] = Field(default_factory=dict)
    changes: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        unstated = set(self.levers.precisions) - set(self.efficiency.precisions)
        if unstated:
            raise ValueError(
                f"levers.precisions among {list(self.efficiency.precisions)}, for which this "
                f"scenario's efficiency is stated, not {sorted(unstated)}"
            )
        known = {**PARAMETERS, **READ_OFF}
        for name in self.prior:
            if name not in known:
                raise ValueError(f"prior.{name} to be one of {', '.join(known)}")
        for target, data in (("record", self.record.data), ("national", self.lag.data)):
            if target in self.levers.asked and data == "none":
                raise ValueError(
                    f"levers.targets without {target}, of which this scenario knows nothing: its "
                    f"{'lag' if target == 'national' else target}.data is none"
                )
        if self.levers.run_length == "frontier" and self.length.data == "none":
            raise ValueError(
                "levers.run_length 'days': this scenario knows nothing of the frontier's run "
                "length, its length.data is none"
            )
        asked = self.levers.trend_years
        if self.trend.form != "linear" and asked:
            first, last = self.trend.first_knot, self.trend.last_knot
            if min(asked) < first - 1 or max(asked) > last + 1:
                raise ValueError(
                    f"years less lag between {first - 1} and {last + 1}, where the path of the "
                    f"trend may bend, not {min(asked):g} to {max(asked):g}"
                )
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the scenario as used."""
        content = self.model_dump_json(exclude={"name", "title"})
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def fit_digest(self) -> str:
        """SHA-256 of what the posterior depends on: all but names, reasons, workload and levers."""
        content = self.model_dump_json(include=_FITTED)
        return hashlib.sha256(content.encode()).hexdigest()

    def fitted_part(self) -> "Scenario":
        """Return a copy that asks of its headline only, and of nothing that is read off the line.

        Refits beside the main one are of the same posterior and faster to draw.
        """
        headline = self.levers.headline
        asked = "frontier" if headline in {"record", "national"} else headline
        return self.override(
            {
                "record.data": "none",
                "lag.data": "none",
                "length.data": "none",
                "levers.run_length": "days",
                "levers.walls": "flag",
                "levers.targets": [asked],
                "levers.lag_years": self.levers.lag_years if asked == "lag" else None,
            }
        )

    def override(self, changes: dict[str, Any]) -> "Scenario":
        """Return a copy with some dotted keys set, e.g. {"levers.days": [60]}.

        Raises
        ------
        ScenarioError
            Unknown key, or a value that breaks the schema.
        """
        document = self.model_dump()
        for key, value in changes.items():
            _set(document, key, value, self.name)
        return validate_scenario(document, self.name)


def builtin_scenarios() -> list[str]:
    """Names of the scenarios that come with the project, the baseline left out."""
    return sorted(path.stem for path in SCENARIOS.glob("*.toml") if path.stem != BASELINE)


def baseline_digest() -> str:
    """Digest of the baseline that scenarios name as the one they were written against."""
    text = (SCENARIOS / f"{BASELINE}.toml").read_text(encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_scenario(name_or_path: str) -> Scenario:
    """Read a built-in scenario by name, or one from a TOML file.

    Raises
    ------
    ScenarioError
        No such scenario or file, an unknown key, a line without a reason, a value that breaks
        the schema, or a patch written against another baseline.
    """
    baseline = _baseline()
    path = _path(name_or_path)
    if not _NAME.fullmatch(path.stem):
        raise ScenarioError(
            "scenario file",
            f"the name {path.stem!r}",
            "a letter, digit or underscore, then up to 99 of these or any of . + - @ and space",
        )
    patch = baseline if path == SCENARIOS / f"{BASELINE}.toml" else read_toml(path, ScenarioError)
    if not patch:
        remedy = "a title and [[change]] tables: eflops scenario new writes a file to start from"
        raise ScenarioError(path.name, "an empty file", remedy)
    document = {**baseline, "name": path.stem, "title": patch.get("title", path.stem)}
    if patch is baseline:
        return validate_scenario(document, path.name)
    unknown = set(patch) - {"title", "baseline", "change"}
    if unknown:
        raise ScenarioError(
            path.name, f"key {sorted(unknown)[0]!r}", "the keys title, baseline and [[change]]"
        )
    if patch.get("baseline", baseline_digest()) != baseline_digest():
        raise ScenarioError(
            f"{path.name} baseline",
            repr(patch["baseline"]),
            f"{baseline_digest()!r}, the digest of the baseline: review the changes against it",
        )
    changes = tuple(_change(path, index, line) for index, line in _lines(path, patch))
    keys = [change.key for change in changes]
    for change in changes:
        if keys.count(change.key) > 1:
            raise ScenarioError(path.name, f"key {change.key!r} twice", "one [[change]] a key")
        _set(document, change.key, change.value, path.name)
    document["changes"] = [change.model_dump() for change in changes]
    return validate_scenario(document, path.name)


def _baseline() -> dict[str, Any]:
    """Every key that a scenario may change, with its value in the baseline."""
    document = read_toml(SCENARIOS / f"{BASELINE}.toml", ScenarioError)
    return validate_scenario({**document, "name": BASELINE}, f"{BASELINE}.toml").model_dump()


def _path(name_or_path: str) -> Path:
    if name_or_path.endswith(".toml"):
        return Path(name_or_path)
    path = SCENARIOS / f"{name_or_path}.toml"
    if name_or_path not in builtin_scenarios() and name_or_path != BASELINE:
        raise ScenarioError(
            "scenario", repr(name_or_path), f"one of {', '.join(builtin_scenarios())}, or a .toml"
        )
    return path


def _lines(path: Path, patch: dict[str, Any]) -> Iterable[tuple[int, object]]:
    lines = patch.get("change", [])
    if not isinstance(lines, list):
        raise ScenarioError(f"{path.name} change", repr(lines), "a list of [[change]] tables")
    return enumerate(lines, start=1)


def _change(path: Path, index: int, line: object) -> Change:
    return validate(Change, line, f"{path.name}, change {index},", ScenarioError)


def _set(document: dict[str, Any], key: str, value: object, where: str) -> None:
    """Set a dotted key in place; the sections that are changed are copied first."""
    section, _, name = key.partition(".")
    if section == "as_of" and not name:
        document["as_of"] = value
        return
    known = document.get(section)
    if section not in _SECTIONS:
        known = None
    if known is None and section == "prior":
        known = {}
    if key in _REPLACED:
        raise ScenarioError(where, f"key {key!r}", _REPLACED[key])
    if known is None or (section != "prior" and name not in known):
        names = [
            f"{part}.{item}"
            for part, items in document.items()
            if isinstance(items, dict) and part != "prior"
            for item in items
        ]
        near = get_close_matches(key, names, n=1, cutoff=_NEAR)
        meant = f"{near[0]}? All keys: " if near else "one of "
        raise ScenarioError(where, f"key {key!r}", f"{meant}{', '.join(['as_of', *names])}")
    document[section] = {**known, name: value}


def validate_scenario(document: dict[str, Any], where: str) -> Scenario:
    """Make a scenario of a whole document; raises `ScenarioError` where it breaks the schema."""
    whole = ("scenario", "a combination it cannot answer")
    return validate(Scenario, document, where, ScenarioError, whole=whole)
