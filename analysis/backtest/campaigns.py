"""Hindcast of campaign lengths, each without its own system."""

from collections.abc import Collection
from dataclasses import asdict

import numpy as np
import xarray as xr

from analysis.backtest.coverage import coverage, errors, score
from analysis.backtest.groups import held_out_groups
from analysis.backtest.held_out import failed_checks, fit_without
from analysis.checks import Check
from analysis.fit import Fit, Progress, check_refits
from model import chain
from model.delivered.efficiency import delivered
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario
from priors.selection.campaigns import Campaign, known_campaigns
from priors.thresholds import thresholds

_NAME = "campaigns"


def hindcast_campaigns(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
) -> Json:
    """Predict every campaign of known machine and FLOP from the other systems.

    For each campaign the efficiency block is fitted without the rows of its machine or team in
    `utilisation`, `campaigns` and `goodput`; the length is FLOP / (peak · step MFU · counting ·
    goodput), with precision, device count, sparsity and stack of the campaign and the effects of
    a new team.

    Parameters
    ----------
    scenario
        Its efficiency and campaign blocks are tested, as known on its `as_of`.
    progress
        Told how many fits are done.

    Returns
    -------
    dict
        `campaigns`: one row each with what `analysis.backtest.coverage.score` says of the days;
        `excluded`: id → reason; `coverage`; `error`; `width_factor`: median and largest;
        `wider`: systems whose interval is wider than the limit; `groups`: `held_out_groups`;
        `checks`: `analysis.checks.Check` as dicts.

    Raises
    ------
    ScenarioError
        No campaign is known well enough.
    """
    if scenario.as_of is not None:
        evidence = evidence.known_on(scenario.as_of)
    known, excluded = known_campaigns(evidence, scenario.efficiency.precisions)
    if not known:
        raise ScenarioError(
            f"scenario {scenario.name}",
            f"{len(excluded)} campaigns, none of them with machine, FLOP and length",
            "at least one campaign to predict",
        )
    rows: list[Json] = []
    for done, campaign in enumerate(known):
        if progress is not None:
            progress(_NAME, done, len(known))
        fit = fit_without(
            held_out_systems(campaign, evidence),
            scenario,
            evidence,
            priors,
            sampler,
            seed=named_seed(seed, campaign.row.id),
        )
        rows.append(_row(campaign, predicted_days(campaign, fit.posterior), fit))
    if progress is not None:
        progress(_NAME, len(known), len(known))
    groups: list[Json] = []
    if scenario.efficiency.data != "none":
        tell = lambda name: None if progress is None else progress(name, 0, 1)  # noqa: E731
        groups = held_out_groups(scenario, evidence, priors, sampler, seed=seed, tell=tell)
    failures = [result["failed_checks"] for result in (*rows, *groups)]
    return {
        "scenario": scenario.name,
        "campaigns": rows,
        "excluded": excluded,
        **summarise_hindcast(rows, failures),
        "groups": groups,
    }


def held_out_systems(campaign: Campaign, evidence: Evidence) -> Collection[str]:
    """Name the campaign's machine or team, and that of the step-MFU row it points to."""
    steps = {row.id: row.group for row in evidence.utilisation}
    linked = steps.get(campaign.row.step_id or "", campaign.row.group)
    return {campaign.row.group, linked}


def predicted_days(campaign: Campaign, draws: xr.Dataset) -> xr.DataArray:
    """Days that the campaign takes; dims chain and draw."""
    efficiency = delivered(draws, [campaign.machine]).isel(precision=0, drop=True)
    # EFLOPS that would do it in one day, over those that the machine delivers.
    in_a_day = chain.effective_eflops(campaign.training_flop, days=1)
    days: xr.DataArray = in_a_day / efficiency / campaign.machine.peak_eflops
    return days.assign_attrs(units="days", long_name="length of the campaign")


def summarise_hindcast(rows: list[Json], failures: list[list[str]]) -> Json:
    """Coverage, error, width and verdict of predicted campaigns.

    Parameters
    ----------
    rows
        With the keys of `analysis.backtest.coverage.score` and `system`.
    failures
        Of each fit, the checks of the sampler that it failed.
    """
    limit = thresholds("hindcast_campaigns")
    covered = coverage([row["pit"] for row in rows])
    widths = [row["width_factor"] for row in rows]
    wider = [row["system"] for row in rows if not row["width_factor"] <= limit["width_factor"]]
    share = covered["0.9"]["share"]
    checks = [
        Check.at_least(
            "campaign_coverage_90",
            share,
            limit["coverage_90"],
            "share of held-out campaigns inside their central 90 % interval",
        ),
        Check.at_most(
            "campaign_wider_share",
            len(wider) / len(rows),
            limit["wider_share"],
            f"share of campaigns whose 90 % interval spans more than {limit['width_factor']:g}",
        ),
        check_refits("campaign_refits", failures),
    ]
    return {
        "coverage": covered,
        "error": errors(rows),
        "width_factor": {"median": float(np.median(widths)), "largest": max(widths)},
        "wider": wider,
        "checks": [asdict(check) for check in checks],
    }


def _row(campaign: Campaign, days: xr.DataArray, fit: Fit) -> Json:
    row = campaign.row
    return {
        "id": row.id,
        "system": row.system,
        "published": str(row.published),
        "precision": row.precision,
        "devices": campaign.machine.devices,
        "moe": campaign.machine.moe,
        "open_hpc_stack": campaign.machine.open_hpc_stack,
        "training_flop": campaign.training_flop,
        "peak_eflops": campaign.machine.peak_eflops,
        "observed_days": campaign.days,
        **score(days.values, campaign.days),
        "failed_checks": failed_checks(fit),
    }
