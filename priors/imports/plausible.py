"""Quantities of training runs that their unit cannot be."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from priors.errors import EvidenceError
from priors.imports.isoflop_columns import Column
from priors.imports.quantities import unit_of
from priors.units import FLOP_PER_PARAMETER_TOKEN

#: Nats per token beyond which a number is no loss, even of a run that diverged.
LARGEST_LOSS = 100.0
#: Natural logarithm of the largest vocabularies, 256 thousand tokens: what guessing costs.
LOSS_OF_GUESSING = 12.5

#: Tokens per parameter that runs about a compute-optimal law have, by order of magnitude.
TOKENS_PER_PARAMETER = 20.0

#: Meaning → least and largest value of any run of a language model, in natural units.
_RANGES = {
    "parameters": (1e4, 1e13),
    "tokens": (1e5, 1e16),
    "training_flop": (1e12, 1e28),
}
#: Meaning → units that people leave unsaid, the likeliest first.
_UNSAID = {
    "parameters": ("M", "B", "k", "T"),
    "tokens": ("B", "M", "T", "k"),
    "training_flop": ("GFLOP", "PFLOP", "EFLOP", "TFLOP", "PF-days", "ZFLOP"),
}


def refuse_implausible(
    file: str, columns: Mapping[str, Column], values: Mapping[str, NDArray[np.float64]]
) -> None:
    """Refuse counts that no run has, naming the likely unit, and a loss that is a perplexity.

    A unit that the user states is believed.

    Raises
    ------
    EvidenceError
        Parameters, tokens or FLOP beyond any run, or a median loss above that of guessing.
    """
    for meaning, (least, largest) in _RANGES.items():
        column = columns.get(meaning)
        if column is None or column.stated:
            continue
        low, high = float(values[meaning].min()), float(values[meaning].max())
        if least <= low and high <= largest:
            continue
        raise EvidenceError(
            f"{file}, {column.name}",
            f"{low:.4g} to {high:.4g}, no {_CALLED[meaning]}",
            _advice(meaning, column, values),
        )
    loss = columns["loss"]
    middle = float(np.median(values["loss"]))
    if middle > LOSS_OF_GUESSING and not loss.stated:
        raise EvidenceError(
            f"{file}, {loss.name}",
            f"a median of {middle:.4g}, more nats per token than guessing costs",
            f"a loss; if it is perplexity, --column loss={loss.name}:perplexity takes its "
            "logarithm",
        )


_CALLED = {
    "parameters": "count of parameters",
    "tokens": "count of tokens",
    "training_flop": "count of FLOP",
}


def _advice(meaning: str, column: Column, values: Mapping[str, NDArray[np.float64]]) -> str:
    """Name the unit that gives plausible counts, and of several the likeliest tokens per parameter.

    Where parameters and tokens are both in another unit, the ratio tells nothing and the first of
    the plausible units is named.
    """
    least, largest = _RANGES[meaning]
    found: dict[str, float] = {}
    for name in _UNSAID[meaning]:
        unit = unit_of(name, meaning)
        assert unit is not None  # units of this file are known
        counts = np.array([unit.to_natural(value) for value in values[meaning]])
        if least <= counts.min() and counts.max() <= largest:
            ratio = _tokens_per_parameter({**values, meaning: counts})
            found[name] = abs(math.log(ratio / TOKENS_PER_PARAMETER))
    others = {"parameters", "tokens", "training_flop"} & values.keys() - {meaning}
    sound = all(_RANGES[other][0] <= values[other].min() for other in others)
    if found:
        name = min(found, key=lambda name: found[name]) if sound else next(iter(found))
        return (
            f"counts; they look like {name}: --column {meaning}={column.name}:{name} "
            f"(or :1, if they are counts)"
        )
    return f"{least:g} to {largest:g}; --column {meaning}={column.name}:UNIT states a unit"


def _tokens_per_parameter(values: Mapping[str, NDArray[np.float64]]) -> float:
    parameters = values["parameters"]
    tokens = values.get("tokens")
    if tokens is None:
        tokens = values["training_flop"] / (FLOP_PER_PARAMETER_TOKEN * parameters)
    return float(np.median(tokens / parameters))
