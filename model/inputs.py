"""Inputs of the model: arrays of evidence and of prior parameters."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.delivered.campaigns import Campaigns
from model.delivered.step_mfu import mfu_basis
from model.gaussian import Array
from model.law.studies import Studies
from model.trend import drift_effects, ramps
from priors.double_counting import refuse_double_counting
from priors.elicit import printed_decimals, rounding_sd
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.parameters import PARAMETERS
from priors.prior_rows import Prior, Priors, parse_prior
from priors.records.runs import NationalRunRow, RunRow
from priors.scenario import Scenario, SingleForm, Stacking
from priors.selection.flagships import CLASSES, FundingClass, select_flagships
from priors.selection.frontier import select_runs
from priors.selection.studies import select_studies
from priors.units import decimal_year

_NONE = np.array([], float)


@dataclass(frozen=True)
class Records:
    """Largest FLOP published so far on 1 January of successive years.

    Attributes
    ----------
    years, log10_flop
        Shape (year,).
    """

    years: Array
    log10_flop: Array


@dataclass(frozen=True)
class Lengths:
    """Lengths of runs of the frontier.

    Attributes
    ----------
    years, log10_days
        Shape (run,): decimal year of publication, log10 days.
    """

    years: Array
    log10_days: Array


@dataclass(frozen=True)
class Flagships:
    """Flagships of one class of funding.

    Attributes
    ----------
    years, log10_flop
        Shape (run,): decimal year of publication, log10 FLOP.
    programmes
        Of the runs.
    ids
        Of the rows of evidence.
    """

    years: Array
    log10_flop: Array
    programmes: tuple[str, ...]
    ids: tuple[str, ...]

    @classmethod
    def of(cls, runs: Sequence[NationalRunRow]) -> Self:
        """Arrange rows of evidence."""
        return cls(
            years=np.array([run.year for run in runs], float),
            log10_flop=np.log10([run.training_flop for run in runs]),
            programmes=tuple(run.programme for run in runs),
            ids=tuple(run.id for run in runs),
        )


@dataclass(frozen=True)
class Inputs:
    """Evidence and beliefs of one scenario, as the model reads them.

    Attributes
    ----------
    priors
        The row of every parameter and constant.
    evidence_until
        Decimal year up to which the evidence is known.
    knot_years
        Years at whose turn a path may bend.
    stacking
        How forms are weighed.
    trend_years, trend_log10_flop, trend_grade_sd
        Shape (run,): decimal year, log10 FLOP, dex.
    studies
        Published laws.
    mfu_basis, mfu_logit, mfu_rounding_sd, mfu_membership
        Shapes (row, coefficient), (row,), (row,), (row, system).
    campaigns
        Campaigns beside their steps, and goodput.
    campaign_included
        Whether the efficiency is already that of a campaign.
    records, flagships, lengths
        What the record, the lag (by class of funding) and the length of runs are drawn from; None
        where the scenario says nothing of them.
    labels
        Names along run, study, sized_study, run_set, efficiency_row, system (the machine or team
        whose rows share an effect), campaign and goodput_row.
    """

    priors: Mapping[str, Prior]
    evidence_until: float
    knot_years: tuple[int, ...]
    stacking: Stacking
    trend_years: Array
    trend_log10_flop: Array
    trend_grade_sd: Array
    studies: Studies
    mfu_basis: Array
    mfu_logit: Array
    mfu_rounding_sd: Array
    mfu_membership: Array
    campaigns: Campaigns
    campaign_included: bool
    records: Records | None
    flagships: Mapping[FundingClass, Flagships] | None
    lengths: Lengths | None
    labels: Mapping[str, tuple[str, ...]]

    def constant(self, name: str) -> float:
        """Value of a constant that the priors state."""
        value = self.priors[name].value
        assert value is not None, name  # a constant's row is `fixed`, which requires a value
        return value

    def elapsed(self, years: Array | float) -> Array:
        """Years since the trend's pivot."""
        return np.asarray(years, float) - self.constant("trend_pivot")

    @property
    def step_years(self) -> tuple[int, ...]:
        """Years in which a path may have a step of its own: those between and about the knots."""
        return (self.knot_years[0] - 1, *self.knot_years)

    @property
    def starts(self) -> Array:
        """Beginnings of these years, years since the trend's pivot; shape (step,)."""
        return self.elapsed(np.array(self.step_years, float))

    def ramps(self, years: Array | float) -> Array:
        """Part of each year between the pivot and a moment; shape (year, step)."""
        return ramps(self.elapsed(np.atleast_1d(years)), self.starts)

    def effects(self, form: SingleForm) -> Array:
        """Return the steps that each independent change of a form makes; shape (step, change)."""
        if form == "drifting":
            return drift_effects(self.elapsed(np.array(self.knot_years, float)), self.starts)
        return np.eye(len(self.starts))[:, : len(self.starts) if form == "random-walk" else 0]

    def reached(self, form: SingleForm) -> NDArray[np.bool_]:
        """Say which changes of a form enter some datum; shape (change,)."""
        acts: NDArray[np.bool_] = (self.ramps(self.trend_years) @ self.effects(form) != 0).any(0)
        return acts

    def arrays(self, form: SingleForm) -> dict[str, Array]:
        """Everything the model of a form takes as data, by name."""
        standardised = {name: self.priors[name].standardised() for name in PARAMETERS}
        elapsed, acted = self.elapsed(self.trend_years), self.ramps(self.trend_years)
        changes = (acted @ self.effects(form))[:, self.reached(form)]
        coefficients = np.eye(2 + changes.shape[1])
        path = {
            "trend_basis": np.column_stack([np.ones_like(elapsed), elapsed, changes]),
            "trend_is_line": coefficients[:, :2],
            "trend_is_change": coefficients[:, 2:].sum(axis=1),
        }
        if form == "saturating":
            path |= {
                "trend_acted": acted,
                "trend_starts": self.starts,
                "trend_slope_column": np.array([0.0, 1.0]),
            }
        return {
            **path,
            "prior_loc": np.array([standardised[name].loc for name in PARAMETERS]),
            "prior_scale": np.array([standardised[name].scale for name in PARAMETERS]),
            "prior_shape": np.array([standardised[name].shape for name in PARAMETERS]),
            "trend_log10_flop": self.trend_log10_flop,
            "trend_grade_sd": self.trend_grade_sd,
            **self.studies.arrays(),
            "mfu_basis": self.mfu_basis,
            "mfu_logit": self.mfu_logit,
            "mfu_rounding_sd": self.mfu_rounding_sd,
            "mfu_membership": self.mfu_membership,
            **self.campaigns.arrays(),
        }

    def without_data(self) -> Self:
        """Return a copy with the beliefs only: no rows of evidence at all."""
        return replace(
            self,
            trend_years=self.trend_years[:0],
            trend_log10_flop=self.trend_log10_flop[:0],
            trend_grade_sd=self.trend_grade_sd[:0],
            studies=self.studies.only(np.zeros(len(self.studies.exponents), bool)),
            mfu_basis=self.mfu_basis[:0],
            mfu_logit=self.mfu_logit[:0],
            mfu_rounding_sd=self.mfu_rounding_sd[:0],
            mfu_membership=self.mfu_membership[:0],
            campaigns=self.campaigns.nothing(),
            records=None if self.records is None else Records(_NONE, _NONE),
            flagships=None
            if self.flagships is None
            else {funding: Flagships.of(()) for funding in self.flagships},
            lengths=None if self.lengths is None else Lengths(_NONE, _NONE),
        )

    def fitted_only(self) -> Self:
        """Return a copy that says nothing of what is read off the line after the fit."""
        return replace(self, records=None, flagships=None, lengths=None)


