"""Expected value of partial perfect information (EVPPI)."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from analysis.loss import QUANTILE_METHOD, best_size, loss, loss_unit
from analysis.monte_carlo import DRAWS, batched, mcse_of_mean
from analysis.sensitivity.main_effect import crossed, main_effect
from analysis.sensitivity.variance_shares import Answer
from model.blocks import BLOCKS, Prefixes
from model.gaussian import Array
from priors.costs import LossChoice

#: Knots of the splines that smooth over an input, at these quantiles (Harrell 2015, table 2.3,
#: and both ends).
_KNOTS = (0.0, 0.05, 0.275, 0.5, 0.725, 0.95, 1.0)
#: Quantiles of the residuals among which the best offset is looked for.
_OFFSETS = np.linspace(0.02, 0.98, 49)
#: Batches of draws, draws of a block in each, and draws to order these by, of the nested estimate.
_BATCHES = 10
_OUTER = 50
_OTHERS = 16


def evppi_of_input(need: xr.DataArray, known: xr.DataArray, choice: LossChoice) -> xr.Dataset:
    """Estimate the EVPPI of one input from draws alone.

    The EVPPI is the loss that the best decision rule size(input) saves, on average over the
    draws, against one size for all. The rule is estimated as E[need | input], by natural cubic
    splines (Strong, Oakley & Brennan 2014), plus the offset whose smoothed loss is least;
    smoothing the loss of each fixed size, the usual estimator, rounds off its kink. Because the
    rule is estimated from the same draws, the EVPPI is biased upwards by second-order terms; a
    dummy input shows by how much (`analysis.sensitivity.analyse` reports one).

    Parameters
    ----------
    need
        log10 EFLOPS, dims chain and draw.
    known
        The input, dims chain and draw; correlated with others or not.
    choice
        Costs and scale of a miss.

    Returns
    -------
    Dataset
        `evppi`, kept between 0 and the EVPI; `evppi_raw`, as estimated, at times just below 0;
        `evppi_mcse`, the standard error of both.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> from analysis.loss import best_size
    >>> from priors.costs import load_loss
    >>> need, costs = need_at(fit), load_loss()
    >>> worth = evppi_of_input(need.draws, need.inputs["law_a"], costs)["evppi"]
    >>> bool(0 < worth < best_size(need.draws, costs)["evpi"])
    True
    """
    size = best_size(need, choice)["size"]
    need, known = need.transpose(*DRAWS), known.transpose(*DRAWS)
    rule = _rule(known.values.ravel(), need.values.ravel(), choice).reshape(need.shape)
    before = loss(need, size, choice)
    saved = before - loss(need, xr.DataArray(rule, dims=DRAWS), choice)
    return _evppi(saved.mean(), mcse_of_mean(saved), before.mean(), choice)


def evppi_of_block(
    answer: Answer,
    inputs: xr.Dataset,
    block: str,
    choice: LossChoice,
    blocks: Prefixes = BLOCKS,
) -> xr.Dataset:
    """Estimate the EVPPI of a whole block by nested Monte Carlo on the draws.

    The other blocks being independent of it, the need given a draw of the block is the answer to
    that draw with every draw of the others: the best size then, and its loss, need no model of
    the dependence. Without the information the need is all of these together, so that the worth
    lies between 0 and the EVPI by construction, and is 0 for a block that does not enter.

    Parameters
    ----------
    answer
        From inputs to the need, log10 EFLOPS, for inputs that broadcast.
    inputs
        Draws, dims chain and draw.
    block
        Name of one of `blocks`.

    Returns
    -------
    Dataset
        `evppi`, `evppi_raw` (the same) and `evppi_mcse`, over batches of the draws.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> from priors.costs import load_loss
    >>> need = need_at(fit, quantity="effective_eflops")
    >>> evppi_of_block(need.value, need.inputs, "campaign", load_loss())["evppi"].item()
    0.0
    """
    draws = batched(inputs, _BATCHES)
    count = draws.sizes["batch"]
    worth, whole = [], []
    for i in range(count):
        batch = draws.isel(batch=i)
        effect = main_effect(answer, batch, block, blocks, others=_OTHERS)
        outer = batch.isel(place=_spread(effect.values, (i + 0.5) / count)).rename(place="outer")
        need = answer(crossed(outer, batch, block, blocks))
        need = need if "outer" in need.dims else need.expand_dims("outer")
        rows = need.transpose("outer", ...).values.reshape(need.sizes["outer"], -1)
        whole.append(_least(rows.reshape(1, -1), choice)[0])
        worth.append(whole[-1] - _least(rows, choice).mean())
    error = np.std(worth, ddof=1) / np.sqrt(count) if count > 1 else 0.0
    mean, evpi = xr.DataArray(np.mean(worth)), xr.DataArray(np.mean(whole))
    return _evppi(mean, xr.DataArray(error), evpi, choice)


def _spread(values: Array, part: float) -> NDArray[np.intp]:
    """Places of values that stand for all: one of each of so many equal parts of their order.

    `part` says which one of each part, 0 to 1; the parts of several batches together leave out no
    part of the distribution.
    """
    order = np.argsort(values)
    edges = np.linspace(0, len(order), min(_OUTER, len(order)) + 1)
    at = edges[:-1] + part * np.diff(edges)
    places: NDArray[np.intp] = order[at.astype(int)]
    return places


def _least(need: Array, choice: LossChoice) -> Array:
    """Least expected loss of one size for all the needs of a row; shape (row,)."""
    size = np.quantile(need, choice.best_probability, axis=1, method=QUANTILE_METHOD)
    losses = loss(xr.DataArray(need, dims=("row", "draw")), xr.DataArray(size, dims="row"), choice)
    least: Array = losses.mean("draw").values
    return least


def _rule(known: Array, need: Array, choice: LossChoice) -> Array:
    """Return the best size given the input, for each draw of it; shape (draw,)."""
    basis = _basis(known)
    mean = _smoothed(basis, need)
    residual = need - mean
    levels = np.append(_OFFSETS, choice.best_probability)
    offsets = np.quantile(residual, levels)
    losses = loss(
        xr.DataArray(residual, dims="draw"), xr.DataArray(offsets, dims="offset"), choice
    ).values
    best = _smoothed(basis, losses).argmin(axis=1)
    rule: Array = mean + offsets[best]
    return rule


def _smoothed(basis: Array, values: Array) -> Array:
    """Least-squares fit of a basis, at the draws."""
    return basis @ np.linalg.lstsq(basis, values, rcond=None)[0]


def _basis(x: Array) -> Array:
    """Natural cubic splines, one per knot; a constant for an input of one value."""
    knots = np.unique(np.quantile(x, _KNOTS))
    if len(knots) < 2:
        return np.ones((len(x), 1))
    basis: Array = CubicSpline(knots, np.eye(len(knots)), bc_type="natural")(x)
    return basis


def _evppi(
    raw: xr.DataArray, error: xr.DataArray, evpi: xr.DataArray, choice: LossChoice
) -> xr.Dataset:
    meaning = "expected value of partial perfect information"
    unit = {"units": loss_unit(choice)}
    return xr.Dataset(
        {
            "evppi": raw.clip(0, float(evpi)).assign_attrs(unit, long_name=meaning),
            "evppi_raw": raw.assign_attrs(unit, long_name=f"{meaning}, as estimated"),
            "evppi_mcse": error.assign_attrs(unit, long_name=f"standard error of the {meaning}"),
        }
    )
