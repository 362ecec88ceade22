"""Numbers with units, as people write them."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from priors.imports.foreign_table import one_line
from priors.units import SECONDS_PER_DAY

#: Powers of ten that counts are written in, in lower case and without spaces.
_COUNTS = {
    **dict.fromkeys(("1", "ones", "unit", "units", "counts"), 1.0),
    **dict.fromkeys(("k", "thousand", "thousands", "千"), 1e3),
    **dict.fromkeys(("万",), 1e4),
    **dict.fromkeys(("m", "mn", "mio", "million", "millions", "百万"), 1e6),
    **dict.fromkeys(("億",), 1e8),
    **dict.fromkeys(("b", "bn", "g", "billion", "billions", "十億"), 1e9),
    **dict.fromkeys(("t", "tn", "trillion", "trillions", "兆"), 1e12),
}
#: What is counted, which may stand behind the power of ten.
_COUNTED = re.compile(r"(parameters?|params?|tokens?|トークン|パラメータ|個)$")
#: Prefixes of FLOP.
_PREFIXES = {
    **{"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15, "e": 1e18, "z": 1e21},
    **{"y": 1e24, "kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15},
    **{"exa": 1e18, "zetta": 1e21, "yotta": 1e24},
}
_FLOP = re.compile(r"([a-z]*?)flops?")
_RATE_DAYS = re.compile(r"([a-z]*?)(?:flops?/s|flops|flop|fs|f)[-*·.]?days?")
#: Compute in these says nothing of FLOP without the device.
_HOURS = re.compile(r"(gpu|tpu|device|accelerator|node|core|card)-?(hours?|h|days?)")
_POWER = re.compile(r"[x×*]?10(?:\^|\*\*)(\d+)|1e\+?(\d+)")
_LOSSES: dict[str, Callable[[float], float]] = {
    **dict.fromkeys(("1", "nat", "nats", "nats/token", "nat/token"), float),
    **dict.fromkeys(("bit", "bits", "bits/token", "bit/token"), lambda bits: bits * math.log(2)),
    **dict.fromkeys(("perplexity", "ppl"), math.log),
}
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_NUMBER_AND_UNIT = re.compile(r"([+-]?[\d.,'’ ]*\d[.,]?(?:e[+-]?\d+)?)\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """How a quantity is written.

    Attributes
    ----------
    name
        As it stands in the file.
    to_natural
        Turns a number in the unit into a count, FLOP, or nats per token.
    """

    name: str
    to_natural: Callable[[float], float]


#: Meaning → unit in which it is taken where the file says nothing.
NATURAL = {
    "parameters": Unit("1", float),
    "tokens": Unit("1", float),
    "training_flop": Unit("FLOP", float),
    "loss": Unit("nats", float),
}
#: Meaning → units that may be given, as messages list them.
KNOWN = {
    "parameters": "1, k, M, B, T",
    "tokens": "1, k, M, B, T",
    "training_flop": "FLOP, GFLOP, TFLOP, PFLOP, EFLOP, ZFLOP, PF-days",
    "loss": "nats, bits, perplexity",
}


def unit_of(text: str, meaning: str) -> Unit | None:
    """Return the unit of a quantity by its name; None where it is not known.

    Parameters
    ----------
    text
        Such as `M`, `billion`, `億`, `GFLOP`, `PF-days`, `1e9`, `bits`.
    meaning
        parameters, tokens, training_flop or loss.
    """
    name = one_line(text)
    bare = re.sub(r"[\s_]+", "", name).lower()
    power = _POWER.fullmatch(bare)
    if power and meaning != "loss":
        return _times(name, 10.0 ** int(power[1] or power[2]))
    if meaning == "loss":
        convert = _LOSSES.get(bare.replace("per", "/") if "perp" not in bare else bare)
        return None if convert is None else Unit(name, convert)
    if meaning == "training_flop":
        return _compute(name, bare)
    factor = _COUNTS.get(_COUNTED.sub("", bare) or "1")
    return None if factor is None else _times(name, factor)


def is_time(text: str) -> bool:
    """Whether a unit is device-hours, which are no FLOP."""
    return _HOURS.fullmatch(re.sub(r"[\s_]+", "", text).lower()) is not None


def _compute(name: str, bare: str) -> Unit | None:
    if bare == "1":
        return _times(name, 1.0)
    for pattern, factor in ((_RATE_DAYS, SECONDS_PER_DAY), (_FLOP, 1.0)):
        found = pattern.fullmatch(bare)
        if found and found[1] in _PREFIXES:
            return _times(name, _PREFIXES[found[1]] * factor)
    return None


def _times(name: str, factor: float) -> Unit:
    return Unit(name, lambda value: value * factor)


def number_and_unit(cell: str) -> tuple[str, str]:
    """Split a cell into its number and what stands behind it; no number where there is none."""
    found = _NUMBER_AND_UNIT.fullmatch(cell)
    return (found[1].strip(), found[2].strip()) if found else ("", cell)


def number(text: str, mark: str) -> float | None:
    """Value of a number with a decimal mark, `.` or `,`; None where it is not written so.

    Thousands may be grouped by the other mark, a space or an apostrophe; groups have three digits.
    """
    other = "," if mark == "." else "."
    plain = text
    for group in (other, " ", "'", "’"):
        if group in plain:
            whole, point, rest = plain.partition(mark)
            if not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole):
                return None
            plain = whole.replace(group, "") + point + rest
    plain = plain.replace(mark, ".")
    if not _PLAIN.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def positive_number(text: str) -> float | None:
    """Value of a cell that holds one positive finite number; None of any other."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value > 0 and math.isfinite(value) else None


def marks_that_fit(numbers: Iterable[str]) -> dict[str, int]:
    """Decimal mark → how many of some numbers cannot be read with it."""
    wrong = {".": 0, ",": 0}
    for text in numbers:
        for mark in wrong:
            wrong[mark] += number(text, mark) is None
    return wrong
