"""`eflops priors check`: influence of the priors."""

from typing import Annotated

import typer

from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.fits import FitRequest, obtain_fits, require_same_inputs
from reports.cli.request.options import (
    AsJson,
    AsOf,
    Chains,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    NoCache,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
    print_json,
    progress_bars,
    sampler_of,
    stdout,
)


def priors_check(
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = "updated",
    run: FinishedRunFolder = None,
    refit: Annotated[
        bool,
        typer.Option(
            "--refit",
            help="Also refit with the priors that matter most made half and twice as wide; with "
            "--run, also confront the roadmap-era slope with later runs.",
        ),
    ] = False,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Check the influence of the priors on a result, and their conflicts with the evidence.

    Example: eflops priors check updated --run runs/first
    """
    from analysis.priors_check.check import check_priors
    from reports.tables.priors_check import print_priors_check

    request = FitRequest(
        names=[scenario],
        levers={},
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
    require_same_inputs(made, run)
    (fit,) = made.fits
    with progress_bars() as progress:
        document = check_priors(
            fit,
            request.sampler,
            seed=seed,
            roadmap_slope=run is None or refit,
            refit=refit,
            progress=progress,
        )
    document["manifest"] = made.manifest
    if as_json:
        print_json(document)
    else:
        print_priors_check(document, stdout())
    end_on_failed(document["checks"], fit.scenario.name)
