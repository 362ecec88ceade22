"""Exact draws: importance sampling of each block, resampled.

Each block (`model.sampling.block_densities`) has one to five dimensions once its Gaussian part is
integrated out. Its posterior is drawn by importance sampling from an adapted mixture
(`model.sampling.proposal`) with scrambled Sobol points, and resampled systematically: a point of
normalised weight w gets the two whole numbers next to n·w of the n draws. With more effective
points than draws, resampling is nearly a selection without replacement, and the draws are as good
as independent ones: their Monte Carlo error is that of independent draws (tested over many
seeds).

A block is accepted if the effective number of its points reaches the number of draws and Pareto
k̂ (Vehtari et al. 2024) its limit; if not, the number of points is doubled up to `MOST_POINTS` per
draw. What is still not accepted is for the caller to draw by NUTS.
"""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from model.beliefs import Beliefs
from model.gaussian import Array
from model.sampling.block_densities import Block, blocks
from model.sampling.pareto import shape_of_tail
from model.sampling.proposal import LogDensity, Proposal, adapt, effective, weigh
from model.sampling.resample import systematic
from model.sampling.seeds import named_rng
from model.sampling.threads import one_blas_thread
from priors.scenario import SingleForm
from priors.thresholds import thresholds

#: Points per draw, at least in the first attempt and at most in the last one.
FIRST_POINTS, MOST_POINTS = 1.6, 16
#: Effective share of the points below which the proposal is fitted anew, with twice the effort, and
#: most effort.
POOR, MOST_EFFORT = 0.25, 4
#: Points in the first attempt, however few the draws: resampling is biased by one over them.
FEWEST_POINTS = 2048
#: Values that are held in memory at once: points times rows, or times squared coefficients.
_BATCH, _LEAST_WIDTH = 1_000_000, 300


@dataclass(frozen=True)
class BlockDraws:
    """Draws of the sampled parameters of one block, and how good they are.

    Attributes
    ----------
    draws
        Parameter → array of shape (draw,), independent.
    points, importance_ess, pareto_k
        Points of the last attempt, their effective number and k̂ of their weights; −inf where all
        of these are harmless.
    largest_weight
        Largest share of the draws that one point has.
    """

    name: str
    draws: Mapping[str, Array]
    points: int
    importance_ess: float
    pareto_k: float
    largest_weight: float

    @property
    def accepted(self) -> bool:
        """Whether the points are good enough for as many draws."""
        count = len(next(iter(self.draws.values())))
        return _good_enough(self.importance_ess, self.pareto_k, count)


@one_blas_thread
def draw_exactly(
    form: SingleForm,
    arrays: Mapping[str, Array],
    count: int,
    *,
    seed: int,
    cores: int = 1,
    only: Collection[str] | None = None,
) -> list[BlockDraws]:
    """Draw what the model samples, block by block.

    Parameters
    ----------
    form, arrays
        Form of the trend, and what `Inputs.arrays` returns for it.
    count
        Independent draws.
    seed
        Same arguments and seed, same draws.
    cores
        Blocks that are drawn at the same time; the draws do not depend on it.
    only
        Names of the blocks that are drawn; all if not given.
    """
    beliefs = Beliefs.of(arrays)
    with ThreadPoolExecutor(cores) as pool:
        futures = [
            pool.submit(_draw_block, block, beliefs, arrays, count, seed=seed)
            for block in blocks(form)
            if only is None or block.name in only
        ]
        return [future.result() for future in futures]


def statistics(made: list[BlockDraws]) -> xr.Dataset:
    """Diagnostics of exact draws, with dim block; the attribute `draws` is their number."""
    described = {
        "points": "points that were weighted",
        "importance_ess": "effective number of the points",
        "pareto_k": "Pareto k of the weights",
        "largest_weight": "largest share of the draws that one point has",
    }
    return xr.Dataset(
        {
            name: xr.Variable(
                "block",
                [float(getattr(block, name)) for block in made],
                {"units": "1", "long_name": long_name},
            )
            for name, long_name in described.items()
        },
        {"block": [block.name for block in made]},
        {"draws": len(next(iter(made[0].draws.values())))},
    )


