"""The blocks of the model, and draws in which some of them are exchanged."""

from collections.abc import Collection, Mapping

import xarray as xr

type Prefixes = Mapping[str, tuple[str, ...]]

#: Block → how the names of its variables begin. No two blocks share a parameter or a datum, so
#: they are independent in the posterior (`model.build`), and draws of one go with draws of
#: another from any place.
BLOCKS: Prefixes = {
    "trend": ("trend_",),
    "law": ("law_",),
    "efficiency": ("mfu_",),
    "campaign": ("campaign_",),
}


def exchanged(
    first: xr.Dataset, other: xr.Dataset, taken: Collection[str], blocks: Prefixes = BLOCKS
) -> xr.Dataset:
    """Draws with the blocks in `taken` from `other` and all else from `first`.

    Parameters
    ----------
    first, other
        Same coordinates; their attributes (pivots) go with their blocks.
    taken
        Names of `blocks`.

    Raises
    ------
    ValueError
        The coordinates differ.
    """
    prefixes = tuple(prefix for name in taken for prefix in blocks[name])
    kept = [name for name in first.data_vars if not str(name).startswith(prefixes)]
    new = [name for name in other.data_vars if str(name).startswith(prefixes)]
    attrs = {name: v for name, v in first.attrs.items() if not str(name).startswith(prefixes)}
    attrs |= {name: v for name, v in other.attrs.items() if str(name).startswith(prefixes)}
    merged = xr.merge([first[kept], other[new]], combine_attrs="override", join="exact")
    return merged.drop_attrs(deep=False).assign_attrs(attrs)
