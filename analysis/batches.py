"""Monte Carlo error of any statistic of draws: by leaving out one batch after the other."""

from collections.abc import Callable

import numpy as np
import xarray as xr
from numpy.typing import NDArray

type Array = NDArray[np.float64]

#: Batches that the draws are cut into, all chains together; at most.
BATCHES = 40


def batched(draws: xr.Dataset, batches: int = BATCHES) -> xr.Dataset:
    """Cut draws into batches of neighbours within a chain.

    Parameters
    ----------
    draws
        Dims chain and draw. Up to `batches` draws at the end of a chain that fill no batch are
        left out.

    Returns
    -------
    Dataset
        The variables of dims chain and draw, with dims batch and place.
    """
    chains = draws.sizes["chain"]
    within = max(1, min(batches // chains, draws.sizes["draw"] // 2))
    size = draws.sizes["draw"] // within
    kept = draws.isel(draw=slice(0, within * size)).drop_vars(["chain", "draw"], errors="ignore")
    return kept.map(
        lambda values: xr.DataArray(
            values.transpose("chain", "draw").values.reshape(chains * within, size),
            dims=("batch", "place"),
            attrs=values.attrs,
        )
    ).assign_attrs(draws.attrs)


def jackknife(statistic: Callable[[Array], Array], means: Array) -> tuple[Array, Array]:
    """Estimate a smooth function of means, with its standard error.

    The delete-one jackknife over batches (Quenouille 1956; Tukey 1958). Batches longer than the
    draws remember are independent, so the error holds for chains too.

    Parameters
    ----------
    statistic
        From means, shape (column,), to values, shape (value,).
    means
        Mean of each column in each batch of one size, shape (batch, column).

    Returns
    -------
    tuple of ndarray
        Values and standard errors, shape (value,).
    """
    count = len(means)
    total = means.sum(axis=0)
    without = np.stack([statistic((total - one) / (count - 1)) for one in means])
    spread = without - without.mean(axis=0)
    error = np.sqrt((count - 1) / count * (spread**2).sum(axis=0))
    return statistic(total / count), error