def _draw_block(
    block: Block, beliefs: Beliefs, arrays: Mapping[str, Array], count: int, *, seed: int
) -> BlockDraws:
    try:
        return _by_importance(block, beliefs, arrays, count, seed=seed)
    except (FloatingPointError, np.linalg.LinAlgError):
        nothing = {name: np.full(count, np.nan) for name in block.sampled}
        return BlockDraws(block.name, nothing, 0, 0.0, np.inf, 1.0)


def _by_importance(
    block: Block, beliefs: Beliefs, arrays: Mapping[str, Array], count: int, *, seed: int
) -> BlockDraws:
    """Draw a block with twice the points until it is accepted or there are too many.

    A proposal that suits few of its points, or whose points are not accepted at last, is fitted
    anew with more effort first.

    Raises
    ------
    FloatingPointError, LinAlgError
        No point has a density, or no proposal can be fitted to those that have.
    """
    density = posterior_density(block, beliefs, arrays)
    effort, fewest = 1, max(FEWEST_POINTS, 1 << int(np.ceil(np.log2(FIRST_POINTS * count))))
    proposal, points = _adapted(block, density, seed, effort), fewest
    while True:
        z = proposal.draw(points, named_rng(seed, f"points {block.name}"))
        weights = weigh(proposal, z, density)
        ess = effective(weights)
        shape = shape_of_tail(weights, thresholds("exact")["harmless_weight"])
        accepted = _good_enough(ess, shape, count)
        last = 2 * points > max(MOST_POINTS * count, 8 * FEWEST_POINTS)
        if effort < MOST_EFFORT and (ess < POOR * points or (last and not accepted)):
            effort *= 2
            proposal, points = _adapted(block, density, seed, effort), fewest
            continue
        if accepted or last:
            break
        points *= 2
    rng = named_rng(seed, f"resample {block.name}")
    chosen = rng.permutation(systematic(weights, count, rng))
    return BlockDraws(
        name=block.name,
        draws={
            name: beliefs.place_normal(name, z[chosen, i]) for i, name in enumerate(block.sampled)
        },
        points=points,
        importance_ess=ess,
        pareto_k=shape,
        largest_weight=float(weights.max()),
    )


def _adapted(block: Block, density: LogDensity, seed: int, effort: int) -> Proposal:
    name = f"adapt {block.name}" + (f", effort {effort}" if effort > 1 else "")
    return adapt(density, len(block.sampled), named_rng(seed, name), effort)


def _good_enough(importance_ess: float, pareto_k: float, count: int) -> bool:
    """Whether points of such weights are good enough for so many draws."""
    limit = thresholds("exact")
    wanted = limit["importance_ess_per_draw"] * count
    return importance_ess >= wanted and pareto_k <= limit["pareto_k"]


def posterior_density(block: Block, beliefs: Beliefs, arrays: Mapping[str, Array]) -> LogDensity:
    """Log posterior density of a block over standard normal bases, up to a constant.

    Returns
    -------
    callable
        From shape (point, dimension) to shape (point,); −inf where a parameter overflows.
    """
    data = block.prepare(beliefs, arrays)
    widest = max(max(array.shape) for array in data.values())
    batch = max(1, _BATCH // max(widest, _LEAST_WIDTH))

    def density(z: Array) -> Array:
        starts = range(0, len(z), batch)
        return np.concatenate([_density(block, beliefs, data, z[i : i + batch]) for i in starts])

    return density


def _density(block: Block, beliefs: Beliefs, arrays: Mapping[str, Array], z: Array) -> Array:
    with np.errstate(all="ignore"):
        at = {name: beliefs.place_normal(name, z[:, i]) for i, name in enumerate(block.sampled)}
        try:
            value = block.log_likelihood(beliefs, arrays, at) - (z**2).sum(axis=-1) / 2
        except np.linalg.LinAlgError:  # one point is so far out that a matrix is not definite
            if len(z) == 1:
                return np.array([-np.inf])
            half = len(z) // 2
            parts = [_density(block, beliefs, arrays, part) for part in (z[:half], z[half:])]
            return np.concatenate(parts)
    return np.where(np.isfinite(value), value, -np.inf)
