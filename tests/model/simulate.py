"""Evidence as the model itself would produce it at a known truth, written as a folder of tables."""

import csv
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.random import Generator

from model.chain import frontier_flop, share
from model.delivered.step_mfu import COEFFICIENTS, mfu_basis
from model.gaussian import NUMERIC
from model.trend import decay, drift_effects, ramps
from priors.documents import DATA
from priors.elicit import interval_sd, printed_decimals
from priors.evidence import TABLES, Evidence
from priors.records.laws import StudyRow
from priors.records.machines import CampaignRow, GoodputRow, UtilisationRow
from priors.records.row import Row
from priors.records.runs import RunRow


def simulate_evidence(
    directory: Path, *, truth: Mapping[str, float], rng: Generator, template: Evidence
) -> None:
    """Write a folder of evidence whose figures are drawn from the model at a known truth.

    The design stays that of the template: dates, confidence grades, ranks at release, systems,
    precisions, stacks, device counts, the widths of the studies' intervals, and the decimals that
    are printed. Replaced are the figures that the model describes:

    - `training_runs`: `training_flop` (FLOP) of every run;
    - `scaling_studies`: `a` (1) and `size_parameters` of every study that states them, the
      interval of a moved along and `b` left empty;
    - `utilisation`: `efficiency` (share) of the rows of use `step-mfu`;
    - `campaigns`: `efficiency` (share) of the campaigns with a `step_id`;
    - `goodput`: `goodput` (share) of the rows in use, or whether their bound is kept.

    All other rows and tables are copied, and `sources.toml` too, so that `load_evidence` reads
    the folder.

    Parameters
    ----------
    directory
        Is made if it is not there.
    truth
        Parameters and constants by their names in `priors.parameters`, on the scale and in the
        unit stated there (log10 FLOP, OOM/yr, dex, logit, decimal year, ...). With
        `trend_drift`, `trend_walk` or `trend_saturation` the trend is of that form, without it
        straight. What no row
        of evidence measures (the law's closure) is not needed; a covariate of step MFU
        that is not given has no effect.
    rng
        Source of every draw.
    template
        Evidence with the design.
    """
    steps = _steps(template.utilisation, truth, rng)
    goodput, known = _goodput(template.goodput, truth, rng)
    simulated = replace(
        template,
        training_runs=_runs(template, truth, rng),
        scaling_studies=_studies(template.scaling_studies, truth, rng),
        utilisation=steps,
        campaigns=_campaigns(template.campaigns, steps, known, truth, rng),
        goodput=goodput,
    )
    directory.mkdir(parents=True, exist_ok=True)
    shutil.copy(DATA / "sources.toml", directory)
    for name, rows in simulated.tables.items():
        _write(directory / f"{name}.csv", list(TABLES[name].model_fields), rows)


def _runs(template: Evidence, truth: Mapping[str, float], rng: Generator) -> tuple[RunRow, ...]:
    runs = template.training_runs
    grade_sd = {row.grade: row.sd for row in template.confidence_grades}
    years = np.array([run.year for run in runs])
    turns = np.arange(np.floor(years.min()), years.max())
    elapsed, starts = years - truth["trend_pivot"], turns - truth["trend_pivot"]
    steps = truth.get("trend_walk", 0) * rng.standard_normal(len(starts))
    if "trend_drift" in truth:
        changes = truth["trend_drift"] * rng.standard_normal(len(starts) - 1)
        steps = steps + drift_effects(starts[1:], starts) @ changes
    if "trend_saturation" in truth:
        steps = steps + truth["trend_slope"] * decay(
            NUMERIC, np.array(truth["trend_saturation"]), starts
        )
    sd = np.hypot(
        truth["trend_noise"],
        truth["trend_grade_factor"] * np.array([grade_sd[run.confidence] for run in runs]),
    )
    deviation = ramps(elapsed, starts) @ steps + sd * rng.standard_normal(len(runs))
    flop = frontier_flop(truth["trend_level"], truth["trend_slope"], elapsed, deviation)
    return tuple(
        run.model_copy(update={"training_flop": float(value)})
        for run, value in zip(runs, flop, strict=True)
    )


def _studies(
    rows: Sequence[StudyRow], truth: Mapping[str, float], rng: Generator
) -> tuple[StudyRow, ...]:
    """Draw a law for each set of runs, and what each of its studies prints of it."""
    size, exponent = truth["law_size_spread"], truth["law_exponent_spread"]
    shared = truth["law_correlation"] * size * exponent
    mean = [truth["law_pivot_parameters"], truth["law_exponent_mean"]]
    covariance = [[size**2, shared], [shared, exponent**2]]
    runs = sorted({row.computed_from for row in rows})
    laws = dict(zip(runs, rng.multivariate_normal(mean, covariance, len(runs)), strict=True))
    return tuple(_study(row, laws[row.computed_from], truth, rng) for row in rows)


