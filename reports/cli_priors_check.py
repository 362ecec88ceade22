"""The command `eflops priors check`: what a result owes to its priors, and where they conflict."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from priors.evidence import EVIDENCE
from priors.scenario import Scenario
from priors.spec import PRIORS
from reports.cli_fitted import Answered, Asked, FinishedRun, answer, require_passed
from reports.cli_options import (
    EXIT_FAILED_CHECK,
    AsJson,
    AsOf,
    Chains,
    Draws,
    EvidenceFolder,
    PriorsFile,
    Seed,
    print_json,
    progress_bars,
    stdout,
)

if TYPE_CHECKING:
    import xarray as xr

    from model.fit import Sampler

#: Priors that are refitted: those that move the headline most.
_REFITTED = 4


def priors_check(
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = "updated",
    run: FinishedRun = None,
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
    chains: Chains = 4,
    seed: Seed = 1,
    as_json: AsJson = False,
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Say what a result owes to its priors, and where evidence and priors conflict.

    Example: eflops priors check updated --run runs/first
    """
    import numpy as np

    from analysis.prior_check import check_priors
    from model.fit import Sampler, named_seed
    from model.inputs import make_inputs
    from reports.tables import check_text
    from reports.tables_priors_check import print_priors_check

    asked = Asked([scenario], None, None, as_of, evidence_folder, priors_file, run)
    sampler = Sampler(draws=draws, chains=chains)
    answered = answer(asked, sampler, seed=seed)
    require_passed(answered)
    chosen = answered.fitted[0].scenario
    document = {
        **check_priors(
            _tree(asked, answered, chosen.name),
            chosen,
            make_inputs(chosen, answered.evidence, answered.priors),
            np.random.default_rng(named_seed(seed, "predictive checks")),
        ),
        "roadmap_slope": None,
        "refits": [],
        "manifest": answered.summary["manifest"],
    }
    document |= _refitted(document, chosen, answered, sampler, seed, run is None, refit)
    if as_json:
        print_json(document)
    else:
        print_priors_check(document, stdout())
    failed = [check for check in document["checks"] if not check["passed"]]
    if failed:
        for check in failed:
            sys.stderr.write(f"eflops: check failed: {chosen.name}: {check_text(check)}\n")
        raise typer.Exit(EXIT_FAILED_CHECK)


def _tree(asked: Asked, answered: Answered, name: str) -> "xr.DataTree":
    """Take the groups of the scenario as fitted now, or read them from the run."""
    if asked.run is None:
        return answered.trees[name]
    import xarray as xr

    from analysis.prior_check import GROUPS
    from reports.run import read_draws

    return xr.DataTree.from_dict({group: read_draws(asked.run, name, group) for group in GROUPS})


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
    from analysis.prior_refits import refit_priors
    from analysis.prior_sensitivity import strongest_priors
    from analysis.refitted import check_refits
    from analysis.slope_conflict import confront_roadmap_slope

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
