"""Fits in netCDF files: written without loss, and read back as they were."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

#: Groups of a fit that are stored; all others are recomputed (`model.posterior.complete`).
STORED = ("posterior", "sample_stats", "observed_data")


def write_fits(path: Path, trees: Mapping[str, xr.DataTree]) -> None:
    """Write one netCDF file with the groups NAME/GROUP.

    Draws are numbers that single precision holds (`model.fit`) and are stored in it; a parameter
    that does not vary is compressed away.
    """
    groups = {
        f"{name}/{group}": node.to_dataset()
        for name, tree in trees.items()
        for group, node in tree.children.items()
        if group in STORED
    }
    encoding = {
        f"/{place}": {str(name): _encoding(array) for name, array in group.variables.items()}
        for place, group in groups.items()
    }
    xr.DataTree.from_dict(groups).to_netcdf(path, engine="netcdf4", encoding=encoding)


def read_group(path: Path, name: str, group: str) -> xr.Dataset:
    """Read one group of one fit, the others left on disk.

    Raises
    ------
    OSError, RuntimeError, KeyError, ValueError, AttributeError, TypeError
        The file is not what `write_fits` wrote.
    """
    with xr.open_dataset(
        path, engine="netcdf4", group=f"{name}/{group}", cache=False, decode_cf=False
    ) as data:
        loaded = data.load()
    variables = {
        name: xr.Variable(array.dims, _decoded(array.values), array.attrs)
        for name, array in loaded.variables.items()
    }
    coords = {name: variables.pop(name) for name in loaded.coords}
    return xr.Dataset(variables, coords, loaded.attrs)


def _decoded(values: np.ndarray) -> np.ndarray:
    """Take single precision back to double."""
    return values.astype(float) if values.dtype == np.float32 else values


def digest_of(tree: xr.DataTree) -> str:
    """SHA-256 of the names, shapes, attributes and values of the stored groups."""
    total = hashlib.sha256()
    for group in STORED:
        data = tree[group].to_dataset()
        total.update(json.dumps(_plain(data.attrs), sort_keys=True).encode())
        for name in sorted(map(str, data.variables)):
            array = data.variables[name]
            told = [group, name, list(map(str, array.dims)), list(array.shape), _plain(array.attrs)]
            total.update(json.dumps(told, sort_keys=True).encode())
            values = array.values
            numeric = values.dtype.kind in "fiub"
            total.update(
                np.ascontiguousarray(values).tobytes()
                if numeric
                else "\0".join(map(str, values.flat)).encode()
            )
    return total.hexdigest()


def _plain(attributes: Mapping[str, object]) -> dict[str, object]:
    return {
        key: value.item() if isinstance(value, np.generic) else value
        for key, value in attributes.items()
    }


def _encoding(array: xr.Variable) -> dict[str, object]:
    if array.dtype.kind != "f":
        return {}
    plain: dict[str, object] = {"_FillValue": None}
    if not array.size or not array.ndim:
        return plain
    values = array.values
    single = values.astype(np.float32)
    if np.array_equal(single.astype(np.float64), values, equal_nan=True) and np.ptp(values) > 0:
        return {**plain, "dtype": "float32"}
    return {**plain, "zlib": True, "complevel": 1}