def _study(
    study: StudyRow, law: np.ndarray, truth: Mapping[str, float], rng: Generator
) -> StudyRow:
    """Draw exponent and size with the study's own errors, and move its interval along."""
    low, high, mass = study.a_low, study.a_high, study.interval_mass
    if low is None or high is None or mass is None:
        error = truth["law_unstated_sd"]
    else:
        error = interval_sd(low, high, mass)
        if study.interval_kind == "subsample":
            error *= truth["law_subsample_factor"]
    a = round(float(rng.normal(law[1], error)), study.decimals)
    size = study.size_parameters
    if size is not None and study.size_flop is not None:
        line = law[0] + law[1] * np.log10(study.size_flop / truth["law_pivot_flop"])
        size = float(10 ** rng.normal(line, study.size_sd or truth["law_unstated_size_sd"]))
    moved = {"a_low": low, "a_high": high}
    return study.model_copy(
        update={
            "a": a,
            **{
                key: None if bound is None else round(bound + a - study.a, printed_decimals(bound))
                for key, bound in moved.items()
            },
            "size_parameters": size,
            **dict.fromkeys(("b", "b_low", "b_high")),
        }
    )


def _steps(
    rows: Sequence[UtilisationRow], truth: Mapping[str, float], rng: Generator
) -> tuple[UtilisationRow, ...]:
    used = [row for row in rows if row.use == "step-mfu"]
    basis = mfu_basis([row.machine for row in used], truth["mfu_device_pivot"])
    systems = sorted({row.group for row in used})
    effects = truth["mfu_system_spread"] * rng.standard_normal(len(systems))
    effect = dict(zip(systems, effects, strict=True))
    logit = basis @ [truth.get(name, 0.0) for name in COEFFICIENTS]
    logit += [effect[row.group] for row in used]
    logit += truth["mfu_run_spread"] * rng.standard_normal(len(used))
    printed = {
        row.id: _printed(float(value), printed_decimals(row.efficiency))
        for row, value in zip(used, share(logit), strict=True)
    }
    return tuple(
        row.model_copy(update={"efficiency": printed.get(row.id, row.efficiency)}) for row in rows
    )


def _printed(value: float, decimals: int) -> float:
    """Round a share, but never to 0 or 1."""
    last_digit = 10.0**-decimals
    return round(min(max(value, last_digit), 1 - last_digit), decimals)


def _goodput(
    rows: Sequence[GoodputRow], truth: Mapping[str, float], rng: Generator
) -> tuple[tuple[GoodputRow, ...], dict[str | None, float]]:
    """Draw the goodput of each row in use; rows, and logit of the goodput by campaign."""
    made, by_campaign = [], {}
    for row in rows:
        if row.use == "goodput":
            logit = rng.normal(
                _goodput_logit(truth, row.devices, row.architecture == "moe"),
                truth["campaign_goodput_spread"],
            )
            by_campaign[row.campaign_id] = logit
            value = float(share(logit))
            if row.bound == "value":
                update = {"goodput": _printed(value, printed_decimals(row.goodput))}
            else:
                update = {"bound": "at least" if value >= row.goodput else "below"}
            row = row.model_copy(update=update)
        made.append(row)
    return tuple(made), by_campaign


def _goodput_logit(truth: Mapping[str, float], devices: int, moe: bool) -> float:
    decades = np.log10(devices / truth["campaign_device_pivot"])
    logit = truth["campaign_goodput"] - truth["campaign_goodput_devices"] * decades
    return float(logit + truth["campaign_goodput_moe"] * moe)


def _campaigns(
    rows: Sequence[CampaignRow],
    steps: Sequence[UtilisationRow],
    known: Mapping[str | None, float],
    truth: Mapping[str, float],
    rng: Generator,
) -> tuple[CampaignRow, ...]:
    step = {row.id: row for row in steps}
    made = []
    for row in rows:
        if row.step_id is not None:
            one = step[row.step_id]
            mean = _goodput_logit(truth, row.devices or one.devices, row.is_moe)
            own = rng.normal(mean, truth["campaign_goodput_spread"])
            counting = rng.normal(truth["campaign_counting"], truth["campaign_counting_spread"])
            factor = float(np.exp(counting) * share(known.get(row.id, own)))
            efficiency = _printed(factor * one.efficiency, 4)
            row = row.model_copy(update={"efficiency": efficiency})
        made.append(row)
    return tuple(made)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.model_dump() for row in rows)
