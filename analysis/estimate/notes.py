"""Notes on how to read the numbers of a scenario."""

from collections.abc import Iterator

import numpy as np

from analysis.estimate.length import length_notes
from analysis.fit import Fit
from analysis.monte_carlo import DRAWS, mcse_of_quantiles
from analysis.own_evidence import own_notes
from analysis.reproduce.roadmap_values import RoadmapValues
from analysis.studies_left_out import study_notes
from analysis.words import noted, say
from model.requirement import log10
from model.targets import frontier_flop, years_behind_line
from priors.documents import Json
from priors.levers import Levers
from priors.scenario import Scenario
from priors.selection.frontier import by_date
from priors.thresholds import thresholds
from priors.units import decimal_year


def notes(fit: Fit) -> list[Json]:
    """Sentences about a fitted scenario, each true of its levers and numbers.

    Returns
    -------
    list of dict
        `key` in the catalogue, `values` and `text`: what each target trains; how the peak is
        computed; what is known, up to when; where the frontier stands to the roadmap's figure;
        which priors rest on sources later than `as_of`.
    """
    return [
        *_targets(fit.scenario),
        *length_notes(fit),
        *_peak(fit),
        *_evidence(fit),
        *own_notes(fit),
        *_frontier(fit),
        *study_notes(fit),
        *_walls(fit),
        *_hindsight(fit),
    ]


def _targets(scenario: Scenario) -> Iterator[Json]:
    """Say what each target trains, and on how many tokens."""
    levers, workload = scenario.levers, scenario.workload
    national = f"targets.national_{levers.national_lag}"
    values: dict[str, dict[str, object]] = {
        "lag": {"years": levers.lag_years},
        "model-size": {"parameters": workload.parameters},
        "roadmap-chain": {"coefficient": workload.coefficient, "exponent": workload.exponent},
    }
    for target in levers.asked:
        yield noted(f"targets.{target}", **values.get(target, {}))
        if target == "national":
            yield noted(national, funding=say(f"funding.{levers.national_funding}"))
    if levers.tokens_ratio == 1:
        yield noted("notes.tokens_optimal")
    else:
        yield noted("notes.tokens_ratio", ratio=levers.tokens_ratio)


def _peak(fit: Fit) -> Iterator[Json]:
    """How the peak follows, and which of its figures the roadmap's may be compared with."""
    scenario, levers = fit.scenario, fit.scenario.levers
    uptime = levers.uptime
    if scenario.campaign.data == "included":
        yield noted("notes.peak_of_one_efficiency", uptime=uptime)
    else:
        yield noted(
            "notes.peak_of_steps",
            uptime=uptime,
            devices=_devices(levers),
            stack=say(
                "notes.open_stack" if scenario.levers.open_hpc_stack else "notes.tuned_stack"
            ),
            architecture=say("notes.moe" if scenario.levers.moe else "notes.dense"),
        )
    if any("FORGE" in table for table in fit.inputs.priors["mfu_median"].computed_from):
        yield noted("notes.forge_count")
    if "FP8" in levers.precisions:
        yield noted("notes.roadmap_is_16_bit")


def _devices(levers: Levers) -> str:
    """Say which number of devices the step MFU is of."""
    if levers.devices != "from-size":
        return say("notes.given_devices", count=levers.devices)
    low, high = levers.device_range
    return say("notes.devices_from_size", name=levers.device.name, low=low, high=high)


def _evidence(fit: Fit) -> Iterator[Json]:
    """Say what is known, and the last of it that the trend has seen."""
    scenario, inputs = fit.scenario, fit.inputs
    rows = {kind: len(labels) for kind, labels in inputs.labels.items()}
    yield noted(
        "notes.evidence",
        as_of=fit.as_of,
        runs=rows["run"],
        form=say(f"forms.{scenario.trend.form}"),
        studies=rows["study"],
        rows=rows["efficiency_row"],
        systems=rows["system"],
        campaigns=rows["campaign"],
        goodput=rows["goodput_row"],
    )
    yield from _far(fit)
    if not fit.trend_runs:
        return
    last = fit.trend_runs[-1]
    yield noted("notes.last_entrant", system=last.system, day=last.published, as_of=fit.as_of)
    first, end = inputs.trend_years.min(), inputs.trend_years.max()
    beyond = [year for year in scenario.levers.trend_years if year - end > end - first]
    if beyond:
        yield noted(
            "notes.extrapolation", year=max(beyond), ahead=max(beyond) - end, span=end - first
        )


def _far(fit: Fit) -> Iterator[Json]:
    """Say which years lie far from what is known, either way."""
    limit, known = thresholds("extrapolation")["years"], decimal_year(fit.as_of)
    for year in fit.scenario.levers.trend_years:
        ahead = year - known
        if abs(ahead) > limit:
            side = say("notes.later" if ahead > 0 else "notes.earlier")
            yield noted("notes.far", year=year, distance=abs(ahead), side=side, as_of=fit.as_of)


def _frontier(fit: Fit) -> Iterator[Json]:
    """How far the frontier of each year lies from what the roadmap has for the year."""
    scenario = fit.scenario
    if not scenario.levers.trend_years:
        return
    roadmap = RoadmapValues(fit.evidence)
    years = np.array(scenario.levers.years)
    line = log10(frontier_flop(fit.posterior, years))
    median, error = 10 ** line.median(DRAWS), mcse_of_quantiles(line, [0.5]).sel(probability=0.5)
    for year in years:
        known = roadmap.find("training_flop", float(year), scenario.levers.days[0])
        if known is None:
            continue
        at = float(median.sel(year=year))
        decades = float(np.log10(at / known.value))
        yield noted(
            "notes.frontier",
            year=float(year),
            median=at,
            decades=abs(decades),
            mcse=float(error.sel(year=year)),
            side=say("notes.above" if decades >= 0 else "notes.below"),
            roadmap=known.value,
        )
        behind = years_behind_line(fit.posterior, float(year), known.value)
        low, middle, high = behind.quantile([0.025, 0.5, 0.975]).values.tolist()
        of_median = float(mcse_of_quantiles(behind, [0.5]).squeeze())
        yield noted(
            "notes.lag_of_roadmap",
            year=float(year),
            roadmap=known.value,
            median=middle,
            mcse=of_median,
            low=low,
            high=high,
        )
        first = next(
            (
                run
                for run in by_date(fit.evidence.training_runs)
                if run.training_flop >= known.value and run.published <= fit.as_of
            ),
            None,
        )
        if first is not None:
            yield noted(
                "notes.first_above", system=first.system, day=first.published, roadmap=known.value
            )


def _walls(fit: Fit) -> Iterator[Json]:
    """Say which limits draws were taken out at, and how much of each target's probability."""
    levers = fit.scenario.levers
    if levers.walls != "truncate":
        return
    removed = fit.required()["removed"]
    parts = ", ".join(
        say(
            "notes.removed",
            target=target,
            year=year,
            share=float(removed.sel(target=target, year=year)),
        )
        for target in levers.asked
        for year in levers.years
    )
    walls = ", ".join(f"{wall.flop:.0e}" for wall in fit.walls)
    yield noted("notes.truncated", walls=walls, spread=levers.wall_spread, parts=parts)


def _hindsight(fit: Fit) -> Iterator[Json]:
    """Priors that rest on sources later than what the scenario knows."""
    sources = fit.evidence.sources.by_id
    later = sorted(
        name
        for name, prior in fit.inputs.priors.items()
        if any(sources[key].published > fit.as_of for key in prior.sources)
    )
    if later:
        yield noted("notes.hindsight", count=len(later), as_of=fit.as_of, names=", ".join(later))
