"""Row of `scaling_studies.csv` from a fit of own runs."""

import math
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from analysis.evidence_import.study import MASS, IsoflopStudy, Treatment, in_words, interval
from analysis.words import say
from model.chain import training_flop
from model.law.isoflop import DELTA, law_of
from priors.errors import EvidenceError, ScenarioError
from priors.evidence import Evidence
from priors.imports.isoflop_runs import IsoflopRuns
from priors.imports.point_sketch import overlap, sketch
from priors.records.laws import StudyRow
from priors.sources import slug

#: Digits of a beyond the first of its standard error: rounding then adds nothing to it.
_GUARD_DIGITS = 2
_SMALLEST_SD = 1e-9


class Size(NamedTuple):
    """Compute-optimal parameters for some training FLOP, and the sd of their log10, dex."""

    flop: float
    parameters: float
    sd: float


@dataclass(frozen=True)
class Citation:
    """What a row says of a study beside its figures.

    Attributes
    ----------
    study
        Its name; the slug of it is the row's id.
    computed_from
        Slug of the runs: rows with the same one are not independent.
    source
        Id in the register of sources.
    published
        Day from which the figure is known.
    """

    study: str
    computed_from: str
    source: str
    published: date

    def check(self, evidence: Evidence) -> None:
        """Refuse, before any work, what could not stand beside the evidence.

        Raises
        ------
        ScenarioError
            A source that is not registered, a name without letters or that is taken, a day after
            the evidence was closed.
        """
        if self.source not in evidence.sources.by_id:
            raise ScenarioError(
                "--source", repr(self.source), "the id of a source registered in sources.toml"
            )
        last = max(evidence.as_of, evidence.sources.by_id[self.source].accessed)
        if self.published > last:
            raise ScenarioError(
                "--published",
                str(self.published),
                f"a day up to {last}, when the evidence was closed or the source accessed",
            )
        if self.row_id in {row.id for row in evidence.scaling_studies}:
            raise ScenarioError(
                "--study", repr(self.study), f"another name: scaling_studies.csv has {self.row_id}"
            )

    @property
    def row_id(self) -> str:
        """Id of the row; raises `ScenarioError` if the name of the study cannot be one."""
        return id_of(self.study, "--study")


def id_of(name: str, option: str) -> str:
    """Write a name as an id; raises `ScenarioError`, naming the option, if letters were lost."""
    found = slug(name)
    if found is None:
        raise ScenarioError(
            option, repr(name), "a name that can be written in the letters a-z and digits"
        )
    return found


def study_row(study: IsoflopStudy, citation: Citation) -> StudyRow:
    """Return the chosen treatment as a row of the table.

    Raises
    ------
    EvidenceError
        The interval of a reaches 0 or 1, or does not hold the fit itself.
    """
    chosen = study.chosen
    low, _, high = interval(chosen)
    if not 0 < low <= chosen.a <= high < 1:
        raise EvidenceError(
            chosen.runs.file,
            f"a = {chosen.a:.3g} with {MASS:.0%} of the resamples from {low:.3g} to {high:.3g}",
            "runs that hold a between 0 and 1 and within its own interval",
        )
    decimals = max(1, math.ceil(-math.log10(max(chosen.sd, _SMALLEST_SD)))) + _GUARD_DIGITS
    a, a_low, a_high = (round(value, decimals) for value in (chosen.a, low, high))
    resamples = chosen.bootstrap.sizes["resample"]
    size = _size(chosen)
    return StudyRow(
        id=citation.row_id,
        published=citation.published,
        unit="1",
        verification="ours",
        definition="exponents in N_opt = A C^a and D_opt = B C^b",
        source=citation.source,
        study=citation.study,
        approach="3 parametric loss",
        a=a,
        a_low=a_low,
        a_high=a_high,
        b=round(1 - a, decimals),
        b_low=round(1 - a_high, decimals),
        b_high=round(1 - a_low, decimals),
        interval_mass=MASS,
        interval_kind="bootstrap",
        decimals=decimals,
        size_flop=size.flop,
        size_parameters=size.parameters,
        size_sd=size.sd,
        computed_from=citation.computed_from,
        points=sketch(chosen.runs.parameters, chosen.runs.tokens, chosen.runs.loss),
        set="updated",
        confidence="derived",
        printed_in=citation.source,
        note=f"Huber loss on log loss with delta {DELTA:g}; {len(chosen.runs)} runs, "
        f"{chosen.dropped} of highest loss dropped; {resamples} resamples. "
        + " ".join(in_words(study)[0]),
    )


def _size(treatment: Treatment) -> Size:
    """Read the law off in the middle of the runs, where its size hardly depends on its exponent."""
    runs = treatment.runs
    middle = 10 ** np.log10(training_flop(runs.parameters, runs.tokens)).mean()
    flop = _rounded(float(middle))
    drawn = np.log10(law_of(treatment.bootstrap).optimal_parameters(flop))
    return Size(
        flop,
        _rounded(treatment.fit.law.optimal_parameters(flop)),
        _rounded(float(drawn.std(ddof=1))),
    )


def _rounded(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.3e}")


def warn_of_double_counting(evidence: Evidence, computed_from: str, runs: IsoflopRuns) -> list[str]:
    """Say which studies the same runs already stand behind, by their name and by their points."""
    points = sketch(runs.parameters, runs.tokens, runs.loss)
    shared = [
        say("evidence_import.same_points", share=share, study=row.id)
        for row in evidence.scaling_studies
        if row.points and row.set != "listed" and (share := overlap(points, row.points)) > 0
    ]
    rows = [row for row in evidence.scaling_studies if row.computed_from == computed_from]
    if not rows:
        return shared
    listed = ", ".join(f"{row.id} ({row.set})" for row in rows)
    return [say("evidence_import.same_runs", computed_from=computed_from, studies=listed), *shared]
