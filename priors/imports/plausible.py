"""Quantities of training runs that their unit cannot be."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from priors.errors import EvidenceError
from priors.imports.isoflop_columns import Column
from priors.imports.quantities import unit_of

#: Nats per token beyond which a number is no loss, even of a run that diverged.
LARGEST_LOSS = 100.0
#: Natural logarithm of the largest vocabularies, 256 thousand tokens: what guessing costs.
LOSS_OF_GUESSING = 12.5

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
            _advice(meaning, column, low, high),
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


def _advice(meaning: str, column: Column, low: float, high: float) -> str:
    least, largest = _RANGES[meaning]
    for name in _UNSAID[meaning]:
        unit = unit_of(name, meaning)
        assert unit is not None  # units of this file are known
        if least <= unit.to_natural(low) and unit.to_natural(high) <= largest:
            return (
                f"counts; they look like {name}: --column {meaning}={column.name}:{name} "
                f"(or :1, if they are counts)"
            )
    return f"{least:g} to {largest:g}; --column {meaning}={column.name}:UNIT states a unit"
