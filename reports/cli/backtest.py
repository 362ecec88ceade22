"""`eflops backtest`: what the model would have said of what came later."""

from pathlib import Path
from typing import Annotated, Any

import typer

from priors.evidence import EVIDENCE, load_evidence
from priors.prior_rows import PRIORS, load_priors
from priors.scenario import load_scenario
from reports.cli.request.failed_checks import end_on_failed
from reports.cli.request.options import (
    AsJson,
    Draws,
    EvidenceFolder,
    PriorsFile,
    Seed,
    print_json,
    progress_bars,
    sampler_of,
    stdout,
)


def backtest(
    scenario: Annotated[str, typer.Argument(help="Built-in name or TOML file.")] = "updated",
    draws: Draws = 5000,
    seed: Seed = 1,
    out: Annotated[Path | None, typer.Option(help="Keep the result and its figure here.")] = None,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Predict what is known by now from what was known before it, and score the predictions.

    Example: eflops backtest updated
    """
    from analysis.backtest.campaigns import hindcast_campaigns
    from analysis.backtest.national import hindcast_national
    from analysis.backtest.record import hindcast_record
    from analysis.backtest.systems import hindcast_systems
    from analysis.backtest.yearly import hindcast_yearly
    from analysis.manifest import manifest
    from reports.tables.backtest import print_backtest

    evidence = load_evidence(evidence_folder)
    priors = load_priors(evidence.sources, priors_file)
    chosen, sampler = load_scenario(scenario), sampler_of("exact", draws, None)
    document: dict[str, Any] = {}
    with progress_bars() as progress:
        document["trend"] = hindcast_yearly(chosen, evidence, priors, seed=seed, progress=progress)
        document["systems"] = hindcast_systems(
            chosen, evidence, priors, seed=seed, progress=progress
        )
        for name, hindcast in (
            ("record", hindcast_record),
            ("national", hindcast_national),
            ("campaigns", hindcast_campaigns),
        ):
            document[name] = hindcast(
                chosen, evidence, priors, sampler, seed=seed, progress=progress
            )
    document["manifest"] = manifest(evidence, priors, {chosen.name: chosen}, sampler, seed)
    if out is not None:
        from reports.figures.backtest import hindcasts
        from reports.new_file import write_result

        write_result(out, document, hindcasts(document), "hindcasts")
    if as_json:
        print_json(document)
    else:
        print_backtest(document, stdout())
    parts = ("trend", "record", "national", "campaigns")
    checks = [check for part in parts for check in document[part]["checks"]]
    end_on_failed(checks, chosen.name)
