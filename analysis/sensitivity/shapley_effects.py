"""Shapley effects of dependent inputs."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.random import Generator
from scipy.spatial import KDTree

from analysis.monte_carlo import batched
from analysis.shapley import Coalition, coalitions, shapley_values
from model.gaussian import Array

#: Name of the dummy input, whose share is the noise floor of the estimate.
DUMMY = "dummy"
_ANSWER = "the answer"

#: Neighbours that a conditional variance is estimated from.
_NEIGHBOURS = 50
#: Draws at which it is estimated, all together.
_PLACES = 2000
#: Batches for the standard error.
_BATCHES = 8
#: Directions in which inputs vary by less than this share of the largest are rounding.
_COLLINEAR = 1e-10


def shapley_effects(
    inputs: xr.Dataset,
    answer: xr.DataArray,
    *,
    rng: Generator,
    neighbours: int = _NEIGHBOURS,
    places: int = _PLACES,
) -> xr.Dataset:
    """Split the variance of an answer among its inputs by draws alone.

    The worth of a set u of inputs is Var(E[y | x_u]) = Var(y) − E[Var(y | x_u)] (Song, Nelson &
    Staum 2016), and an input's share its Shapley value: correlated inputs share what they explain
    together, so that no share is negative and all add up to 1 (Owen & Prieur 2017). Var(y | x_u)
    comes from the draws nearest in x_u (Broto, Bachoc & Depecker 2020), after a plane has been
    fitted to them (Fan & Gijbels 1996), without which the slope within the neighbourhood counts
    as variance. A dummy input, independent of the answer, is included: its share
    is the noise floor of the estimate.

    Parameters
    ----------
    inputs
        Draws of everything that the answer is a function of, dims chain and draw.
    answer
        The answer to each, dims chain and draw.
    rng
        Draws the dummy.
    neighbours, places
        Draws in a neighbourhood, and how many neighbourhoods, evenly spread over the draws.

    Returns
    -------
    Dataset
        Over `input`, `DUMMY` last: `share` of the variance, and its standard error `share_mcse`,
        from estimates for batches of the draws.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(0)
    >>> first, second, third = rng.normal(size=(3, 4, 2500))
    >>> inputs = {"a": first, "b": 0.8 * first + 0.6 * second, "c": third}  # a and b go together
    >>> inputs = xr.Dataset({name: (("chain", "draw"), x) for name, x in inputs.items()})
    >>> effects = shapley_effects(inputs, inputs["a"] + inputs["b"] + inputs["c"], rng=rng)
    >>> effects["share"].round(1).values.tolist()  # 1.8, 1.8 and 1 of 4.6, and the dummy
    [0.4, 0.4, 0.2, 0.0]
    """
    players = [*map(str, inputs.data_vars), DUMMY]
    dummy = xr.DataArray(rng.standard_normal(answer.shape), dims=answer.dims)
    everything = inputs.assign({DUMMY: dummy, _ANSWER: answer})
    pooled = batched(everything, 1).stack(sample=("batch", "place"), create_index=False)
    share = _shares(pooled, players, neighbours, places)
    pieces = batched(everything, _BATCHES)
    count = pieces.sizes["batch"]
    parts = [
        _shares(pieces.isel(batch=i).rename(place="sample"), players, neighbours, places // count)
        for i in range(count)
    ]
    error = np.std(parts, axis=0, ddof=1) / np.sqrt(count) if count > 1 else np.full(len(share), 0)
    meaning = {"units": "1", "long_name": "share of the variance"}
    return xr.Dataset(
        {
            "share": xr.Variable("input", share, meaning),
            "share_mcse": xr.Variable(
                "input", error, {**meaning, "long_name": "standard error of the share"}
            ),
        },
        {"input": players},
    )


def _shares(draws: xr.Dataset, players: Sequence[str], neighbours: int, places: int) -> Array:
    """Shapley shares of the players, from draws of dim sample."""
    columns = {name: draws[name].values for name in players}
    answer = draws[_ANSWER].values
    at = np.unique(np.linspace(0, len(answer) - 1, places).round().astype(int))
    worth = _worth(columns, answer, at, neighbours)
    shares = shapley_values(worth, players)
    return np.array([shares[name] for name in players])


def _worth(
    columns: Mapping[str, Array], answer: Array, at: Array, neighbours: int
) -> dict[Coalition, float]:
    """Var(E[y | x_u]) / Var(y) of every set u; 1 for all that the answer is a function of."""
    variance = answer.var(ddof=1)
    worth = {}
    for u in coalitions(list(columns)):
        if not u:
            worth[u] = 0.0
        elif u >= columns.keys() - {DUMMY}:
            worth[u] = 1.0
        else:
            given = np.stack([columns[name] for name in columns if name in u], axis=1)
            worth[u] = 1 - _conditional_variance(given, answer, at, neighbours) / variance
    return worth


def _conditional_variance(given: Array, answer: Array, at: Array, neighbours: int) -> float:
    """E[Var(y | x)], from planes through the neighbours of some draws.

    Parameters
    ----------
    given
        x, shape (draw, input).
    answer
        y, shape (draw,).
    at
        Draws that neighbours are looked for, shape (place,).
    """
    x = _whitened(given)
    size = min(neighbours, len(x))
    _, near = KDTree(x).query(x[at], k=size)
    planes = np.concatenate([np.ones((*near.shape, 1)), x[near] - x[at][:, None, :]], axis=-1)
    y = answer[near] - answer[near].mean(axis=1, keepdims=True)
    axes, _ = np.linalg.qr(planes)
    explained = (np.einsum("ijk,ij->ik", axes, y) ** 2).sum(axis=1)
    residual = (y**2).sum(axis=1) - explained
    return float(residual.mean() / (size - planes.shape[-1]))


def _whitened(given: Array) -> Array:
    """Uncorrelated inputs of unit variance, so that distance does not depend on units."""
    centred = given - given.mean(axis=0)
    scale = centred.std(axis=0)
    standardised = centred[:, scale > 0] / scale[scale > 0]
    axes, sizes, _ = np.linalg.svd(standardised, full_matrices=False)
    kept = sizes > _COLLINEAR * sizes.max()
    white: Array = axes[:, kept] * np.sqrt(len(given))
    return white
