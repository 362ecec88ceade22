"""Consistency checks of the evidence, row by row."""

import math
from collections.abc import Iterator

from analysis.evidence_check.finding import Finding, flag
from analysis.reproduce.recompute import recompute_figures
from model import chain
from priors.elicit import interval_sd, printed_decimals
from priors.evidence import Evidence
from priors.records.laws import StudyRow
from priors.selection.frontier import running_top
from priors.units import DAYS_PER_MONTH, DAYS_PER_YEAR, FLOP_PER_TERAFLOP, SECONDS_PER_HOUR


def _six_n_d(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """C = 6ND for dense models (Kaplan et al. 2020, section 2.1)."""
    for row in evidence.scaling_projections:
        if row.tokens is not None:
            implied = chain.training_flop(row.parameters, row.tokens)
            yield from flag(
                "C = 6ND",
                "scaling_projections",
                row,
                found=row.training_flop,
                expected=implied,
                allowed=limit["six_n_d"],
            )
    for run in evidence.training_runs:
        if run.architecture == "dense" and run.parameters and run.tokens:
            implied = chain.training_flop(run.parameters, run.tokens)
            yield from flag(
                "C = 6ND",
                "training_runs",
                run,
                found=run.training_flop,
                expected=implied,
                allowed=limit["six_n_d_runs"],
            )


def _reference_units(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """FLOP in units of a reference budget, such as Gopher's."""
    for row in evidence.scaling_projections:
        if row.reference_units is not None and row.reference_flop is not None:
            yield from flag(
                "FLOP / reference budget",
                "scaling_projections",
                row,
                found=row.reference_units,
                expected=row.training_flop / row.reference_flop,
                allowed=limit["reference_units"],
            )


def _closure_of_exponents(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Compare a + b with 1, as C = 6ND demands of N_opt ∝ C^a and D_opt ∝ C^b."""
    for row in evidence.scaling_studies:
        if row.b is not None:
            yield from flag(
                "a + b = 1",
                "scaling_studies",
                row,
                found=row.a + row.b,
                expected=1.0,
                allowed=limit["closure_of_exponents"],
            )


def _mirrored_bounds(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Compare a bound of a with 1 less the opposite bound of b, within half the width of b's."""
    for row in evidence.scaling_studies:
        for found, expected, width in _bounds(row):
            if abs(found - expected) > max(limit["mirrored_bounds"], width / 2):
                yield Finding("a = 1 − b", "scaling_studies", row.id, found, expected, row.erratum)


def _bounds(row: StudyRow) -> Iterator[tuple[float, float, float]]:
    if None not in (row.a_low, row.a_high, row.b_low, row.b_high):
        a_low, a_high, b_low, b_high = (
            float(bound or 0) for bound in (row.a_low, row.a_high, row.b_low, row.b_high)
        )
        yield a_low, 1 - b_high, b_high - b_low
        yield a_high, 1 - b_low, b_high - b_low


def _achieved_over_peak(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Efficiency = achieved / peak, within half a unit of its last printed digit."""
    for row in evidence.utilisation:
        if row.achieved_tflops is not None and row.peak_tflops is not None:
            digit = 10.0 ** -printed_decimals(row.efficiency) / 2
            yield from flag(
                "efficiency = achieved / peak",
                "utilisation",
                row,
                found=row.efficiency,
                expected=row.achieved_tflops / row.peak_tflops,
                allowed=max(limit["achieved_over_peak"], digit / row.efficiency),
            )


def _campaign_efficiency(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Campaign MFU = C / (device hours × peak), with C given or 6ND."""
    for row in evidence.campaigns:
        flop, hours = row.flop, row.hours
        if flop is None or hours is None or row.peak_tflops is None:
            continue
        available = hours * SECONDS_PER_HOUR * row.peak_tflops * FLOP_PER_TERAFLOP
        yield from flag(
            "campaign MFU = C / available",
            "campaigns",
            row,
            found=row.efficiency,
            expected=flop / available,
            allowed=limit["campaign"],
        )


def _grade_sd(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Compare a grade's sd with the normal whose interval is its factor either way."""
    for row in evidence.confidence_grades:
        half = math.log10(row.factor)
        yield from flag(
            "sd of a grade",
            "confidence_grades",
            row,
            found=row.sd,
            expected=interval_sd(-half, half, row.interval_mass),
            allowed=limit["grade_sd"],
        )


def _doubling_time(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Compare a slope with log10(2) over its doubling time in months of 30 days."""
    for row in evidence.trend_studies:
        if row.doubling_months is not None:
            years = row.doubling_months * DAYS_PER_MONTH / DAYS_PER_YEAR
            yield from flag(
                "slope = log10 2 / doubling time",
                "trend_studies",
                row,
                found=row.slope,
                expected=math.log10(2) / years,
                allowed=limit["doubling_time"],
            )


def _frontier_rank(evidence: Evidence, _: dict[str, float]) -> Iterator[Finding]:
    """Look for a run flagged as frontier among the ten largest of its day in the table itself.

    The other way round need not hold: the table is a part of the compiler's database.
    """
    ranked = {run.id for run in running_top(evidence.training_runs, rank=10)}
    for run in evidence.training_runs:
        if run.frontier_as_compiled and run.id not in ranked:
            yield Finding("frontier flag", "training_runs", run.id, 1.0, 0.0, run.erratum)


def _roadmap_figures(evidence: Evidence, _: dict[str, float]) -> Iterator[Finding]:
    """Recompute the roadmap's figures by its own equations, or compare with the cited source."""
    for item in recompute_figures(evidence):
        if item.verdict in {"misprint", "differs"} and item.recomputed is not None:
            yield Finding(
                check="recomputed by its rule",
                table="roadmap_figures",
                row=item.figure.id,
                found=item.figure.printed,
                expected=item.recomputed,
                acknowledged=item.figure.erratum,
            )


#: Every check, in the order in which findings are listed.
CHECKS = (
    _six_n_d,
    _reference_units,
    _closure_of_exponents,
    _mirrored_bounds,
    _achieved_over_peak,
    _campaign_efficiency,
    _grade_sd,
    _doubling_time,
    _frontier_rank,
    _roadmap_figures,
)
