"""`eflops estimate`: the requirement of scenarios."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.fits import FitRequest, obtain_fits
from reports.cli.request.options import (
    Architecture,
    AsJson,
    AsOf,
    Chains,
    Days,
    Devices,
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
    command_line,
    lever_changes,
    print_json,
    progress_bars,
    sampler_of,
    stdout,
)

_DEFAULT = ("roadmap-point", "roadmap", "updated")


def estimate(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(help=f"Built-in names or TOML files.  [default: {' '.join(_DEFAULT)}]"),
    ] = None,
    year: Years = None,
    days: Days = None,
    target: Targets = None,
    lag: Lag = None,
    precision: Precisions = None,
    devices: Devices = None,
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
    out: Annotated[Path | None, typer.Option(help="Write a run directory here.")] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write a workbook for a spreadsheet here.")
    ] = None,
    as_json: AsJson = False,
    wide: Wide = False,
    lang: Lang = LANGUAGES[0],
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler to fit on.")
    ] = None,
    allow_failed_checks: Annotated[
        bool,
        typer.Option(
            "--allow-failed-checks", help="Publish a result whose checks failed, marked as such."
        ),
    ] = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Sample the posterior of required EFLOPS.

    Example: eflops estimate updated --year 2030 --days 60 --out runs/first
    """
    from reports.new_file import check_new_file, write_file
    from reports.tables.estimate import print_summary

    if out is not None:
        from reports.run import check_run_destination

        check_run_destination(out)
    if xlsx is not None:
        check_new_file(xlsx, "--xlsx")
    request = FitRequest(
        names=scenarios or (() if run else _DEFAULT),
        levers=lever_changes(
            year,
            days,
            lag,
            precision,
            devices,
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
        scheduler=scheduler,
        weigh_own_rows=True,
    )
    made = obtain_fits(request, summarise=True)
    if not allow_failed_checks or not made.finite:
        made.require_passed()
    if out is not None or xlsx is not None:
        from reports.run import report_of, write_run

        with progress_bars() as progress:
            progress("report", 0, 1)
            page = report_of(made.fits, made.summary, command=command_line())
            progress("report", 1, 1)
        if xlsx is not None:
            from reports.workbook import workbook

            content = workbook(page, made.summary)
            write_file(xlsx, content, may_replace=False, option="--xlsx")
        if out is not None:
            write_run(out, made.fits, made.summary, page, language=lang)
    if as_json:
        print_json(made.summary)
    else:
        print_summary(made.summary, stdout(wide=wide))
    if made.failed:
        made.report_failed()
