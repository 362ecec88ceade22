"""The command `eflops priors check`: what a result owes to its priors, and where they conflict."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from priors.scenario import Scenario
from reports.cli.failed_checks import end_on_failed
from reports.cli.fits import Answered, Asked, answer, require_passed, require_same_inputs
from reports.cli.options import (
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

if TYPE_CHECKING:
    from model.sampling.sampler import Sampler

#: Priors that are refitted: those that move the headline most.
_REFITTED = 4


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
    """Say what a result owes to its priors, and where evidence and priors conflict.

    Example: eflops priors check updated --run runs/first
    """
    import numpy as np

    from analysis.priors_check.check import check_priors
    from model.inputs import make_inputs
    from model.posterior import complete
    from model.sampling.seeds import named_seed
    from reports.tables.priors_check import print_priors_check

    asked = Asked([scenario], {}, as_of, evidence_folder, priors_file, run, not no_cache)
    used = sampler_of(sampler, draws, chains)
    answered = answer(asked, used, seed=seed)
    require_passed(answered)
    require_same_inputs(answered, run)
    chosen = answered.fitted[0].scenario
    inputs = make_inputs(chosen, answered.evidence, answered.priors)
    tree = answered.trees[chosen.name]
    document = {
        **check_priors(
            complete(tree, chosen.trend.form, inputs, seed=answered.seed),
            chosen,
            inputs,
            np.random.default_rng(named_seed(seed, "predictive checks")),
        ),
        "roadmap_slope": None,
        "refits": [],
        "manifest": answered.summary["manifest"],
    }
    document |= _refitted(document, chosen, answered, used, seed, run is None, refit)
    if as_json:
        print_json(document)
    else:
        print_priors_check(document, stdout())
    end_on_failed(document["checks"], chosen.name)


def _refitted(
    document: dict[str, Any],
    scenario: Scenario,
    answered: Answered,
    sampler: "Sampler",
    seed: int,
    fitted_now: bool,
    refit: bool,
) -> dict[str, Any]:
    """Add what takes a refit: the slope where anything is fitted at all, priors where asked."""
    from analysis.priors_check.power_scaling import strongest_priors
    from analysis.priors_check.refits import refit_priors
    from analysis.priors_check.roadmap_slope import confront_roadmap_slope
    from analysis.refitted import check_refits

    found: dict[str, Any] = {"checks": list(document["checks"])}
    evidence, priors = answered.evidence, answered.priors
    with progress_bars() as progress:
        if fitted_now or refit:
            progress("roadmap-era slope", 0, 1)
            found["roadmap_slope"] = confront_roadmap_slope(evidence, priors, sampler, seed=seed)
            progress("roadmap-era slope", 1, 1)
            found["checks"] += found["roadmap_slope"]["checks"]
        if refit:
            names = strongest_priors(document["power_scaling"], _REFITTED)
            found["refits"] = refit_priors(
                names, scenario, evidence, priors, sampler, seed=seed, progress=progress
            )
            failures = {
                (row["name"], row["factor"]): row["failed_checks"] for row in found["refits"]
            }
            found["checks"].append(asdict(check_refits("prior_refits", [*failures.values()])))
    return found
