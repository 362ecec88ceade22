"""Draws of several forms of the trend, by their weights."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from model.gaussian import Array
from model.inputs import Inputs
from model.sampling.exact import BlockDraws, draw_exactly
from model.sampling.seeds import named_rng, named_seed
from model.stacking.weights import FORMS, Weights, counts
from model.trend import SPREADS
from priors.scenario import SingleForm


def assign(weights: Weights, count: int, seed: int) -> NDArray[np.intp]:
    """Give each form its share of the draws, in random order; shape (draw,), numbers of `FORMS`."""
    shares = counts(weights.weight, count)
    rng = named_rng(seed, "forms of the draws")
    return rng.permutation(np.repeat(np.arange(len(FORMS)), shares))


def draw_forms(
    inputs: Inputs, form: NDArray[np.intp], *, seed: int, cores: int
) -> tuple[dict[str, Array], list[BlockDraws]]:
    """Draw the trend of each form for its own draws, and the other blocks for all.

    Parameters
    ----------
    form
        From `assign`.

    Returns
    -------
    tuple
        Parameter → array of shape (draw,), a form's own spread NaN where another form holds; and
        the quality of the blocks, that of the trend the worst of the forms'.
    """
    exact = named_seed(seed, "exact")
    rest: list[BlockDraws] = []
    trends: list[BlockDraws] = []
    mixed = _empty(len(form))
    for number, name in enumerate(FORMS):
        mine = np.flatnonzero(form == number)
        if not len(mine):
            continue
        arrays = inputs.arrays(name)
        (trend,) = draw_exactly(name, arrays, len(mine), seed=exact, cores=cores, only=("trend",))
        if not rest:
            others = ("law", "efficiency", "campaign")
            rest = draw_exactly(name, arrays, len(form), seed=exact, cores=cores, only=others)
        trends.append(trend)
        for parameter, values in trend.draws.items():
            mixed[parameter][mine] = values
    for block in rest:
        mixed |= block.draws
    return mixed, [_worst(trends, len(form)), *rest]


def take_forms(
    sampled: Mapping[SingleForm, xr.Dataset], form: NDArray[np.intp], seed: int
) -> dict[str, Array]:
    """Take each form's share from a whole posterior of that form, as a chain's sampler drew it.

    Parameters
    ----------
    sampled
        Form → its draws, dims chain and draw, as many as are asked in all. A random part of them is
        taken: with weights well below one they are far apart in their chain.
    """
    mixed: dict[str, Array] = _empty(len(form))
    rng = named_rng(seed, "draws of the forms")
    for number, name in enumerate(FORMS):
        mine = np.flatnonzero(form == number)
        chosen = np.sort(rng.choice(len(form), size=len(mine), replace=False))
        for parameter, values in sampled[name].items():
            key = str(parameter)
            if key.startswith("trend_") and key in mixed:
                mixed[key][mine] = values.values.ravel()[chosen]
            elif not key.startswith("trend_") and key not in mixed:
                mixed[key] = values.values.ravel()
    return mixed


def _empty(count: int) -> dict[str, Array]:
    own = [name for name in SPREADS.values() if name is not None]
    names = ("trend_noise", "trend_grade_factor", *own)
    return {name: np.full(count, np.nan) for name in names}


def _worst(trends: list[BlockDraws], count: int) -> BlockDraws:
    """Quality of the draws of all forms: that of the form whose points are worst for its draws."""
    per_draw = min(one.importance_ess / len(one.draws["trend_noise"]) for one in trends)
    return replace(
        trends[0],
        draws={"trend_noise": np.empty(count)},
        points=sum(one.points for one in trends),
        importance_ess=per_draw * count,
        pareto_k=max(one.pareto_k for one in trends),
        largest_weight=max(one.largest_weight for one in trends),
    )
