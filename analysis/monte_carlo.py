"""Monte Carlo error of quantiles of draws."""

import numpy as np
import xarray as xr
from scipy import special

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
    spread = log.std(("chain", "draw"), skipna=False)
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
