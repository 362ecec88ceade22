"""`eflops compare`: scenarios against the first one."""

from pathlib import Path
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.errors import ScenarioError
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.failed_checks import end_on_failed
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
    lever_changes,
    print_json,
    sampler_of,
    stdout,
)


def compare(
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Two or more; the first is the baseline.")
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
    out: Annotated[
        Path | None, typer.Option(help="Write comparison.json and comparison.csv in this folder.")
    ] = None,
    as_json: AsJson = False,
    wide: Wide = False,
    lang: Lang = LANGUAGES[0],  # acts when it is read
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare.compare import compare_scenarios
    from reports.tables.compare import print_comparison

    request = FitRequest(
        names=scenarios or (),
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
    )
    if out is not None:
        from reports.comparison import check_comparison_destination, write_comparison

        check_comparison_destination(out)
    if run is None and len(request.names) < 2:
        raise ScenarioError("scenarios", f"{len(request.names)} named", "two or more to compare")
    made = obtain_fits(request)
    made.require_passed()
    if len(made.fits) < 2:
        raise ScenarioError(f"run {run}", "one scenario", "two or more to compare")
    comparison = {**compare_scenarios(made.fits), "manifest": made.manifest}
    end_on_failed(comparison["checks"])
    if out is not None:
        write_comparison(out, comparison)
    if as_json:
        print_json(comparison)
    else:
        print_comparison(comparison, stdout(wide=wide))
