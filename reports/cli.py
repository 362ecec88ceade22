"""The command `eflops`: parse, call the library, print. Nothing is computed here."""

# Heavy imports stand inside the commands, so that `eflops --help` answers at once.
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from priors.errors import InputError, ScenarioError
from priors.evidence import EVIDENCE, TABLES, load_evidence
from priors.scenario import Scenario, load_scenario
from priors.spec import PRIORS, load_priors
from priors.units import decimal_year

if TYPE_CHECKING:
    from analysis.estimate import Progress

#: Columns of output that goes to a file or pipe.
_PIPE_WIDTH = 100
EXIT_BAD_INPUT, EXIT_FAILED_CHECK = 1, 3
_DEFAULT = ("roadmap-point", "roadmap", "updated")

app = typer.Typer(
    help="The posterior of the EFLOPS required to pre-train the LLM of a given year.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
evidence_app = typer.Typer(help="The evidence, as tables.", no_args_is_help=True)
priors_app = typer.Typer(help="The beliefs, as tables.", no_args_is_help=True)
app.add_typer(evidence_app, name="evidence")
app.add_typer(priors_app, name="priors")

# Plain assignments: Typer does not look through a `type` alias.
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="As known on that day, everywhere."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Years = Annotated[
    list[str] | None, typer.Option("--year", help="Decimal year or ISO date; repeatable.")
]
Days = Annotated[
    list[float] | None, typer.Option("--days", help="Days of the campaign; repeatable.")
]
Draws = Annotated[int, typer.Option("--draws", min=4, help="Draws a chain.")]
Chains = Annotated[int, typer.Option("--chains", min=1, help="Chains.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Root seed; same seed, same draws.")]
EvidenceFolder = Annotated[
    Path, typer.Option("--evidence", help="Folder of evidence tables.", show_default="built-in")
]
PriorsFile = Annotated[
    Path, typer.Option("--priors", help="TOML of priors.", show_default="built-in")
]


@app.command()
def estimate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help=f"Built-in names or TOML files.  [default: {' '.join(_DEFAULT)}]"),
    ] = None,
    year: Years = None,
    days: Days = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = 4,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="Write a run directory here.")] = None,
    as_json: AsJson = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler to fit on.")
    ] = None,
    allow_failed_checks: Annotated[
        bool, typer.Option(help="Publish a result whose checks failed, marked as such.")
    ] = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Sample the posterior of required EFLOPS.

    Example: eflops estimate updated --year 2030 --days 60 --out runs/first
    """
    from analysis.estimate import fit_scenarios, summarise_scenarios
    from analysis.summarise import failed_checks
    from model.fit import Sampler
    from reports.run import check_destination, manifest, write_run
    from reports.tables import print_summary

    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen = [
        _with_options(load_scenario(name), year, days, as_of) for name in scenarios or _DEFAULT
    ]
    _refuse_twice([scenario.name for scenario in chosen])
    if out is not None:
        check_destination(out)
    sampler = Sampler(draws=draws, chains=chains)
    with _progress() as progress, _client(scheduler) as client:
        trees = fit_scenarios(
            chosen, evidence, priors, sampler, seed=seed, progress=progress, client=client
        )
    by_name = {scenario.name: scenario for scenario in chosen}
    summary = {
        "scenarios": summarise_scenarios(trees, chosen, evidence, priors),
        "manifest": manifest(evidence, priors, by_name, sampler, seed),
    }
    failed = failed_checks(summary)
    summary["manifest"]["checks_passed"] = not failed
    if failed and not allow_failed_checks:
        _report_failed(summary)
        raise typer.Exit(EXIT_FAILED_CHECK)
    if out is not None:
        write_run(out, trees, by_name, summary)
    if as_json:
        _print_json(summary)
    else:
        print_summary(summary, _stdout())
    if failed:
        _report_failed(summary)


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(help="Two or more; the first is the baseline.")],
    year: Years = None,
    days: Days = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = 4,
    seed: Seed = 1,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios draw by draw with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare import Fitted, compare_all
    from analysis.estimate import fit_scenarios, summarise_scenarios
    from analysis.summarise import failed_checks
    from model.fit import Sampler
    from reports.run import manifest
    from reports.tables import print_comparison

    if len(scenarios) < 2:
        raise ScenarioError("scenarios", f"{len(scenarios)} scenario", "two or more to compare")
    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen = [_with_options(load_scenario(name), year, days, as_of) for name in scenarios]
    _refuse_twice([scenario.name for scenario in chosen])
    sampler = Sampler(draws=draws, chains=chains)
    with _progress() as progress:
        trees = fit_scenarios(chosen, evidence, priors, sampler, seed=seed, progress=progress)
    by_name = {scenario.name: scenario for scenario in chosen}
    summary = {"scenarios": summarise_scenarios(trees, chosen, evidence, priors)}
    if failed_checks(summary):
        _report_failed(summary)
        raise typer.Exit(EXIT_FAILED_CHECK)
    fitted = [
        Fitted(scenario, trees[scenario.name]["posterior"].to_dataset()) for scenario in chosen
    ]
    comparison = {
        **compare_all(fitted),
        "manifest": manifest(evidence, priors, by_name, sampler, seed),
    }
    if as_json:
        _print_json(comparison)
    else:
        print_comparison(comparison, _stdout())


@app.command()
def reproduce(as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE) -> None:
    """Recompute every figure that the roadmap prints, each with a verdict.

    Example: eflops reproduce --json
    """
    from analysis.reproduce import reproduce as reproduce_figures
    from reports.tables import reproduction_table

    items = reproduce_figures(load_evidence(evidence_folder))
    if as_json:
        figures = [
            {
                **item.figure.model_dump(mode="json"),
                "recomputed": item.recomputed,
                "difference": item.difference,
                "verdict": item.verdict,
            }
            for item in items
        ]
        _print_json({"figures": figures})
    else:
        console = _stdout()
        console.print(reproduction_table(items))
        for item in items:
            if item.verdict == "misprint":
                console.print(f"· {item.figure.id}: {item.figure.erratum}")
    if any(item.verdict == "differs" for item in items):
        raise typer.Exit(EXIT_FAILED_CHECK)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder written by estimate --out.")],
    out: Annotated[Path | None, typer.Option(help="HTML file.  [default: RUN/report.html]")] = None,
) -> None:
    """Render the page of a run again, without refitting.

    Example: eflops report runs/first
    """
    from reports.html import render
    from reports.run import read_summary

    destination = run / "report.html" if out is None else out
    destination.write_text(render(read_summary(run)), encoding="utf-8")
    _stdout().print(str(destination), soft_wrap=True)


@evidence_app.command("check")
def evidence_check(
    as_of: AsOf = None, as_json: AsJson = False, evidence_folder: EvidenceFolder = EVIDENCE
) -> None:
    """Check the evidence against itself: flags what does not add up.

    Example: eflops evidence check
    """
    from analysis.consistency import check_evidence, stale_errata
    from reports.tables import findings_table

    evidence = load_evidence(evidence_folder, _day(as_of))
    findings = check_evidence(evidence)
    stale = stale_errata(evidence, findings)
    unexplained = [finding for finding in findings if finding.acknowledged is None]
    if as_json:
        document = {"findings": [asdict(finding) for finding in findings], "stale_errata": stale}
        _print_json(document)
    else:
        console = _stdout()
        rows = {name: len(table) for name, table in evidence.tables.items()}
        console.print(", ".join(f"{name} {count}" for name, count in rows.items()) + " rows read")
        console.print(findings_table(findings))
        explained = len(findings) - len(unexplained)
        console.print(f"{len(findings)} flagged, {explained} of them explained by the row")
        for table, row in stale:
            console.print(f"{table}.csv, {row}: an erratum that no check flags")
    if unexplained or stale:
        raise typer.Exit(EXIT_FAILED_CHECK)


@evidence_app.command("list")
def evidence_list(
    table: Annotated[str | None, typer.Argument(help="Table; all of them if not given.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
) -> None:
    """List the rows of the evidence with how well each is known.

    Example: eflops evidence list utilisation --as-of 2024-03-08
    """
    from reports.tables import evidence_table

    if table is not None and table not in TABLES:
        raise ScenarioError("table", repr(table), f"one of {', '.join(TABLES)}")
    evidence = load_evidence(evidence_folder, _day(as_of))
    chosen = evidence.tables if table is None else {table: evidence.tables[table]}
    if as_json:
        _print_json(
            {name: [row.model_dump(mode="json") for row in rows] for name, rows in chosen.items()}
        )
        return
    for name, rows in chosen.items():
        _stdout().print(evidence_table(name, rows, _COLUMNS[name]))


@priors_app.command("show")
def priors_show(
    name: Annotated[str | None, typer.Argument(help="Set; all of them if not given.")] = None,
    as_json: AsJson = False,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Show the priors, one row a parameter.

    Example: eflops priors show updated
    """
    from reports.tables import priors_table

    priors = load_priors(load_evidence().sources, priors_file)
    if name is not None and name not in priors.sets:
        raise ScenarioError("set", repr(name), f"one of {', '.join(priors.sets)}")
    chosen = priors.sets if name is None else {name: priors.sets[name]}
    if as_json:
        _print_json(
            {
                key: {row: json.loads(prior.model_dump_json()) for row, prior in rows.items()}
                for key, rows in chosen.items()
            }
        )
        return
    for key, rows in chosen.items():
        _stdout().print(priors_table(key, rows))


