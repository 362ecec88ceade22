"""`eflops sensitivity`: drivers of the width, and the best size."""

from enum import StrEnum
from typing import Annotated

import typer

from analysis.words import LANGUAGES
from priors.costs import LossChoice, load_loss
from priors.evidence import EVIDENCE
from priors.prior_rows import PRIORS
from reports.cli.request.fits import FitRequest, obtain_fits
from reports.cli.request.options import (
    Architecture,
    AsJson,
    AsOf,
    Chains,
    Devices,
    Draws,
    EvidenceFolder,
    FinishedRunFolder,
    Lag,
    Lang,
    NoCache,
    PriorsFile,
    SamplerChoice,
    SamplerName,
    Seed,
    Stack,
    TokensRatio,
    Uptime,
    Wide,
    lever_changes,
    print_json,
    sampler_of,
    stdout,
)
from reports.cli.request.plain import number

_SCENARIO = "updated"
_CHOSEN = "costs.toml"


class Quantity(StrEnum):
    """What is required."""

    EFFECTIVE = "effective_eflops"
    PEAK = "peak_eflops"


class Scale(StrEnum):
    """What a loss is proportional to."""

    LOG10 = "log10"
    LINEAR = "linear"


def sensitivity(
    scenario: Annotated[
        str, typer.Argument(help="Built-in name or TOML file; with --run, one of its scenarios.")
    ] = _SCENARIO,
    year: Annotated[
        str | None,
        typer.Option(help="Decimal year or ISO date.", show_default="the scenario's last"),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            parser=number,
            metavar="NUMBER",
            help="Days of the campaign.",
            show_default="the scenario's last",
        ),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Dense precision.", show_default="the scenario's first")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="What is trained.", show_default="frontier, or lag with --lag"),
    ] = None,
    lag: Lag = None,
    devices: Devices = None,
    tokens_ratio: TokensRatio = None,
    uptime: Uptime = None,
    architecture: Architecture = None,
    stack: Stack = None,
    quantity: Annotated[Quantity, typer.Option(help="What is required.")] = Quantity.PEAK,
    cost_too_small: Annotated[
        float | None,
        typer.Option(
            parser=number,
            metavar="NUMBER",
            help="Cost per unit of shortfall.",
            show_default=_CHOSEN,
        ),
    ] = None,
    cost_too_large: Annotated[
        float | None,
        typer.Option(
            parser=number, metavar="NUMBER", help="Cost per unit of excess.", show_default=_CHOSEN
        ),
    ] = None,
    loss_scale: Annotated[
        Scale | None,
        typer.Option(help="Whether the unit is a dex or an EFLOPS.", show_default=_CHOSEN),
    ] = None,
    as_of: AsOf = None,
    draws: Draws = 5000,
    chains: Chains = None,
    seed: Seed = 1,
    sampler: SamplerChoice = SamplerName.EXACT,
    run: FinishedRunFolder = None,
    no_cache: NoCache = False,
    as_json: AsJson = False,
    wide: Wide = False,
    lang: Lang = LANGUAGES[0],  # acts when it is read
    evidence_folder: EvidenceFolder = EVIDENCE,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Analyse what drives the width of a requirement, and which size has the least expected loss.

    Example: eflops sensitivity updated --run runs/first --days 80 --cost-too-small 5
    """
    choice = _choice(cost_too_small, cost_too_large, loss_scale)

    import numpy as np

    from analysis.sensitivity.analyse import analyse_sensitivity
    from model.sampling.seeds import named_seed
    from reports.tables.sensitivity import print_sensitivity

    years = None if year is None else [year]
    lengths = None if days is None else [str(days)]
    precisions = None if precision is None else [precision]
    if target is None and lag is not None:
        target = "lag"
    targets = None if target is None else [target]
    request = FitRequest(
        names=[scenario],
        levers=lever_changes(
            years,
            lengths,
            lag,
            precisions,
            devices,
            targets,
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
    made = obtain_fits(request)
    made.require_passed()
    (fit,) = made.fits
    rng = np.random.default_rng(named_seed(seed, "sensitivity"))
    found = analyse_sensitivity(fit, choice, rng=rng, quantity=quantity.value)
    found["manifest"] = made.manifest
    if as_json:
        print_json(found)
    else:
        print_sensitivity(found, stdout(wide=wide))


def _choice(
    cost_too_small: float | None, cost_too_large: float | None, loss_scale: Scale | None
) -> LossChoice:
    """Costs of the file, with the options of the command line."""
    given = {
        "cost_too_small": cost_too_small,
        "cost_too_large": cost_too_large,
        "scale": None if loss_scale is None else loss_scale.value,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        return load_loss()
    return load_loss().override({**changes, "rationale": "As given on the command line."})
