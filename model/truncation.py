"""Requirements less the draws that lie beyond what is possible at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.random import Generator
from scipy import special

from model.requirement import log10
from model.sampling.resample import systematic


@dataclass(frozen=True)
class Wall:
    """A limit of training FLOP that is known up to a factor.

    Attributes
    ----------
    flop
        Median of the limit.
    until
        Decimal year up to which it holds; infinite: of any year.
    """

    flop: float
    until: float = np.inf


def truncated(
    required: xr.Dataset, walls: Sequence[Wall], spread: float, rng: Generator
) -> xr.Dataset:
    """Weigh draws by the probability that their training FLOP lie below every wall.

    w = Π_walls P(C < limit), with log10 limit ~ N(log10 wall, spread). Each target and year is
    resampled systematically by its own weights, all its quantities together.

    Parameters
    ----------
    required
        From `model.requirement.requirement`.
    spread
        Standard deviation of log10 of each limit, dex.

    Returns
    -------
    Dataset
        The same quantities, with dims target and year everywhere, and over these two:
        `removed`, the probability mass beyond the walls, and `mcse_factor`, by which Monte Carlo
        errors exceed those of as many independent draws.
    """
    log_flop = log10(required["training_flop"]).transpose("target", "year", "chain", "draw")
    shape = log_flop.shape
    weights = np.ones(shape)
    for wall in walls:
        below = special.ndtr((np.log10(wall.flop) - log_flop.values) / spread)
        holds = (log_flop["year"].values <= wall.until)[:, None, None]
        weights *= np.where(holds, below, 1.0)
    flat = weights.reshape(*shape[:2], -1)
    chosen = np.stack([[systematic(one, len(one), rng) for one in of_target] for of_target in flat])
    place = log_flop.copy(data=chosen.reshape(shape))
    everywhere = log_flop.isel(chain=0, draw=0, drop=True)
    quantities = {
        name: _taken(values.broadcast_like(everywhere), place) for name, values in required.items()
    }
    over = {dim: log_flop[dim] for dim in ("target", "year")}
    mean = flat.mean(axis=-1)
    factor = np.sqrt((flat**2).mean(axis=-1)) / mean
    return xr.Dataset(quantities, coords=required.coords).assign(
        removed=xr.DataArray(1 - mean, over, attrs={"units": "1", "long_name": "mass removed"}),
        mcse_factor=xr.DataArray(factor, over, attrs={"units": "1", "long_name": "error factor"}),
    )


def _taken(values: xr.DataArray, place: xr.DataArray) -> xr.DataArray:
    """Draws at a place of their own for each target and year."""
    rest = [dim for dim in values.dims if dim not in place.dims]
    ordered = values.transpose("target", "year", *rest, "chain", "draw")
    shape = ordered.shape
    flat = ordered.values.reshape(*shape[:-2], -1)
    index = place.values.reshape(*place.shape[:2], *(1 for _ in rest), -1)
    taken = np.take_along_axis(flat, np.broadcast_to(index, flat.shape), axis=-1)
    return ordered.copy(data=taken.reshape(shape)).transpose("chain", "draw", "target", "year", ...)
