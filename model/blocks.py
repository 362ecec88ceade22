"""Table of the four independent blocks and their likelihoods.

No two blocks share a parameter or a datum, so that they are independent in the posterior
(`model.build`): draws of one block may be combined with any draws of another.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import xarray as xr

from priors.parameters import Block

type Prefixes = Mapping[str, tuple[str, ...]]

#: Block → how the names of its variables begin.
BLOCKS: Prefixes = {
    "trend": ("trend_",),
    "law": ("law_",),
    "efficiency": ("mfu_",),
    "campaign": ("campaign_",),
}


@dataclass(frozen=True)
class Likelihood:
    """The rows of evidence that one block explains.

    Attributes
    ----------
    block
        Whose parameters the rows speak of.
    dim
        Along which the rows lie, in `observed_data` and where rows are drawn anew.
    exchangeable
        Along which rows are independent given the parameters, in `log_likelihood`: the rows of
        one system share its effect.
    unit, long_name
        Of a row.
    """

    block: Block
    dim: str
    exchangeable: str
    unit: str
    long_name: str


#: Name of a likelihood, in every group of a fit → what it is.
LIKELIHOODS: dict[str, Likelihood] = {
    "trend_runs": Likelihood(
        block="trend",
        dim="run",
        exchangeable="run",
        unit="log10 FLOP",
        long_name="training FLOP",
    ),
    "law_studies": Likelihood(
        block="law",
        dim="study",
        exchangeable="run_set",
        unit="1",
        long_name="published exponent a",
    ),
    "law_sizes": Likelihood(
        block="law",
        dim="sized_study",
        exchangeable="sized_run_set",
        unit="log10 parameters",
        long_name="published compute-optimal size",
    ),
    "mfu_rows": Likelihood(
        block="efficiency",
        dim="efficiency_row",
        exchangeable="system",
        unit="logit",
        long_name="step MFU",
    ),
    "campaign_rows": Likelihood(
        block="campaign",
        dim="campaign",
        exchangeable="campaign",
        unit="1",
        long_name="ln of campaign over step MFU",
    ),
    "goodput_rows": Likelihood(
        block="campaign",
        dim="goodput_row",
        exchangeable="goodput_row",
        unit="logit, or a bound kept (1) or not (-1)",
        long_name="goodput",
    ),
}


def in_blocks(
    draws: xr.Dataset, blocks: Collection[str], prefixes: Prefixes = BLOCKS
) -> xr.Dataset:
    """Variables of some blocks."""
    begin = _beginnings(blocks, prefixes)
    return draws[[name for name in draws.data_vars if str(name).startswith(begin)]]


def swap_blocks(
    first: xr.Dataset, other: xr.Dataset, swapped: Collection[str], blocks: Prefixes = BLOCKS
) -> xr.Dataset:
    """Draws with the blocks in `swapped` from `other` and all else from `first`.

    Parameters
    ----------
    first, other
        Same coordinates; their attributes (pivots) go with their blocks.
    swapped
        Names of `blocks`.

    Raises
    ------
    ValueError
        The coordinates differ.
    """
    begin = _beginnings(swapped, blocks)
    kept = first.drop_vars(in_blocks(first, swapped, blocks).data_vars)
    new = in_blocks(other, swapped, blocks)
    attrs = {name: v for name, v in first.attrs.items() if not str(name).startswith(begin)}
    attrs |= {name: v for name, v in other.attrs.items() if str(name).startswith(begin)}
    merged = xr.merge([kept, new], combine_attrs="override", join="exact")
    return merged.drop_attrs(deep=False).assign_attrs(attrs)


def _beginnings(names: Collection[str], blocks: Prefixes) -> tuple[str, ...]:
    """How the names of the variables of some blocks begin."""
    return tuple(prefix for name in names for prefix in blocks[name])
