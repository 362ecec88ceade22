"""Monte Carlo standard errors (MCSE) of means and quantiles."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr
from scipy import special

from analysis.levels import QUANTILES
from model.gaussian import Array

#: Dims of draws.
DRAWS = ("chain", "draw")
#: Batches that the draws are cut into, all chains together; at most.
BATCHES = 40
#: A log10 that varies by less than rounding does not vary.
_NO_SPREAD = 1e-12
#: Half the probability outside one standard deviation of a normal.
_ONE_SD = float(special.ndtr(-1))


def mcse_of_quantiles(log: xr.DataArray, probabilities: list[float]) -> xr.DataArray:
    """MCSE of quantiles; 0 where the draws are one value.

    Exact draws are independent: half the distance between the order statistics that hold the
    quantile with the probability of one standard deviation (Vehtari et al. 2021, section 4, with
    an effective sample size of the number of draws). Draws of a chain go to ArviZ.

    Parameters
    ----------
    log
        Dims chain, draw and any others.
    probabilities
        Of the quantiles.

    Returns
    -------
    DataArray
        Dim probability and the others of `log`; NaN where a draw is not finite.
    """
    spread = log.std(DRAWS, skipna=False)
    if float(spread.max()) < _NO_SPREAD:
        return xr.zeros_like(spread).expand_dims(probability=probabilities)
    if is_independent(log):
        errors = _independent(log, probabilities, spread)
    else:
        import arviz_stats as azs  # takes longer to import than exact draws take to summarise

        errors = [azs.mcse(log, method="quantile", prob=p) for p in probabilities]
    joined: xr.DataArray = xr.concat(
        errors, dim=xr.DataArray(probabilities, dims="probability", name="probability")
    )
    return joined


def reported_quantiles(log: xr.DataArray, factor: float = 1.0) -> dict[str, dict[str, float]]:
    """Return the reported quantiles of a quantity, from draws of its log10.

    Parameters
    ----------
    factor
        By which the Monte Carlo errors exceed those of independent draws (`mcse_factor`).

    Returns
    -------
    dict
        `quantiles` in natural units and `mcse_log10` in dex, by probability.
    """
    levels = list(QUANTILES)
    keys = [f"{p:g}" for p in levels]
    found = 10 ** log.quantile(levels, DRAWS).values
    errors = factor * mcse_of_quantiles(log, levels).values
    return {
        "quantiles": dict(zip(keys, found.tolist(), strict=True)),
        "mcse_log10": dict(zip(keys, errors.tolist(), strict=True)),
    }


def mcse_factor(required: xr.Dataset, at: Mapping[str, object] | None = None) -> xr.DataArray:
    """Return the factor by which Monte Carlo errors exceed those of independent draws.

    Parameters
    ----------
    required
        From `analysis.fit.Fit.required`: 1 unless draws beyond walls were taken out.
    at
        Labels of a point; labels of dims that the factor does not have are ignored.
    """
    factor = required.get("mcse_factor", xr.DataArray(1.0))
    found: xr.DataArray = factor.sel({dim: (at or {})[str(dim)] for dim in factor.dims if at})
    return found


def mcse_of_mean(values: xr.DataArray) -> xr.DataArray:
    """MCSE of a mean over chain and draw (ArviZ), 0 where the draws are one value."""
    spread = values.std(DRAWS)
    if not bool((spread > 0).any()):
        return xr.zeros_like(spread)
    import arviz_stats as azs  # takes longer to import than exact draws take to summarise

    error: xr.DataArray = azs.mcse(values, method="mean")
    return error.where(spread > 0, 0.0)


def mcse_of_probability(holds: xr.DataArray) -> float:
    """MCSE of the share of draws for which something holds.

    √(p (1 − p) / n) for n independent draws, with half a success and half a failure added to them
    (Jeffreys' prior), so that none or all of them do not claim certainty. Draws of a chain have the
    larger of this and ArviZ's error of their mean.

    Parameters
    ----------
    holds
        Booleans; dims chain and draw.
    """
    count = holds.size
    share = (float(holds.sum()) + 0.5) / (count + 1)
    independent = math.sqrt(share * (1 - share) / count)
    if is_independent(holds):
        return independent
    return max(independent, float(mcse_of_mean(holds.astype(float))))


def is_independent(draws: xr.DataArray | xr.Dataset) -> bool:
    """Whether draws were marked as independent where they were made (`model.fit`)."""
    return "draw" in draws.coords and bool(draws["draw"].attrs.get("independent", 0))


def _independent(
    log: xr.DataArray, probabilities: list[float], spread: xr.DataArray
) -> list[xr.DataArray]:
    dims = [str(dim) for dim in log.dims if dim not in ("chain", "draw")]
    values = log.transpose(*dims, "chain", "draw").values
    ordered = np.sort(values.reshape(*values.shape[:-2], -1), axis=-1)
    count = ordered.shape[-1]
    errors = []
    for p in probabilities:
        shapes = count * p + 1, count * (1 - p) + 1
        low, high = (special.betaincinv(*shapes, q) for q in (_ONE_SD, 1 - _ONE_SD))
        below = ordered[..., max(0, int(np.floor(low * count)))]
        above = ordered[..., min(count - 1, int(np.ceil(high * count)))]
        errors.append(spread.copy(data=np.asarray((above - below) / 2)))
    return errors


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
    autocorrelation time are nearly independent, so that the error holds for chains too.

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
