"""Weights of the forms: pseudo-BMA+, and stacking beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from model.gaussian import Array
from model.inputs import Inputs
from model.sampling.seeds import named_rng
from model.stacking.scores import log_scores
from model.stacking.windows import Window, windows
from model.trend import SPREADS
from priors.scenario import SingleForm

FORMS: tuple[SingleForm, ...] = tuple(SPREADS)

#: Of the points that scores are computed with; weights do not depend on the seed of a fit.
_SEED = 0
#: Draws of the Bayesian bootstrap, of pseudo-BMA+ and of stacking.
_BOOTSTRAP, _STACKED = 4000, 200
#: Steps of EM towards the stacking weights.
_EM_STEPS = 300


@dataclass(frozen=True)
class Weights:
    """Weights of `FORMS`, each of shape (form,).

    Attributes
    ----------
    weight, weight_sd
        Pseudo-BMA+, the mean and sd over its Bayesian bootstrap.
    stacking, stacking_sd
        Stacking weights of all windows, and their sd over a Bayesian bootstrap.
    windows
        Number of independent windows that the scores are worth.
    """

    weight: Array
    weight_sd: Array
    stacking: Array
    stacking_sd: Array
    windows: float


def weigh_forms(inputs: Inputs) -> Weights:
    """Weigh the forms by their leave-future-out scores on yearly means of the frontier.

    elpd_f is the mean log score of the windows of an origin (Bürkner et al. 2020), averaged over
    origins, times the number of independent windows: the years that the outcomes span over the
    years of a window. Weights are E[softmax(elpd)] over a Bayesian bootstrap of blocks of
    neighbouring origins, whose windows overlap (pseudo-BMA+, Yao et al. 2018). Where the past is
    short the number of windows is small, and the weights are near equal; without any window they
    are equal.

    The same runs and beliefs have the same weights, whatever a fit is drawn with, and are weighed
    once per process.
    """
    return _weigh(_Runs(inputs))


class _Runs:
    """Inputs that are the same if their trend is: runs, beliefs and how forms are weighed."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        runs = (inputs.trend_years, inputs.trend_log10_flop, inputs.trend_grade_sd)
        beliefs = [
            prior.model_dump_json(include={"family", "value", "loc", "scale", "quantiles"})
            for name, prior in inputs.priors.items()
            if name.startswith("trend_")
        ]
        choice = (inputs.stacking, inputs.knot_years, inputs.evidence_until)
        self.key = (*(values.tobytes() for values in runs), *beliefs, *choice)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Runs) and self.key == other.key


@lru_cache(maxsize=64)
def _weigh(runs: _Runs) -> Weights:
    inputs = runs.inputs
    chosen = windows(inputs)
    equal = np.full(len(FORMS), 1 / len(FORMS))
    if not chosen:
        none = np.zeros(len(FORMS))
        return Weights(equal, none, equal, none, 0.0)
    scores = np.array([log_scores(form, inputs, chosen, _SEED) for form in FORMS])
    return combine(scores, chosen, inputs, named_rng(_SEED, "weights of the forms"))


def combine(scores: Array, chosen: Sequence[Window], inputs: Inputs, rng: Generator) -> Weights:
    """Weights from the log scores of each form in each window, shape (form, window)."""
    origins = list(dict.fromkeys(window.origin for window in chosen))
    of_origin = np.array([[window.origin == origin for window in chosen] for origin in origins])
    share = of_origin / of_origin.sum(axis=1, keepdims=True)
    by_origin = scores @ share.T
    count = effective_windows(chosen, inputs)
    blocks = np.arange(len(origins)) // inputs.stacking.origins_per_block
    sizes = np.bincount(blocks)
    drawn = rng.dirichlet(np.ones(len(sizes)), size=_BOOTSTRAP)
    per_origin = (drawn / sizes)[:, blocks]
    elpd = count * per_origin @ by_origin.T
    weights = np.exp(elpd - elpd.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    stacked = _stack(scores, per_origin[:_STACKED] @ share)
    whole = _stack(scores, np.full((1, len(origins)), 1 / len(origins)) @ share)
    return Weights(
        weight=weights.mean(axis=0),
        weight_sd=weights.std(axis=0),
        stacking=whole[0],
        stacking_sd=stacked.std(axis=0),
        windows=count,
    )


def effective_windows(chosen: Sequence[Window], inputs: Inputs) -> float:
    """Years from the first origin to the end of the last outcome, over those of a window."""
    first = min(window.origin for window in chosen)
    last = min(max(window.year for window in chosen) + 1.0, inputs.evidence_until)
    return (last - first) / inputs.stacking.window_years


def _stack(scores: Array, importance: Array) -> Array:
    """Weights of the greatest Σ_window importance · log Σ_form w p, by EM; shape (row, form)."""
    density = np.exp(scores - scores.max(axis=0))
    weights = np.full((len(importance), len(scores)), 1 / len(scores))
    for _ in range(_EM_STEPS):
        mixed = weights @ density
        weights = weights * ((importance / mixed) @ density.T)
        weights /= weights.sum(axis=1, keepdims=True)
    return weights


def counts(weight: Array, draws: int) -> list[int]:
    """Whole numbers of draws that are nearest to the weights and add up to all of them."""
    exact = weight * draws
    whole = np.floor(exact).astype(int)
    rest = np.argsort(exact - whole)[::-1][: draws - whole.sum()]
    whole[rest] += 1
    found: list[int] = whole.tolist()
    return found
