"""`eflops specify`: what a requirement specification says."""

from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.fits import FitRequest, obtain_fits
from reports.cli.request.options import (
    Architecture,
    AsJson,
    AsOf,
    Chains,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    Lang,
    NoCache,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
    Stack,
    TokensRatio,
    Uptime,
    Wide,
    lever_changes,
    print_json,
    sampler_of,
    stdout,
)
from reports.cli.request.plain import number


def specify(
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = "updated",
    assurance: Annotated[
        float, typer.Option(help="Probability with which the need is to be met.")
    ] = 0.9,
    machine: Annotated[
        str | None,
        typer.Option(help="Machine whose device is counted.", show_default="the scenario's"),
    ] = None,
    parameters: Annotated[
        float | None,
        typer.Option(
            parser=number,
            metavar="NUMBER",
            help="Parameters of the test's model.",
            show_default="acceptance.toml",
        ),
    ] = None,
    devices_tested: Annotated[
        int | None, typer.Option(help="Devices of the test.", show_default="acceptance.toml")
    ] = None,
    tokens_per_second: Annotated[
        float | None,
        typer.Option(
            parser=number, metavar="NUMBER", help="Rate in the test that a vendor commits to."
        ),
    ] = None,
    year: Annotated[
        str | None, typer.Option(help="Decimal year or ISO date.", show_default="scenario's last")
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            parser=number,
            metavar="NUMBER",
            help="Days of the campaign.",
            show_default="scenario's last",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="What is trained.", show_default="model-size, or headline")
    ] = None,
    lag: Lag = None,
    precision: Annotated[
        str | None, typer.Option(help="Dense precision.", show_default="scenario's first")
    ] = None,
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
    """Write what a requirement specification says: the size, and the test that accepts it.

    Example: eflops specify updated --assurance 0.9 --days 80 --precision FP8
    """
    from analysis.specify.specify import specify_machine
    from priors.acceptance import load_acceptance_test
    from priors.offers import load_machine
    from priors.scenario import load_scenario
    from reports.tables.specify import print_specification

    given = {"parameters": parameters, "devices": devices_tested}
    test = load_acceptance_test().override({k: v for k, v in given.items() if v is not None})
    counted = None
    if machine is not None:
        reference = load_scenario("updated").levers.device
        evidence = load_evidence(evidence_folder)
        counted = load_machine(machine, evidence, reference, otherwise=1)
    if target is None and lag is not None:
        target = "lag"
    request = FitRequest(
        names=[scenario],
        levers=lever_changes(
            None if year is None else [year],
            None if days is None else [str(days)],
            lag,
            None if precision is None else [precision],
            None,
            None if target is None else [target],
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
    made = obtain_fits(request)
    made.require_passed()
    (fit,) = made.fits
    levers = fit.scenario.levers
    default = "model-size" if "model-size" in levers.asked else levers.headline
    fit = fit.ask(
        {
            "levers.targets": [target or default],
            "levers.lag_years": lag,
            "levers.years": [levers.years[-1]],
            "levers.days": [levers.days[-1]],
            "levers.precisions": [levers.precisions[0]],
        }
    )
    found = specify_machine(
        fit, test, assurance=assurance, machine=counted, tokens_per_second=tokens_per_second
    )
    found["manifest"] = made.manifest
    if as_json:
        print_json(found)
    else:
        print_specification(found, stdout(wide=wide))
    end_on_failed(found["checks"], fit.scenario.name)
