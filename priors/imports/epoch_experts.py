"""Mixtures of experts in the notes of Epoch AI's CSV."""

import re
from typing import Literal

type Architecture = Literal["moe", "unknown"]

#: A title cited in single quotes says nothing of the model whose note cites it.
_CITED_TITLE = re.compile(r"(?<!\w)'[^']{20,}'(?!\w)")

_MIXTURE = re.compile(
    r"\bmoe\b|mixture[- ]of[- ](?:\d+ )?experts|\b\d+x\d+b\b|\bb?-a\d+(?:\.\d+)?b\b", re.I
)
_HEDGE = re.compile(r"rumou?r|speculat|assum|guess|suspect|believe|perhaps|maybe|probabl", re.I)

_AMOUNT = r"(\d+(?:\.\d+)?(?:e\d+)?)\s*(?:\*\s*10\^(\d+))?\s*(k|m|b|t|million|billion|trillion)?"
#: `12B active`, `36B parameters active`, `52 billion activation parameters`, `37B (active params)`.
_BEFORE = re.compile(
    rf"(?<![\w.]){_AMOUNT}[- ]*(?:parameters?|params?)?\s*\(?(?:are )?activ(?:e|ated|ation)\b", re.I
)
#: `Active parameters: 10B`, `Activated Parameters 32B`.
_AFTER = re.compile(
    rf"\bactiv(?:e|ated|ation) (?:parameters?|params?)\s*[:-]?\s*{_AMOUNT}(?!\w)", re.I
)
#: `Qwen3-235B-A22B`.
_NAMED = re.compile(r"\d+b-a(\d+(?:\.\d+)?)b\b", re.I)

_SCALE = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}


def mixture(
    name: str, parameters_note: str, compute_note: str, parameters: float | None
) -> tuple[Architecture, float | None]:
    """Tell whether a model is a mixture of experts, and how many parameters a token uses.

    Parameters
    ----------
    name, parameters_note, compute_note
        Cells of the model's row. The note on compute only confirms a count: it also speaks of
        active parameters where it means all of them.
    parameters
        In total; None where the row does not say.

    Returns
    -------
    tuple
        `moe` or `unknown` (no note calls a model dense reliably), and the active parameters:
        None unless every count that is stated as a fact is the same and below the total.
    """
    note = _CITED_TITLE.sub(" ", parameters_note)
    counts = _counts(f"{name} {note}")
    if parameters is not None:
        counts = {count for count in counts if count < parameters}
    if not counts and not _MIXTURE.search(f"{name} {note}"):
        return "unknown", None
    if not _HEDGE.search(compute_note):
        counts |= _counts(compute_note)
    if len(counts) != 1 or parameters is None or _HEDGE.search(note):
        return "moe", None
    (active,) = counts
    return "moe", active if active < parameters else None


def _counts(text: str) -> set[float]:
    """Distinct counts of active parameters in a text; below a million none is meant."""
    found = {_value(*match) for pattern in (_BEFORE, _AFTER) for match in pattern.findall(text)}
    found |= {_value(number, "", "b") for number in _NAMED.findall(text)}
    return {count for count in found if count >= _SCALE["m"]}


def _value(number: str, exponent: str, scale: str) -> float:
    return float(f"{float(number) * 10.0 ** int(exponent or 0) * _SCALE[scale[:1].lower()]:.6g}")
