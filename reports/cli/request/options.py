"""Options that commands share, and printing of their output."""

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from analysis.words import LANGUAGES, choose_language
from priors.errors import ScenarioError
from priors.units import decimal_year
from reports.cli.request.plain import day as parse_day
from reports.cli.request.plain import number, plain_day, plain_number
from reports.tables.style import FittingConsole

if TYPE_CHECKING:
    from analysis.fit import Progress
    from model.sampling.sampler import Sampler

#: Columns of output that goes to a file or pipe.
_PIPE_WIDTH = 100
#: Columns in which every table fits.
_UNLIMITED = 1000

# Plain assignments: Typer does not look through a `type` alias.
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", parser=parse_day, metavar="DATE", help="As known on that day, everywhere."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Years = Annotated[
    list[str] | None, typer.Option("--year", help="Decimal year or ISO date; repeatable.")
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target", help="record, frontier, national, lag, model-size, roadmap-chain; repeatable."
    ),
]
Days = Annotated[
    list[str] | None,
    typer.Option(
        "--days", help="Days of the campaign, repeatable; or frontier: as long as its runs."
    ),
]
Lag = Annotated[
    float | None,
    typer.Option(
        "--lag", parser=number, metavar="NUMBER", help="Years behind the frontier, of target lag."
    ),
]
Precisions = Annotated[
    list[str] | None,
    typer.Option("--precision", help="Dense precision of the peak, BF16 or FP8; repeatable."),
]
Devices = Annotated[
    int | None, typer.Option("--devices", help="Accelerators, for the loss of MFU with scale.")
]
TokensRatio = Annotated[
    float | None,
    typer.Option(
        "--tokens-ratio",
        parser=number,
        metavar="NUMBER",
        help="Tokens over compute-optimal tokens of the model.",
    ),
]
Uptime = Annotated[
    float | None,
    typer.Option(
        "--uptime", parser=number, metavar="NUMBER", help="Scheduled availability, a share up to 1."
    ),
]


class ArchitectureName(StrEnum):
    """What kind of model is trained."""

    DENSE = "dense"
    MOE = "moe"


class StackName(StrEnum):
    """Whose software trains it."""

    TUNED = "tuned"
    OPEN = "open"


Architecture = Annotated[
    ArchitectureName | None, typer.Option("--architecture", help="A dense model, or experts.")
]
Stack = Annotated[
    StackName | None,
    typer.Option("--stack", help="tuned: a hyperscaler's software; open: an open HPC stack."),
]
Wide = Annotated[
    bool, typer.Option("--wide", help="Print tables whole, however wide the terminal is.")
]


def _speak(name: str) -> str:
    if name not in LANGUAGES:
        raise ScenarioError("--lang", repr(name), " or ".join(LANGUAGES))
    choose_language(name)
    return name


Lang = Annotated[
    str,
    typer.Option(
        "--lang", callback=_speak, is_eager=True, help="Language of the output: en or ja."
    ),
]
Draws = Annotated[int, typer.Option("--draws", min=4, max=1_000_000, help="Draws per chain.")]
Chains = Annotated[
    int | None,
    typer.Option("--chains", min=1, max=64, help="Chains of NUTS.", show_default="4"),
]


class SamplerName(StrEnum):
    """How the posterior is drawn."""

    EXACT = "exact"
    NUTS = "nuts"


SamplerChoice = Annotated[
    SamplerName,
    typer.Option(
        "--sampler", help="exact: importance sampling, independent draws; nuts: MCMC by nutpie."
    ),
]
FinishedRunFolder = Annotated[
    Path | None,
    typer.Option("--run", help="Use the posterior of this finished run; nothing is refitted."),
]
NoCache = Annotated[
    bool, typer.Option("--no-cache", help="Fit anew, and keep nothing in the cache of fits.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Root seed; same seed, same draws.")]
EvidenceFolder = Annotated[
    Path, typer.Option("--evidence", help="Folder of evidence tables.", show_default="built-in")
]
PriorsFile = Annotated[
    Path, typer.Option("--priors", help="TOML of priors.", show_default="built-in")
]


def lever_changes(
    year: list[str] | None = None,
    days: list[str] | None = None,
    lag: float | None = None,
    precision: list[str] | None = None,
    devices: int | None = None,
    target: list[str] | None = None,
    *,
    tokens_ratio: float | None = None,
    uptime: float | None = None,
    architecture: str | None = None,
    stack: str | None = None,
) -> dict[str, Any]:
    """Return the levers that the command line changes, dotted key → value."""
    given: dict[str, Any] = {
        "levers.targets": target or None,
        "levers.years": [_year(text) for text in year] if year else None,
        **_length(days or []),
        "levers.lag_years": lag,
        "levers.precisions": [text.upper() for text in precision] if precision else None,
        "levers.devices": devices,
        "levers.tokens_ratio": tokens_ratio,
        "levers.uptime": uptime,
        "levers.moe": None if architecture is None else architecture == "moe",
        "levers.open_hpc_stack": None if stack is None else stack == "open",
    }
    return {key: value for key, value in given.items() if value is not None}


def _length(days: list[str]) -> dict[str, Any]:
    """Return the levers of the lengths that are asked: numbers of days, or the frontier's."""
    if not days:
        return {}
    if days == ["frontier"]:
        return {"levers.run_length": "frontier"}
    numbers = [plain_number(text) for text in days]
    if None in numbers:
        raise ScenarioError(
            "--days", repr(" ".join(days)), "numbers of days, or frontier and nothing else"
        )
    return {"levers.days": numbers, "levers.run_length": "days"}


def sampler_of(name: str, draws: int, chains: int | None) -> "Sampler":
    """Return the sampler of the command line.

    Raises
    ------
    ScenarioError
        Chains are asked of exact draws.
    """
    from model.sampling.sampler import Sampler

    if name == "nuts":
        return Sampler(name="nuts", draws=draws, chains=chains or 4)
    if chains is not None:
        raise ScenarioError("--chains", f"{chains} with exact draws", "--sampler nuts beside it")
    return Sampler(draws=draws)


def _year(text: str) -> float:
    number = plain_number(text)
    if number is not None:
        return number
    found = plain_day(text)
    if found is None:
        raise ScenarioError("--year", repr(text), "a decimal year or an ISO date")
    return decimal_year(found.date())


def day(as_of: datetime | None) -> date | None:
    """Return the day of an `--as-of`."""
    return None if as_of is None else as_of.date()


def command_line() -> str:
    """Return the command by which the program was called."""
    return shlex.join(["eflops", *sys.argv[1:]])


def print_json(document: dict[str, Any]) -> None:
    """Print one object on one line; a NaN is an error, not JSON."""
    sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")


def stdout(*, wide: bool = False) -> Console:
    """Return a console for tables: as wide as the terminal, or 100 columns for files and pipes.

    Tables that do not fit are printed as several; `wide` prints them whole. Brackets in a text
    are no markup: texts come from evidence and scenarios.
    """
    console = FittingConsole(highlight=False, markup=False, width=_UNLIMITED if wide else None)
    if console.is_terminal or wide:
        return console
    return FittingConsole(highlight=False, markup=False, width=_PIPE_WIDTH)


@contextmanager
def progress_bars() -> "Iterator[Progress]":
    """Show one bar per scenario on stderr; nothing where stderr is not a terminal."""
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
def dask_client(address: str | None) -> Iterator[Any]:
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
