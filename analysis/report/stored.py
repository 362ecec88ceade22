"""Datasets as JSON and back, so that a figure can be drawn from a file."""

import math
from typing import Any

import numpy as np
import xarray as xr

from priors.documents import Json


def to_json(data: xr.Dataset) -> Json:
    """Write a Dataset as xarray's dictionary, with null for what is not a number."""
    found: Json = _without_nan(data.to_dict())
    return found


def from_json(document: Json) -> xr.Dataset:
    """Read a Dataset back from what `to_json` wrote."""
    parts = {
        part: {
            name: {**one, "data": _array(one["data"])}
            for name, one in document.get(part, {}).items()
        }
        for part in ("coords", "data_vars")
    }
    attrs = {
        name: math.nan if value is None else value
        for name, value in document.get("attrs", {}).items()
    }
    return xr.Dataset.from_dict({**document, **parts, "attrs": attrs})


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _array(data: Any) -> np.ndarray:  # noqa: ANN401 - nested lists of one kind
    found = np.array(data)
    return found.astype(float) if found.dtype == object else found
