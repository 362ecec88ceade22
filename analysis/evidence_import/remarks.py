"""How own runs were read, and what is doubtful in them."""

import math
from collections import Counter
from collections.abc import Iterable

import numpy as np

from analysis.evidence_import.study import IsoflopStudy
from analysis.words import say
from model.chain import training_flop
from priors.evidence import Evidence
from priors.imports.isoflop_columns import words
from priors.imports.isoflop_runs import IsoflopRuns
from priors.imports.plausible import LOSS_OF_GUESSING
from priors.records.laws import StudyRow
from priors.thresholds import thresholds

#: Columns that number the checkpoints of a run.
_STEPS = {
    *("step", "steps", "global step", "train step", "training step", "checkpoint", "ckpt"),
    *("iteration", "iter", "ステップ", "チェックポイント"),
}
#: Words in the names of columns that only mixtures of experts have.
_MIXTURES = {"experts", "sparsity", "moe", "topk"}
#: Rows named for each reason; `--json` names them all.
_NAMED = 5


def notes_on_reading(runs: IsoflopRuns) -> list[str]:
    """Say which rows were read, how they go together, and that stated FLOP agree."""
    notes = []
    if runs.unmet:
        notes.append(say("evidence_import.unmet", count=runs.unmet))
    by_reason: dict[str, list[str]] = {}
    for row, reason, detail in runs.left_out:
        named = say("evidence_import.left_out_row", row=row, detail=detail)
        by_reason.setdefault(reason, []).append(named)
    for reason, rows in by_reason.items():
        listed = ", ".join(rows[:_NAMED]) + (", …" if len(rows) > _NAMED else "")
        notes.append(say("evidence_import.left_out", reason=reason, count=len(rows), rows=listed))
    if runs.run_column is not None:
        number = len(set(runs.clusters))
        notes.append(
            say("evidence_import.clusters", rows=len(runs), runs=number, column=runs.run_column)
        )
    if runs.flop_over_6nd is not None and not _flop_differ(runs):
        notes.append(say("evidence_import.flop_agree", **_ratio(runs)))
    return notes


def warnings_on_reading(runs: IsoflopRuns) -> list[str]:
    """Say what in the runs themselves is doubtful."""
    limit = thresholds("isoflop")
    warnings = []
    if runs.flop_over_6nd is not None and _flop_differ(runs):
        warnings.append(say("evidence_import.flop_differ", **_ratio(runs)))
    if runs.run_column is None:
        most = max(Counter(runs.parameters).values())
        steps = any(words(name) in _STEPS for name in runs.ignored)
        if most >= (2 if steps else limit["rows_of_one_size"]):
            warnings.append(say("evidence_import.checkpoints", count=most))
    for name in runs.ignored:
        if _MIXTURES & set(words(name).split()):
            warnings.append(say("evidence_import.mixtures", column=name))
    guessing = int((runs.loss > LOSS_OF_GUESSING).sum())
    if guessing:
        warnings.append(say("evidence_import.guessing", count=guessing, loss=LOSS_OF_GUESSING))
    middle = float(np.median(runs.loss))
    if middle < limit["low_loss"]:
        warnings.append(say("evidence_import.low_loss", loss=middle))
    return warnings


def warnings_on_law(study: IsoflopStudy, evidence: Evidence) -> list[str]:
    """Say where the fitted law lies far from what is published."""
    limit, law = thresholds("isoflop"), study.chosen.fit.law
    warnings = []
    if law.irreducible > limit["floor"]:
        warnings.append(say("evidence_import.floor", floor=law.irreducible))
    runs = study.chosen.runs
    log_flop = float(np.log10(training_flop(runs.parameters, runs.tokens)).mean())
    level = math.log10(law.optimal_parameters(10.0**log_flop))
    published = list(_sizes(evidence.scaling_studies, log_flop))
    if published and not (
        min(published) - limit["level_off"] <= level <= max(published) + limit["level_off"]
    ):
        warnings.append(
            say(
                "evidence_import.level_off",
                flop=10.0**log_flop,
                level=level,
                low=min(published),
                high=max(published),
            )
        )
    return warnings


def _sizes(rows: Iterable[StudyRow], log_flop: float) -> Iterable[float]:
    """log10 of the optimal parameters by every published law that states a size."""
    for row in rows:
        if row.size_flop and row.size_parameters and row.set != "listed":
            yield math.log10(row.size_parameters) + row.a * (log_flop - math.log10(row.size_flop))


def _flop_differ(runs: IsoflopRuns) -> bool:
    return abs(math.log(_ratio(runs)["median"])) > math.log1p(thresholds("isoflop")["six_n_d"])


def _ratio(runs: IsoflopRuns) -> dict[str, float]:
    assert runs.flop_over_6nd is not None  # asked only where the file has FLOP, N and D
    low, median, high = np.quantile(runs.flop_over_6nd, [0.0, 0.5, 1.0])
    return {"low": float(low), "median": float(median), "high": float(high)}
