"""Main effect of a block: the mean given the block."""

import xarray as xr

from analysis.sensitivity.variance_shares import Answer
from model.blocks import BLOCKS, Prefixes, in_blocks

#: Draws of the other blocks over which a main effect averages; their number leaves a Monte Carlo
#: error that is proportional to the interaction only.
_OTHERS = 64


def main_effect(
    answer: Answer,
    inputs: xr.Dataset,
    block: str,
    blocks: Prefixes = BLOCKS,
    *,
    others: int = _OTHERS,
) -> xr.DataArray:
    """E[answer | block] for each draw of the block, the other blocks being independent of it.

    Parameters
    ----------
    answer
        From inputs to the answer, for inputs that broadcast.
    inputs
        Draws, of any dims.
    block
        Name of one of `blocks`.
    others
        Draws of all else to average over, evenly spread, the same for every draw of the block.

    Returns
    -------
    DataArray
        The dims of the inputs.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> need = need_at(fit)
    >>> law = main_effect(need.value, need.inputs, "law")  # log10 EFLOPS as the law alone moves
    >>> bool(law.std() < need.draws.std())
    True
    """
    dims = list(inputs.sizes)
    flat = inputs.drop_vars(dims, errors="ignore").stack(other=dims, create_index=False)
    step = max(1, flat.sizes["other"] // others)
    all_else = flat.isel(other=slice(step // 2, None, step))
    values = answer(crossed(inputs, all_else, block, blocks))
    mean = values.mean("other") if "other" in values.dims else values
    return mean.broadcast_like(inputs[next(iter(inputs.data_vars))])


def crossed(
    draws: xr.Dataset, all_else: xr.Dataset, block: str, blocks: Prefixes = BLOCKS
) -> xr.Dataset:
    """Every draw of a block with every draw of all else.

    Parameters
    ----------
    draws, all_else
        The same variables; no dim in common.

    Returns
    -------
    Dataset
        The variables of the block from `draws`, the rest from `all_else`.
    """
    ours = in_blocks(draws, [block], blocks)
    return all_else.drop_vars(ours.data_vars).merge(ours).assign_attrs(draws.attrs)
