"""Expected loss of a machine size, best size and EVPI."""

from typing import Literal

import numpy as np
import xarray as xr

from analysis.monte_carlo import DRAWS, mcse_of_mean, mcse_of_quantiles
from priors.costs import LossChoice

#: Probabilities between whose quantiles curves are drawn, and their number of points.
_ENDS = (0.001, 0.999)
_POINTS = 61
#: A quantile is one of the draws, and so the same size whatever the scale between them.
QUANTILE_METHOD: Literal["inverted_cdf"] = "inverted_cdf"
_LARGEST = 0.01


def sizes(need: xr.DataArray, points: int = _POINTS) -> xr.DataArray:
    """Sizes that span the distribution of the need, log10 EFLOPS.

    Parameters
    ----------
    need
        log10 EFLOPS, dims chain and draw.
    """
    low, high = need.quantile(_ENDS, DRAWS).values
    grid = np.linspace(low, high, points)
    return xr.DataArray(
        grid,
        {"size": grid},
        "size",
        attrs={"units": "log10 EFLOPS", "long_name": "size of the machine"},
    )


def exceedance(need: xr.DataArray, size: xr.DataArray) -> xr.Dataset:
    """Probability that more is needed than a size, with its standard error.

    Parameters
    ----------
    need
        log10 EFLOPS, dims chain and draw.
    size
        log10 EFLOPS, from `sizes` or of your own.

    Returns
    -------
    Dataset
        `probability` and `probability_mcse` over the dims of size.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> need = need_at(fit).draws
    >>> curve = exceedance(need, sizes(need))
    >>> bool((curve["probability"].diff("size") <= 0).all())
    True
    """
    more = (need > size).astype(float)
    return _with_mcse(more, "probability", "1", "probability that more is needed")


def loss(need: xr.DataArray, size: xr.DataArray, choice: LossChoice) -> xr.DataArray:
    """Loss of a size where so much is needed, in units of cost per dex or per EFLOPS.

    Parameters
    ----------
    need, size
        log10 EFLOPS, of dims that broadcast.
    choice
        Costs, and the scale on which a miss is measured.
    """
    missing = need - size if choice.scale == "log10" else 10**need - 10**size
    too_small, too_large = missing.clip(min=0), (-missing).clip(min=0)
    return choice.cost_too_small * too_small + choice.cost_too_large * too_large


def expected_loss(need: xr.DataArray, size: xr.DataArray, choice: LossChoice) -> xr.Dataset:
    """Average the loss of each size, with its standard error.

    Returns
    -------
    Dataset
        `loss` and `loss_mcse` over the dims of size.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> from priors.costs import load_loss
    >>> need, costs = need_at(fit).draws, load_loss()
    >>> curve = expected_loss(need, sizes(need), costs)
    >>> bool((curve["loss"] >= best_size(need, costs)["evpi"]).all())
    True
    """
    return _with_mcse(loss(need, size, choice), "loss", loss_unit(choice), "expected loss")


def best_size(need: xr.DataArray, choice: LossChoice) -> xr.Dataset:
    """Size of least expected loss, and what perfect information would be worth.

    The best size is the quantile of the need at `choice.best_probability`, on either scale. With
    perfect information the size is what is needed and nothing is lost, so that the expected value
    of perfect information is the expected loss of the best size (Raiffa & Schlaifer 1961).

    Parameters
    ----------
    need
        log10 EFLOPS, dims chain and draw.

    Returns
    -------
    Dataset
        `size`, `size_mcse` (log10 EFLOPS), `evpi`, `evpi_mcse` (cost per dex or per EFLOPS) and
        `largest`, the share of `evpi` that the one draw in a hundred with the largest losses
        makes: near 1, the estimate rests on the tail.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> from priors.costs import load_loss
    >>> need = need_at(fit).draws
    >>> best = best_size(need, load_loss())  # 3 to 1: the 75 % quantile
    >>> (need <= best["size"]).mean().round(3).item()
    0.75
    """
    probability = choice.best_probability
    size = need.quantile(probability, DRAWS, method=QUANTILE_METHOD).drop_vars("quantile")
    error = mcse_of_quantiles(need, [probability]).isel(probability=0, drop=True)
    losses = loss(need, size, choice)
    ordered = np.sort(losses.values, axis=None)[::-1]
    tail, whole = ordered[: max(1, round(_LARGEST * ordered.size))].sum(), ordered.sum()
    evpi = _with_mcse(losses, "evpi", loss_unit(choice), "expected value of perfect information")
    units = {"units": "log10 EFLOPS"}
    return evpi.assign(
        size=size.assign_attrs(units, long_name="size of least expected loss"),
        size_mcse=error.assign_attrs(units, long_name="standard error of the best size"),
        largest=xr.Variable(
            (),
            tail / whole if whole > 0 else 0.0,
            {"units": "1", "long_name": "share of the largest 1 % of losses in evpi"},
        ),
    )


def loss_unit(choice: LossChoice) -> str:
    """Return the unit of a loss: the costs are pure numbers."""
    return "dex" if choice.scale == "log10" else "EFLOPS"


def _with_mcse(values: xr.DataArray, name: str, unit: str, meaning: str) -> xr.Dataset:
    mean, error = values.mean(DRAWS), mcse_of_mean(values)
    return xr.Dataset(
        {
            name: mean.assign_attrs(units=unit, long_name=meaning),
            f"{name}_mcse": error.assign_attrs(
                units=unit, long_name=f"standard error of the {meaning}"
            ),
        }
    )
