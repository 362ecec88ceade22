"""The command `eflops calibrate`: simulation-based calibration of every block and of the result."""

import json
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS, load_priors
from priors.scenario import Scenario, load_scenario
from reports.cli.failed_checks import end_on_failed
from reports.cli.options import (
    AsJson,
    EvidenceFolder,
    PriorsFile,
    Seed,
    print_json,
    progress_bars,
    stdout,
)
from reports.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from analysis.calibrate.replication import Plan, Replication


def calibrate(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")] = "updated",
    replications: Annotated[
        int, typer.Option(min=2, help="Truths drawn, and refits. The table says what they find.")
    ] = 500,
    form: Annotated[
        Literal["drifting", "linear"] | None,
        typer.Option(help="Form of the trend.", show_default="the scenario's"),
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
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option(help="Keep replications, result and figure here; go on if some are there."),
    ] = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Check that posteriors hold truths drawn from the prior as often as they should.

    Example: eflops calibrate updated --form linear --out runs/calibration
    """
    from analysis.calibrate.replication import RANKED_DRAWS, make_plan
    from analysis.calibrate.run import code_digest, judge
    from reports.manifest import manifest, now
    from reports.tables.calibrate import print_calibration

    chosen = _with_form(load_scenario(scenario), form)
    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    plan = make_plan(chosen, evidence, priors, seed=seed, noise_factor=noise_factor)
    described = {
        **manifest(evidence, priors, {chosen.name: chosen}, plan.sampler, seed),
        "created": now(),
        "form": plan.form,
        "noise_factor": noise_factor,
        "ranked_draws": RANKED_DRAWS,
        "code": code_digest(),
    }
    made = _replications(plan, out, described, replications, cores or os.cpu_count() or 1)
    document = {
        "scenario": chosen.name,
        "form": plan.form,
        "noise_factor": noise_factor,
        **judge(plan, made),
        "manifest": described,
    }
    if out is not None:
        _write(out, document)
    if as_json:
        print_json(document)
    else:
        print_calibration(document, stdout())
    end_on_failed(document["checks"])


def _with_form(scenario: Scenario, form: str | None) -> Scenario:
    return scenario if form is None else scenario.override({"trend.form": form})


def _replications(
    plan: "Plan", out: Path | None, described: dict[str, Any], replications: int, cores: int
) -> "list[Replication]":
    """Make them in the folder that is asked for, or in a temporary one."""
    from analysis.calibrate.ledger import Ledger
    from analysis.calibrate.run import calibrate as replicate

    with ExitStack() as stack:
        folder = out or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "calibration"
        ledger = stack.enter_context(Ledger(folder, described, plan.names))
        progress = stack.enter_context(progress_bars())
        try:
            return replicate(plan, ledger, replications, cores=cores, progress=progress)
        except KeyboardInterrupt:
            kept = "" if out is None else f"; the same command goes on with those in {out}"
            sys.stderr.write(f"eflops: interrupted, {len(ledger.finished)} finished{kept}\n")
            raise typer.Exit(INTERRUPTED) from None


def _write(out: Path, document: dict[str, Any]) -> None:
    from reports.figures.calibrate import rank_curves
    from reports.figures.style import svg
    from reports.new_file import write_file

    figure = rank_curves(document)
    write_file(out / "ranks.svg", svg(figure), may_replace=True)
    figure.savefig(out / "ranks.png", dpi=120)
    text = json.dumps(document, indent=1, allow_nan=False)
    write_file(out / "summary.json", f"{text}\n", may_replace=True)
