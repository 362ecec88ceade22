"""`eflops assess`: an offered machine against the need."""

import math
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.errors import ScenarioError
from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.fits import FitRequest, obtain_fits
from reports.cli.request.options import (
    Architecture,
    AsJson,
    AsOf,
    Chains,
    Days,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    Lang,
    NoCache,
    Precisions,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
    Stack,
    Targets,
    TokensRatio,
    Uptime,
    Wide,
    Years,
    lever_changes,
    print_json,
    sampler_of,
    stdout,
)
from reports.cli.request.plain import number

#: Changes by which a scenario is a regime of hardware, whose precisions are those it trains in.
_OF_A_REGIME = {
    f"levers.{name}"
    for name in ("precisions", "open_hpc_stack", "goodput", "scale_penalty", "fp8_gain", "uptime")
}


def assess(
    machine: Annotated[str, typer.Argument(help="Built-in name or TOML file of a machine.")],
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = "updated",
    count: Annotated[
        int | None, typer.Option(help="Devices, in place of those of the file.")
    ] = None,
    racks: Annotated[int | None, typer.Option(help="Racks of the machine's devices.")] = None,
    share: Annotated[
        float | None,
        typer.Option(
            parser=number, metavar="NUMBER", help="Share of the machine that one campaign gets."
        ),
    ] = None,
    max_megawatts: Annotated[
        float | None,
        typer.Option(
            parser=number, metavar="NUMBER", help="Assess as many devices as this power allows, MW."
        ),
    ] = None,
    max_devices: Annotated[
        float | None,
        typer.Option(
            parser=number, metavar="NUMBER", help="Assess at most so many of its devices."
        ),
    ] = None,
    max_price: Annotated[
        float | None,
        typer.Option(
            parser=number,
            metavar="NUMBER",
            help="Assess as many devices as this price buys, in the machine's currency.",
        ),
    ] = None,
    flop: Annotated[
        list[float] | None,
        typer.Option(help="Training FLOP whose days are asked; repeatable."),
    ] = None,
    year: Years = None,
    days: Days = None,
    target: Targets = None,
    lag: Lag = None,
    precision: Precisions = None,
    tokens_ratio: TokensRatio = None,
    uptime: Uptime = None,
    architecture: Architecture = None,
    stack: Stack = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    run: FinishedRunFolder = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    wide: Wide = False,
    lang: Lang = LANGUAGES[0],  # acts when it is read
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Assess a machine: what it delivers, which needs it meets, what it trains and takes.

    Example: eflops assess fugakunext --days 80
    """
    from analysis.assess.assess import assess_machine
    from analysis.assess.budget import Ceilings, largest_under
    from priors.offers import load_machine
    from priors.scenario import load_scenario
    from reports.tables.assess import print_assessment

    request = FitRequest(
        names=[scenario],
        levers=lever_changes(
            year,
            days,
            lag,
            precision,
            None,
            target,
            tokens_ratio=tokens_ratio,
            uptime=uptime,
            architecture=architecture,
            stack=stack,
        ),
        as_of=as_of,
        evidence_folder=evidence_folder,
        priors_file=priors_file,
        sampler=sampler_of(sampler, draws, chains),
        seed=seed,
        run=run,
        use_cache=not no_cache,
    )
    ceilings = Ceilings(megawatts=max_megawatts, devices=max_devices, price=max_price)
    offered = load_machine(
        machine,
        load_evidence(evidence_folder),
        load_scenario("updated").levers.device,
        count=count,
        racks=racks,
        share=share,
        open_hpc_stack=request.levers.get("levers.open_hpc_stack"),
        otherwise=1 if ceilings.stated else None,
    )
    for name in request.levers.get("levers.precisions", ()):
        offered.require(name)
    if ceilings.stated:
        largest_under(offered, ceilings)
    amounts = _positive(flop or [])
    made = obtain_fits(request)
    made.require_passed()
    (fit,) = made.fits
    regime = any(change.key in _OF_A_REGIME for change in fit.scenario.changes)
    if not precision and not regime:
        stated = fit.scenario.efficiency.precisions
        both = [name for name in offered.device.tflops if name in stated]
        fit = fit.ask({"levers.precisions": both or list(offered.device.tflops)})
    found = assess_machine(fit, offered, ceilings, flop=amounts)
    found["manifest"] = made.manifest
    if as_json:
        print_json(found)
    else:
        print_assessment(found, stdout(wide=wide))
    end_on_failed(found["checks"], fit.scenario.name)


def _positive(flop: list[float]) -> list[float]:
    for amount in flop:
        if not 0 < amount < math.inf:
            raise ScenarioError("--flop", f"{amount:g}", "a number above 0")
    return flop
