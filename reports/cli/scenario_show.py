"""`eflops scenario show`: what a scenario changes, and why."""

from typing import Annotated

import typer

from priors.scenario import load_scenario
from reports.cli.request.options import AsJson, print_json, stdout


def scenario_show(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")],
    as_json: AsJson = False,
) -> None:
    """Show each change of a scenario against the baseline with its reason.

    Example: eflops scenario show pessimistic-hardware
    """
    from reports.tables.scenario_show import print_scenario

    chosen = load_scenario(scenario)
    if as_json:
        print_json(chosen.model_dump(mode="json"))
    else:
        print_scenario(chosen, stdout())