#: Columns that a listing of each table shows.
_COLUMNS = {
    "confidence_grades": ("grade", "factor", "interval_mass", "sd", "verification", "source"),
    "training_runs": (
        *("published", "system", "training_flop", "confidence", "verification", "source"),
    ),
    "sevilla_large_scale": (
        *("published", "system", "training_flop", "confidence", "verification", "source"),
    ),
    "trend_studies": (
        *("study", "selection", "slope", "slope_low", "slope_high", "interval_mass"),
        *("verification", "source"),
    ),
    "scaling_studies": (
        *("id", "a", "a_low", "a_high", "interval_mass", "set", "verification", "source"),
    ),
    "scaling_projections": (
        *("id", "parameters", "training_flop", "tokens", "reference_units", "verification"),
    ),
    "utilisation": (
        *("system", "devices", "precision", "definition", "efficiency", "use"),
        *("verification", "source"),
    ),
    "campaigns": ("system", "devices", "precision", "efficiency", "verification", "source"),
    "roadmap_figures": ("section", "quantity", "subject", "printed", "unit", "original"),
}


def main() -> None:
    """Run the command; a wrong input is one line on stderr and exit code 1."""
    try:
        app()
    except InputError as error:
        sys.stderr.write(f"eflops: {error}\n")
        raise SystemExit(EXIT_BAD_INPUT) from None


