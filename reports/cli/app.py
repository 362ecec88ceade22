"""The command `eflops` and its sub-commands."""

from typing import Annotated

import typer

from analysis.words import LANGUAGES, choose_language
from reports.cli.assess import assess
from reports.cli.backtest import backtest
from reports.cli.cache import cache_app
from reports.cli.calibrate import calibrate
from reports.cli.compare import compare
from reports.cli.estimate import estimate
from reports.cli.evidence_add import evidence_add
from reports.cli.evidence_changes import evidence_changes
from reports.cli.evidence_check import evidence_check
from reports.cli.evidence_import import evidence_import
from reports.cli.evidence_list import evidence_list
from reports.cli.priors_check import priors_check
from reports.cli.priors_show import priors_show
from reports.cli.report import report
from reports.cli.reproduce import reproduce
from reports.cli.request.options import stdout
from reports.cli.scenario_new import scenario_new
from reports.cli.scenario_show import scenario_show
from reports.cli.sensitivity import sensitivity
from reports.cli.specify import specify

app = typer.Typer(
    help="The posterior of the EFLOPS required to pre-train the LLM of a given year.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        stdout().print(f"eflops {version('eflops')}")
        raise typer.Exit


@app.callback()
def eflops(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Say how many EFLOPS it takes to pre-train the LLM of a given year, and how sure that is."""
    choose_language(LANGUAGES[0])


for _command in (
    estimate,
    assess,
    specify,
    compare,
    sensitivity,
    reproduce,
    report,
    backtest,
    calibrate,
):
    app.command()(_command)

_evidence = typer.Typer(help="The evidence, as tables.", no_args_is_help=True)
_evidence.command("check")(evidence_check)
_evidence.command("list")(evidence_list)
_evidence.command("changes")(evidence_changes)
_evidence.command("import")(evidence_import)
_evidence.command("add")(evidence_add)
app.add_typer(_evidence, name="evidence")

_priors = typer.Typer(help="The beliefs, as tables.", no_args_is_help=True)
_priors.command("show")(priors_show)
_priors.command("check")(priors_check)
app.add_typer(_priors, name="priors")

_scenario = typer.Typer(help="Scenarios, as files.", no_args_is_help=True)
_scenario.command("show")(scenario_show)
_scenario.command("new")(scenario_new)
app.add_typer(_scenario, name="scenario")

app.add_typer(cache_app, name="cache")
