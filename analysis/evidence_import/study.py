"""Exponent of the compute-optimal law from own runs, and its error."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import xarray as xr

from analysis.checks import Check
from analysis.fit import Progress
from analysis.words import say
from model.law.isoflop import FEWEST_RUNS, LawFit, bootstrap_law, fit_law, law_of
from model.sampling.seeds import named_seed
from priors.documents import Json
from priors.errors import EvidenceError
from priors.imports.isoflop_runs import IsoflopRuns
from priors.prior_rows import Prior
from priors.thresholds import thresholds

#: Runs of highest loss left out in the other treatment, as Besiroglu et al. 2024 left out theirs.
COMPARED = 5

#: Probability of the equal-tailed interval that is reported.
MASS = 0.9


@dataclass(frozen=True)
class Treatment:
    """The law fitted with some of the runs of highest loss left out, and its bootstrap."""

    dropped: int
    runs: IsoflopRuns
    fit: LawFit
    bootstrap: xr.Dataset

    @property
    def sd(self) -> float:
        """Standard error of a."""
        return float(self.bootstrap["a"].std(ddof=1))

    @property
    def a(self) -> float:
        """Exponent of N_opt ∝ C^a of the fit to the runs as they are."""
        return float(self.fit.law.a)


@dataclass(frozen=True)
class IsoflopStudy:
    """The treatment asked for and the one it is compared with.

    Attributes
    ----------
    other
        The rival treatment, or why there is none.
    """

    chosen: Treatment
    other: Treatment | str

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """Those that were fitted, the chosen one first."""
        return (self.chosen,) if isinstance(self.other, str) else (self.chosen, self.other)


def fit_study(
    runs: IsoflopRuns,
    *,
    dropped: int = 0,
    resamples: int,
    seed: int,
    progress: Progress | None = None,
) -> IsoflopStudy:
    """Fit the law with and without the runs of highest loss.

    Parameters
    ----------
    runs
        All of them.
    dropped
        How many of the highest loss to leave out. What is compared with is none left out, or
        `COMPARED` where none are.
    resamples, seed
        Bootstrap samples a treatment, and the root seed: a treatment's resamples do not depend
        on which one is asked for.

    Raises
    ------
    EvidenceError
        The runs, without those left out, do not determine the law.
    """

    def treat(count: int) -> Treatment:
        kept = runs.without_highest_loss(count)
        name = f"{count} of {len(runs)} runs dropped"
        fit = fit_law(kept)
        bootstrap = bootstrap_law(
            kept,
            fit,
            resamples=resamples,
            seed=named_seed(seed, f"isoflop, {count} dropped"),
            progress=None if progress is None else lambda done, of: progress(name, done, of),
        )
        return Treatment(count, kept, fit, bootstrap)

    chosen = treat(dropped)
    rival = 0 if dropped else COMPARED
    if len(runs) - rival < FEWEST_RUNS:
        return IsoflopStudy(chosen, f"{len(runs)} runs are too few to leave {rival} out")
    try:
        return IsoflopStudy(chosen, treat(rival))
    except EvidenceError as error:
        return IsoflopStudy(chosen, f"with {rival} left out, {error.found}")


def check_study(study: IsoflopStudy) -> list[Check]:
    """Verdicts on convergence, the worst over the treatments."""
    limit = thresholds("isoflop")
    gradient = max(treatment.fit.imbalance for treatment in study.treatments)
    share = max(float(_unconverged(treatment).mean()) for treatment in study.treatments)
    return [
        Check.at_most(
            "gradient",
            gradient,
            limit["gradient"],
            "gradient of the fit over its size if all runs pulled one way",
        ),
        Check.at_most(
            "unconverged_share",
            share,
            limit["unconverged_share"],
            "share of the resamples whose fit has a larger gradient than that",
        ),
    ]


def describe(treatment: Treatment, pivot_flop: float) -> Json:
    """Summarise one treatment: the law, the exponents with their errors, the level at a pivot.

    Parameters
    ----------
    treatment
        Fit and bootstrap.
    pivot_flop
        C at which the level of N_opt is given: levels at 1 FLOP are extrapolations.

    Returns
    -------
    dict
        An `sd` is None where some resamples leave the quantity undetermined.
    """
    law = treatment.fit.law
    low, median, high = interval(treatment)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        levels = np.log10(law_of(treatment.bootstrap).optimal_parameters(pivot_flop))
    return {
        "dropped": treatment.dropped,
        "runs": len(treatment.runs),
        "a": {"value": treatment.a, "sd": treatment.sd, "0.05": low, "0.5": median, "0.95": high},
        "b": {"value": 1 - treatment.a, "0.05": 1 - high, "0.5": 1 - median, "0.95": 1 - low},
        "pivot": {
            "training_flop": pivot_flop,
            "log10_parameters": math.log10(law.optimal_parameters(pivot_flop)),
            "sd": _sd(levels),
        },
        "law": {
            name: {"value": float(value), "sd": _sd(treatment.bootstrap[name])}
            for name, value in vars(law).items()
        },
        "convergence": {
            "gradient": treatment.fit.imbalance,
            "starts": treatment.fit.starts,
            "starts_at_optimum": treatment.fit.starts_there,
            "resamples": treatment.bootstrap.sizes["resample"],
            "resamples_unconverged": int(_unconverged(treatment).sum()),
        },
    }


def interval(treatment: Treatment) -> tuple[float, float, float]:
    """Return the ends of the central `MASS` interval of a with its median between them."""
    low, median, high = treatment.bootstrap["a"].quantile(
        [(1 - MASS) / 2, 0.5, (1 + MASS) / 2], dim="resample"
    )
    return float(low), float(median), float(high)


def in_words(study: IsoflopStudy) -> tuple[list[str], list[str]]:
    """Say what leaving runs out does: notes, and warnings where it matters."""
    chosen, other = study.chosen, study.other
    if isinstance(other, str):
        return [say("evidence_import.no_comparison", reason=other)], []
    without, with_all = sorted((chosen, other), key=lambda treatment: -treatment.dropped)
    number = "evidence_import.one_run" if without.dropped == 1 else "evidence_import.many_runs"
    highest = say(number, count=without.dropped)
    note = say(
        "evidence_import.both_treatments",
        runs=len(with_all.runs),
        with_all=_with_error(with_all),
        highest=highest,
        without=_with_error(without),
    )
    shift = abs(chosen.a - other.a)
    errors = shift / max(chosen.sd, math.ulp(1.0))
    if errors <= thresholds("isoflop")["shift_of_a"]:
        return [note], []
    return [note], [say("evidence_import.shift", highest=highest, shift=shift, errors=errors)]


def summarise_study(study: IsoflopStudy, beliefs: Mapping[str, Prior]) -> Json:
    """Collect what the fit says, as `eflops evidence import --kind isoflop --json` has it.

    Parameters
    ----------
    study
        Treatments fitted, the chosen one first.
    beliefs
        A set of priors: at the pivot of its law the level is given, beside the belief of it.
    """
    pivot = beliefs["law_pivot_flop"].value
    assert pivot is not None  # a constant's row is `fixed`, which requires a value
    level = beliefs["law_pivot_parameters"].standardised()
    runs, (notes, warnings) = study.chosen.runs, in_words(study)
    return {
        "kind": "isoflop",
        "file": runs.file,
        "columns": dict(runs.columns),
        "ignored_columns": list(runs.ignored),
        "rows": len(runs) + study.chosen.dropped,
        "runs": len(set(runs.clusters)),
        "run_column": runs.run_column,
        "left_out": [one._asdict() for one in runs.left_out],
        "unmet": runs.unmet,
        "flop_over_6nd": None
        if runs.flop_over_6nd is None
        else float(np.median(runs.flop_over_6nd)),
        "treatments": [describe(treatment, pivot) for treatment in study.treatments],
        "prior": {"training_flop": pivot, "log10_parameters": level.loc, "sd": level.scale},
        "checks": [asdict(check) for check in check_study(study)],
        "notes": notes,
        "warnings": warnings,
    }


def _unconverged(treatment: Treatment) -> xr.DataArray:
    return ~(treatment.bootstrap["imbalance"] <= thresholds("isoflop")["gradient"])


def _with_error(treatment: Treatment) -> str:
    return f"{treatment.a:.3f} ± {treatment.sd:.3f}"


def _sd(values: xr.DataArray) -> float | None:
    with np.errstate(invalid="ignore", over="ignore"):
        spread = float(values.std(ddof=1, skipna=False))
    return spread if math.isfinite(spread) else None