def _with_options(
    scenario: Scenario,
    year: list[str] | None,
    days: list[float] | None,
    as_of: datetime | None,
) -> Scenario:
    changes: dict[str, Any] = {}
    if year:
        changes["levers.years"] = [_year(text) for text in year]
    if days:
        changes["levers.days"] = days
    if as_of is not None:
        changes["as_of"] = _day(as_of)
    return scenario.override(changes) if changes else scenario


def _year(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return decimal_year(date.fromisoformat(text))
    except ValueError:
        raise ScenarioError("--year", repr(text), "a decimal year or an ISO date") from None


def _day(as_of: datetime | None) -> date | None:
    return None if as_of is None else as_of.date()


def _refuse_twice(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError("scenarios", f"{name!r} twice", "each scenario once")


def _report_failed(summary: dict[str, Any]) -> None:
    from reports.tables import check_text

    for name, scenario in summary["scenarios"].items():
        for check in scenario["checks"]:
            if not check["passed"]:
                sys.stderr.write(f"eflops: check failed: {name}: {check_text(check)}\n")


def _print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")


def _stdout() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


@contextmanager
def _progress() -> "Iterator[Progress]":
    """Show a bar a scenario on stderr; nothing where stderr is not a terminal."""
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    with Bars(console=console, disable=not console.is_terminal, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(name: str, done: int, of: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=of)
            bars.update(tasks[name], completed=done, total=of)

        yield tell


@contextmanager
def _client(address: str | None) -> Iterator[Any]:
    """Connect to a Dask scheduler; None where no address is given."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise ScenarioError(
            "--scheduler", "no package `distributed`", "an installation with eflops[cluster]"
        ) from None
    try:
        client = Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise ScenarioError("--scheduler", f"{address}: {error}", "a running scheduler") from error
    with client:
        yield client
