"""`eflops calibrate`: simulation-based calibration."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS, load_priors
from priors.scenario import load_scenario
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.options import (
    AsJson,
    EvidenceFolder,
    PriorsFile,
    Seed,
    print_json,
    progress_bars,
    stdout,
)
from reports.exit_codes import INTERRUPTED


def calibrate(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")] = "updated",
    replications: Annotated[
        int, typer.Option(min=2, help="Truths drawn, and refits. The table says what they find.")
    ] = 1000,
    form: Annotated[
        Literal["linear", "drifting", "random-walk", "saturating", "stacked"] | None,
        typer.Option(
            help="Form of the trend; stacked: the combined requirement.",
            show_default="the scenario's; drifting where it combines all",
        ),
    ] = None,
    cores: Annotated[
        int | None, typer.Option(min=1, help="Processes.", show_default="all cores")
    ] = None,
    noise_factor: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="Self-test of the test: draw the rows with every noise sd of the truth times "
            "this. Unless it is 1, the model is wrong and checks should fail.",
        ),
    ] = 1.0,
    broken: Annotated[
        Literal["noise", "law-spread", "swapped-sign"] | None,
        typer.Option(
            help="Self-test: draw the rows with twice the noise, laws three times as different, or "
            "every covariate of step MFU the wrong way. Checks should fail.",
        ),
    ] = None,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Keep replications, result and figure here; go on if some are there."),
    ] = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Test the calibration of the posteriors by simulation (SBC).

    Example: eflops calibrate updated --form linear --out runs/calibration
    """
    from analysis.calibrate.run import CalibrationInterrupted, run_calibration
    from reports.tables.calibrate import print_calibration

    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen = load_scenario(scenario)
    if form is None and chosen.trend.form == "stacked":
        form = "drifting"
    try:
        with progress_bars() as progress:
            document = run_calibration(
                chosen if form is None else chosen.override({"trend.form": form}),
                evidence,
                priors,
                replications=replications,
                seed=seed,
                noise_factor=noise_factor,
                broken=broken,
                cores=cores or os.cpu_count() or 1,
                folder=out,
                progress=progress,
            )
    except CalibrationInterrupted as interrupt:
        kept = "" if out is None else f"; the same command goes on with those in {out}"
        sys.stderr.write(f"eflops: {interrupt}{kept}\n")
        raise typer.Exit(INTERRUPTED) from None
    if out is not None:
        from reports.figures.calibrate import rank_curves
        from reports.new_file import write_result

        write_result(out, document, rank_curves(document), "ranks")
    if as_json:
        print_json(document)
    else:
        print_calibration(document, stdout())
    end_on_failed(document["checks"])
