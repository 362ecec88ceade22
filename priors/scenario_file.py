"""Scenario files for people: a template, and every key with its meaning."""

import re
from dataclasses import dataclass

from priors.documents import read_toml
from priors.errors import ScenarioError
from priors.scenario import BASELINE, SCENARIOS, baseline_digest

_COMMENTED = re.compile(r"^(#\s*)?(?P<key>\w+) = (?P<value>[^#]*?)\s*(#\s*(?P<said>.*))?$")


@dataclass(frozen=True)
class Key:
    """A key that a scenario may change.

    Attributes
    ----------
    key
        SECTION.NAME.
    value
        Its value in the baseline, as TOML; an example where the baseline leaves it out.
    said
        What the baseline's file says of it.
    """

    key: str
    value: str
    said: str


def scenario_keys() -> list[Key]:
    """Every key that a scenario may change, in the order of the baseline's file."""
    path = SCENARIOS / f"{BASELINE}.toml"
    read_toml(path, ScenarioError)
    found, section = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.split("]")[0].strip("[ ")
            continue
        match = _COMMENTED.match(line)
        if match and section and not section.endswith(".device") and section != "trend.stacking":
            said = (match["said"] or "").strip()
            found.append(Key(f"{section}.{match['key']}", match["value"].strip(), said))
    return found


def scenario_template() -> str:
    """Text of a scenario file to start from: one change, and every other key in comments."""
    lines = [
        "# A scenario: what it changes in the baseline, line by line, each with its reason.",
        "# eflops estimate THIS_FILE.toml answers; eflops scenario show THIS_FILE.toml checks it.",
        'title = "What this scenario supposes"',
        f'baseline = "{baseline_digest()}" # the baseline it was written against; may be left out',
        "",
        "[[change]]",
        'key = "levers.days"',
        "value = [60.0]",
        'reason = "Write here why: at least ten letters."',
        "",
        "# A belief is changed as a whole row of priors.toml (eflops priors show):",
        "# [[change]]",
        '# key = "prior.trend_slope"',
        '# value = { family = "normal", loc = 0.5, scale = 0.2, unit = "OOM/yr", '
        'rationale = "…", sources = ["judgement-2026"] }',
        '# reason = "…"',
        "",
        "# Every other key, with its value in the baseline. as_of is one too: an ISO date.",
    ]
    width = max(len(f"# {one.key} = {one.value}") for one in scenario_keys())
    for one in scenario_keys():
        setting = f"# {one.key} = {one.value}"
        lines.append(f"{setting:{width}}  # {one.said}" if one.said else setting)
    return "\n".join(lines) + "\n"
