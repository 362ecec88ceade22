"""The command `eflops compare`: scenarios against the first one."""

from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.fits import Asked, answer, require_passed
from reports.cli.options import (
    AsJson,
    AsOf,
    Chains,
    Days,
    Devices,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    NoCache,
    Precisions,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
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
    lag: Lag = None,
    precision: Precisions = None,
    devices: Devices = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    run: FinishedRunFolder = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Compare scenarios draw by draw with the first one, and split the shift into its parts.

    Example: eflops compare optimistic-hardware pessimistic-hardware --days 80
    """
    from analysis.compare import compare_all
    from reports.tables.compare import print_comparison

    asked = Asked(
        scenarios or (),
        lever_changes(year, days, lag, precision, devices),
        as_of,
        evidence_folder,
        priors_file,
        run,
        not no_cache,
    )
    if run is None and len(asked.names) < 2:
        raise ScenarioError("scenarios", f"{len(asked.names)} named", "two or more to compare")
    answered = answer(asked, sampler_of(sampler, draws, chains), seed=seed)
    require_passed(answered)
    if len(answered.fitted) < 2:
        raise ScenarioError(f"run {run}", "one scenario", "two or more to compare")
    comparison = {**compare_all(answered.fitted), "manifest": answered.summary["manifest"]}
    if as_json:
        print_json(comparison)
    else:
        print_comparison(comparison, stdout())
