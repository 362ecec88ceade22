"""Priors inside the model: loc + scale · base, as data.

A prior hyper-parameter is data, so that one compiled model serves every set of priors; a scale of
0 makes its parameter a constant without changing the model.
"""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from model.gaussian import Array
from priors.parameters import PARAMETERS

_INDEX = {name: index for index, name in enumerate(PARAMETERS)}


@dataclass(frozen=True)
class Beliefs:
    """The prior hyper-parameters of every parameter, each of shape (parameter,)."""

    loc: Any
    scale: Any
    shape: Any

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Beliefs":
        """Read the hyper-parameters from the model's data, symbolic or numeric."""
        return cls(data["prior_loc"], data["prior_scale"], data["prior_shape"])

    def loc_of(self, *names: str) -> Any:
        """Prior means, shape (name,)."""
        return self.loc[_indices(names)]

    def scale_of(self, *names: str) -> Any:
        """Prior scales, shape (name,)."""
        return self.scale[_indices(names)]

    def shape_of(self, name: str) -> Any:
        """Shape of an LKJ prior."""
        return self.shape[_INDEX[name]]

    def place(self, name: str, base: Any) -> Any:
        """Put a standard base on the parameter's prior."""
        return self.loc[_INDEX[name]] + self.scale[_INDEX[name]] * base

    def place_normal(self, name: str, z: Array) -> Array:
        """Map standard normal z to the parameter at the same probability of its prior."""
        family = PARAMETERS[name].family
        if family == "half-normal":
            z = half_normal_of(z)
        elif family == "lkj":
            z = beta_of(z, self.shape_of(name))
        placed: Array = self.place(name, z)
        return placed


def half_normal_of(z: Array) -> Array:
    """Map z to the standard half-normal at the probability that z has as a standard normal.

    A spread that may be 0 has a long tail on the log scale and a kink on its own; as a quantile
    of its prior it is near normal.
    """
    with np.errstate(all="ignore"):
        below = np.sqrt(2) * special.erfinv(special.ndtr(z))
        above = -special.ndtri(special.ndtr(-z) / 2)
    return np.asarray(np.where(z > 0, above, below))


def beta_of(z: Array, shape: float) -> Array:
    """Map z to Beta(shape, shape) at the probability that z has as a standard normal."""
    below = special.betaincinv(shape, shape, special.ndtr(-np.abs(z)))
    return np.asarray(np.where(z > 0, 1 - below, below))


def _indices(names: Sequence[str]) -> np.ndarray:
    return np.array([_INDEX[name] for name in names])
