"""`eflops evidence changes`: what each correction of the evidence moved."""

from typing import Annotated

import typer

from priors.changes import load_changes
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.fits import FitRequest, obtain_fits, require_same_inputs
from reports.cli.request.options import (
    AsJson,
    Days,
    Devices,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    NoCache,
    Precisions,
    PriorsFile,
    Seed,
    Targets,
    Years,
    lever_changes,
    print_json,
    progress_bars,
    sampler_of,
    stdout,
)
from reports.exit_codes import FAILED_CHECK


def evidence_changes(
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = "updated",
    run: FinishedRunFolder = None,
    year: Years = None,
    days: Days = None,
    target: Targets = None,
    lag: Lag = None,
    precision: Precisions = None,
    devices: Devices = None,
    draws: Draws = 5000,
    seed: Seed = 1,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Undo each correction of the evidence and show how far it moved the requirement.

    Example: eflops evidence changes updated --days 80
    """
    from analysis.evidence_changes import weigh_changes
    from reports.tables.evidence_changes import print_changes

    sampler = sampler_of("exact", draws, None)
    request = FitRequest(
        names=[scenario],
        levers=lever_changes(year, days, lag, precision, devices, target),
        as_of=None,
        evidence_folder=evidence_folder,
        priors_file=priors_file,
        sampler=sampler,
        seed=seed,
        run=run,
        use_cache=not no_cache,
    )
    made = obtain_fits(request)
    made.require_passed()
    require_same_inputs(made, run)
    (fit,) = made.fits
    with progress_bars() as progress:
        document = weigh_changes(fit, load_changes(fit.evidence), sampler, progress=progress)
    document["manifest"] = made.manifest
    if as_json:
        print_json(document)
    else:
        print_changes(document, stdout())
    if any(change["failed"] for change in document["changes"]):
        raise typer.Exit(FAILED_CHECK)
