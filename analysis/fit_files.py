"""Fits in netCDF files, written and read without loss."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

#: What an unreadable file raises: netCDF4, HDF5 and xarray each have their own way.
_UNREADABLE = (OSError, RuntimeError, KeyError, ValueError, AttributeError, TypeError, IndexError)


class DamagedFitError(Exception):
    """A file is not what `write_fits` wrote; the message is one line."""


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
    DamagedFitError
        The file is not what `write_fits` wrote.
    """
    place = f"{name}/{group}"
    try:
        with xr.open_dataset(
            path, engine="netcdf4", group=place, cache=False, decode_cf=False
        ) as data:
            loaded = data.load()
        variables = {
            key: xr.Variable(array.dims, _decoded(array.values), array.attrs)
            for key, array in loaded.variables.items()
        }
        coords = {key: variables.pop(key) for key in loaded.coords}
        return xr.Dataset(variables, coords, loaded.attrs)
    except _UNREADABLE as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DamagedFitError(f"{place}: {said}") from error


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
        key: value.tolist() if isinstance(value, np.generic | np.ndarray) else value
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
    varies = values.max() > values.min()
    if varies and np.array_equal(single.astype(np.float64), values, equal_nan=True):
        return {**plain, "dtype": "float32"}
    return {**plain, "zlib": True, "complevel": 1}