def make_inputs(scenario: Scenario, evidence: Evidence, priors: Priors) -> Inputs:
    """Select and arrange the evidence and beliefs of a scenario.

    `evidence` is filtered to the scenario's `as_of` here, so that no caller can forget it.

    Raises
    ------
    PriorError, ScenarioError, EvidenceError
        A missing prior row, an interval used together with its own systems, a row without a
        figure that its block needs.
    """
    whole = evidence
    if scenario.as_of is not None:
        evidence = evidence.known_on(scenario.as_of)
    beliefs = _beliefs(scenario, evidence, priors)
    runs = select_runs(evidence, scenario.trend.selection, scenario.trend.since)
    if scenario.trend.selection != "none" and not runs:
        first = min((run.published for run in whole.training_runs), default=None)
        raise ScenarioError(
            f"scenario {scenario.name}",
            f"no training run known on {evidence.as_of} since {scenario.trend.since:g}",
            f"a day after {first}, when the first became known, or trend.selection = 'none'",
        )
    rows = [row for row in evidence.utilisation if row.use == "step-mfu"]
    rows = rows if scenario.efficiency.data == "step-mfu" else []
    laws = select_studies(evidence.scaling_studies, scenario.law.studies)
    studies = Studies.of(laws, beliefs, scenario.law.datum)
    campaigns = Campaigns.of(evidence, beliefs["campaign_device_pivot"].value or 1.0)
    campaigns = campaigns if scenario.campaign.data == "published" else campaigns.nothing()
    flagships = _flagships(evidence, runs) if scenario.lag.data != "none" else None
    national = [row for rows_of in (flagships or {}).values() for row in rows_of]
    refuse_double_counting(beliefs, [*runs, *rows, *laws, *national], evidence, scenario.name)
    grade_sd = {row.grade: row.sd for row in evidence.confidence_grades}
    systems = tuple(dict.fromkeys(row.group for row in rows))
    device_pivot = beliefs["mfu_device_pivot"].value
    efficiency = np.array([row.efficiency for row in rows])
    rounding = np.array([rounding_sd(printed_decimals(row.efficiency)) for row in rows])
    return Inputs(
        priors=beliefs,
        evidence_until=decimal_year(evidence.as_of),
        stacking=scenario.trend.stacking,
        knot_years=tuple(range(scenario.trend.first_knot, scenario.trend.last_knot + 1)),
        trend_years=np.array([decimal_year(run.published) for run in runs]),
        trend_log10_flop=np.log10([run.training_flop for run in runs]),
        trend_grade_sd=np.array([grade_sd[run.confidence] for run in runs]),
        studies=studies,
        mfu_basis=mfu_basis([row.machine for row in rows], device_pivot or 1.0),
        mfu_logit=_logit(efficiency),
        mfu_rounding_sd=rounding / (efficiency * (1 - efficiency)),
        mfu_membership=np.array(
            [[float(row.group == system) for system in systems] for row in rows]
        ).reshape(len(rows), len(systems)),
        campaigns=campaigns,
        campaign_included=scenario.campaign.data == "included",
        records=_records(scenario, evidence, runs) if scenario.record.data != "none" else None,
        flagships=None
        if flagships is None
        else {funding: Flagships.of(rows_of) for funding, rows_of in flagships.items()},
        lengths=_lengths(scenario, evidence) if scenario.length.data != "none" else None,
        labels={
            "run": tuple(run.id for run in runs),
            **studies.labels,
            "efficiency_row": tuple(row.id for row in rows),
            "system": systems,
            **campaigns.labels,
        },
    )


