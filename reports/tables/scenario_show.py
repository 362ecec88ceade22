"""Table of `eflops scenario show`."""

import json

from rich.console import Console, Group
from rich.text import Text

from analysis.words import say
from priors.scenario import Scenario
from priors.scenario_file import scenario_keys
from reports.tables.style import add_names, new_table, note


def print_scenario(scenario: Scenario, console: Console) -> None:
    """Print the changes of a scenario, and where all other keys are listed."""
    title = Text(say("estimate.title", name=scenario.name, title=scenario.title), style="bold")
    table = new_table(say("scenario.changes"))
    add_names(table, "key", "baseline", "value", "reason")
    known = {one.key: one.value for one in scenario_keys()}
    for change in scenario.changes:
        sources = f" [{', '.join(change.sources)}]" if change.sources else ""
        before = known.get(change.key, "–")
        table.add_row(
            Text(change.key),
            Text(before),
            Text(json.dumps(change.value, default=str)),
            Text(change.reason + sources),
        )
    none = [note(say("scenario.none"))]
    console.print(
        Group(title, *([table] if scenario.changes else none), note(say("scenario.keys")))
    )
