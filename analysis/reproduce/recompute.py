"""Recomputation of the roadmap's figures, each with a verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from model import chain
from priors.errors import EvidenceError
from priors.evidence import Evidence
from priors.records.figures import RoadmapFigureRow
from priors.thresholds import thresholds
from priors.units import FLOP_PER_PARAMETER_TOKEN

type Verdict = Literal[
    "assumption", "reproduced", "within rounding", "read off a graph", "misprint", "differs"
]


@dataclass(frozen=True)
class Reproduced:
    """A printed figure beside what its rule gives.

    Attributes
    ----------
    recomputed
        In the unit of the figure; None for an assumption.
    difference
        Relative to the recomputed value.
    verdict
        `misprint` where the row says what was meant, `differs` where nothing explains it.
    """

    figure: RoadmapFigureRow
    recomputed: float | None
    difference: float | None
    verdict: Verdict


def recompute_figures(evidence: Evidence) -> list[Reproduced]:
    """Recompute every figure of the roadmap by its rule; none is skipped.

    Raises
    ------
    EvidenceError
        A figure names a rule that does not exist, or lacks an input of its rule.
    """
    rules = _rules(evidence)
    return [_judge(row, rules) for row in evidence.roadmap_figures]


def _rules(evidence: Evidence) -> Mapping[str, Callable[[RoadmapFigureRow], float]]:
    coefficient, exponent = (_printed(evidence, name) for name in ("coefficient-a", "exponent-a"))
    return {
        "effective_from_days": lambda row: chain.effective_eflops(_x(row), _x2(row)),
        "peak_from_effective": lambda row: chain.peak_eflops(_x(row), _x2(row)),
        "parameters_from_flop": lambda row: chain.named_parameters(_x(row), coefficient, exponent),
        "flop_from_parameters": lambda row: chain.flop_of_optimal(
            _x(row), 1, coefficient, exponent
        ),
        "trend_reading": lambda row: _large_scale_line(evidence, _x(row)),
        "tokens_per_parameter": lambda row: _x(row) / _x2(row),
        "ratio": lambda row: _x(row) / _x2(row) * (100 if row.unit == "%" else 1),
        "product": lambda row: _x(row) * _x2(row),
        "sixnd": lambda row: chain.training_flop(_x(row), _x2(row)),
        "reference_units": lambda row: _x(row) / _x2(row),
        "citation": _original,
        "closure": lambda row: row.printed / (FLOP_PER_PARAMETER_TOKEN * _x(row) * _x2(row)),
    }


def _judge(
    row: RoadmapFigureRow, rules: Mapping[str, Callable[[RoadmapFigureRow], float]]
) -> Reproduced:
    if row.rule == "input":
        return Reproduced(row, None, None, "assumption")
    if row.rule not in rules:
        raise EvidenceError(
            f"roadmap_figures.csv, {row.id}, rule", repr(row.rule), f"input, {', '.join(rules)}"
        )
    recomputed = float(rules[row.rule](row))
    difference = row.printed / recomputed - 1
    allowed = thresholds("reproduce").get(row.rule, 0.0)
    if f"{recomputed:.{row.digits - 1}e}" == f"{row.printed:.{row.digits - 1}e}":
        verdict: Verdict = "reproduced"
    elif abs(difference) <= allowed:
        verdict = "read off a graph" if row.rule == "trend_reading" else "within rounding"
    else:
        verdict = "misprint" if row.erratum else "differs"
    return Reproduced(row, recomputed, difference, verdict)


def _large_scale_line(evidence: Evidence, year: float) -> float:
    """Least-squares line through the large-scale systems of Sevilla et al. 2022, FLOP."""
    years = np.array([run.year for run in evidence.sevilla_large_scale])
    flop = np.log10([run.training_flop for run in evidence.sevilla_large_scale])
    slope, level = np.polyfit(years - years.mean(), flop, deg=1)
    return float(chain.frontier_flop(level, slope, year - years.mean()))


def _printed(evidence: Evidence, name: str) -> float:
    (row,) = (row for row in evidence.roadmap_figures if row.id == f"1-3-3-{name}")
    return row.printed


def _x(row: RoadmapFigureRow) -> float:
    return _input(row, row.x)


def _x2(row: RoadmapFigureRow) -> float:
    return _input(row, row.x2)


def _original(row: RoadmapFigureRow) -> float:
    return _input(row, row.original)


def _input(row: RoadmapFigureRow, value: float | None) -> float:
    if value is None:
        raise EvidenceError(
            f"roadmap_figures.csv, {row.id}", "no x, x2 or original", f"what rule {row.rule} takes"
        )
    return value