def _beliefs(scenario: Scenario, evidence: Evidence, priors: Priors) -> dict[str, Prior]:
    beliefs = {
        **priors.block(scenario.trend.priors, "trend"),
        **priors.block(scenario.law.priors, "law"),
        **priors.block(scenario.efficiency.priors, "efficiency"),
        **priors.block(scenario.campaign.priors, "campaign"),
    }
    if scenario.record.data != "none":
        beliefs |= priors.block(scenario.record.priors, "record")
    if scenario.lag.data != "none":
        beliefs |= priors.block(scenario.lag.priors, "lag")
    if scenario.length.data != "none":
        beliefs |= priors.block(scenario.length.priors, "length")
    for name, record in scenario.prior.items():
        beliefs[name] = parse_prior(
            name, record, f"scenario {scenario.name} prior.{name}", evidence.sources
        )
    return beliefs


def _records(scenario: Scenario, evidence: Evidence, runs: Sequence[RunRow]) -> Records:
    """Collect the records on 1 January of each year up to the last run of the trend.

    That no larger run is known in the years after it says little.
    """
    in_trend = {run.id for run in runs}
    last = max((run.year for run in evidence.training_runs if run.id in in_trend), default=0.0)
    years, flop = [], []
    for year in range(scenario.record.since, math.floor(last) + 1):
        before = [run.training_flop for run in evidence.training_runs if run.year <= year]
        if before:
            years.append(float(year))
            flop.append(max(before))
    return Records(np.array(years, float), np.log10(flop))


def _lengths(scenario: Scenario, evidence: Evidence) -> Lengths:
    runs = [
        run
        for run in evidence.run_lengths
        if run.use == "frontier" and run.year >= scenario.length.since
    ]
    return Lengths(
        years=np.array([run.year for run in runs], float),
        log10_days=np.log10([run.days for run in runs]),
    )


def _flagships(
    evidence: Evidence, runs: Sequence[RunRow]
) -> dict[FundingClass, tuple[NationalRunRow, ...]]:
    in_trend = {run.id for run in runs}
    return {
        funding: select_flagships(evidence.national_runs, funding, in_trend) for funding in CLASSES
    }


def _logit(efficiency: Array) -> Array:
    return np.log(efficiency / (1 - efficiency))
