"""Columns of own training runs by their names, in English and Japanese."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from priors.errors import EvidenceError
from priors.imports.foreign_table import ForeignTable
from priors.imports.quantities import KNOWN, NATURAL, Unit, is_time, unit_of
from priors.imports.reading import RUN, Reading

#: Meaning of a column → names it goes by: words in lower case with single spaces between them.
COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "parameters": (
        *("n", "n params", "n parameters", "params", "parameters", "model parameters"),
        *("parameter count", "param count", "num params", "num parameters"),
        *("number of parameters", "model size", "params count", "size"),
        *("パラメータ数", "パラメーター数", "パラメータ", "パラメーター", "モデルサイズ"),
    ),
    "training_flop": (
        *("c", "flop", "flops", "training flop", "training flops", "training compute flop"),
        *("total flop", "total flops", "compute", "training compute", "total compute"),
        *("train flop", "train flops", "compute budget", "flop budget", "flops budget"),
        *("計算量", "学習計算量", "訓練計算量", "総計算量", "学習flop", "flop数"),
    ),
    "tokens": (
        *("d", "n tokens", "tokens", "training tokens", "train tokens", "number of tokens"),
        *("total tokens", "num tokens", "token count", "tokens seen", "dataset tokens"),
        *("学習トークン数", "訓練トークン数", "トークン数", "学習トークン", "トークン"),
    ),
    "loss": (
        *("loss", "final loss", "eval loss", "test loss", "training loss", "train loss"),
        *("validation loss", "val loss", "final val loss", "final validation loss"),
        *("cross entropy", "cross entropy loss", "ce loss", "lm loss", "nll", "macro loss"),
        *("損失", "最終損失", "検証損失", "評価損失", "学習損失", "訓練損失", "テスト損失"),
    ),
}
#: Names of columns that name the run of a row, and of those that do where none of these is.
_RUN_NAMES = {
    *("run", "run name", "run id", "run key", "runname", "runid", "name", "display name"),
    *("experiment id", "experiment name", "job", "job id", "wandb run"),
    *("実験名", "実験", "ラン", "学習名"),
}
_MODEL_NAMES = {"model", "model name", "モデル", "モデル名"}

_PARAMETERS = r"\b(?:n|param\w*|size|weights)\b"
#: Pattern of a column's words → what is expected in its place.
_NOT_MEANT: dict[str, str] = {
    r"\bwords?\b": "tokens, of which a word makes about 4/3: convert them first",
    r"\b(?:datapoints?|examples|samples)\b": "tokens, whatever a data point is",
    rf"\b(?:active|activated)\b.*{_PARAMETERS}|{_PARAMETERS}.*\b(?:active|activated)\b": (
        "dense runs: mixtures of experts have two counts of parameters, active and total, and no "
        "law in N holds for both"
    ),
    rf"\btotal\b.*{_PARAMETERS}": "the parameters used for a token, in a column named N",
    r"\blog(?:10|2)?\b|\bln\b": "counts and losses themselves, not their logarithms",
    r"\b(?:non|no|without|excl\w*|wo) ?emb\w*": (
        "all parameters, in a column named N: a law in N without the embedding has another "
        "exponent (Pearce & Song 2024)"
    ),
    r"\b(?:bpb|bpc|bits? per (?:byte|character|char))\b": (
        "a loss in nats per token: bits per byte times ln 2 and the tokenizer's bytes per token"
    ),
    r"\b(?:ppl|perplexity)\b": (
        "a loss in nats per token, the logarithm of perplexity: --column loss=COLUMN:perplexity"
    ),
}
#: Those of them that are refused even beside a column that would do.
_REFUSED_ALWAYS = ("active", "total")


class Column(NamedTuple):
    """A column of the file, its unit, and whether the user or the file states that unit."""

    name: str
    unit: Unit
    stated: bool


def find_columns(table: ForeignTable, reading: Reading) -> dict[str, Column]:
    """Meaning → column, for the columns that are there; the run's name is no quantity.

    Raises
    ------
    EvidenceError
        A column that is missing, has a rival, or stands for another quantity.
    """
    asked = {
        meaning: Column(name, unit or _unit_of_header(name, meaning), unit is not None)
        for meaning, (name, unit) in reading.columns.items()
        if meaning != RUN
    }
    taken = {column.name for column in asked.values()}
    found: dict[str, list[Column]] = {meaning: [] for meaning in COLUMN_NAMES}
    for name in table.header:
        known = None if name in taken else _read_header(name)
        if known is not None and not _why_not(name):
            found[known[0]].append(Column(name, known[1], stated=False))
    for meaning, columns in found.items():
        if len(columns) > 1 and meaning not in asked:
            raise EvidenceError(
                f"{table.file}, header",
                f"columns {_listed(column.name for column in columns)} for {meaning}",
                f"one of them: --column {meaning}={columns[0].name!r}, or another",
            )
    chosen = {meaning: few[0] for meaning, few in found.items() if few} | asked
    _refuse_other_quantities(table, chosen, set(asked))
    _require(table, chosen)
    return chosen


def run_columns(table: ForeignTable, reading: Reading, taken: set[str]) -> list[str]:
    """Columns that may name the run of a row; that of the user alone where one is given."""
    if RUN in reading.columns:
        return [reading.columns[RUN][0]]
    free = [name for name in table.header if name not in taken]
    named = [name for name in free if words(name) in _RUN_NAMES]
    return named or [name for name in free if words(name) in _MODEL_NAMES]


def words(column: str) -> str:
    """Name of a column in lower-case words with single spaces; camel case is taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column)
    return re.sub(r"[\W_]+", " ", apart.lower()).strip()


def _read_header(column: str) -> tuple[str, Unit] | None:
    """Meaning and unit of a column by its name, or by the last part of a path such as eval/loss."""
    alone = unit_of(column, "training_flop")
    if alone is not None and "day" in column.lower():
        return "training_flop", alone
    for text in dict.fromkeys((column, column.rpartition("/")[2])):
        for name, unit_name in _with_unit(text):
            for meaning, names in COLUMN_NAMES.items():
                if words(name) in names:
                    unit = NATURAL[meaning] if not unit_name else unit_of(unit_name, meaning)
                    if unit is not None:
                        return meaning, unit
    return None


def _unit_of_header(column: str, meaning: str) -> Unit:
    """Read the unit that a column's name ends with; the natural one where it ends with none."""
    for _, unit_name in _with_unit(column.rpartition("/")[2]):
        unit = unit_of(unit_name, meaning) if unit_name else None
        if unit is not None:
            return unit
    return NATURAL[meaning]


def _with_unit(text: str) -> Iterator[tuple[str, str]]:
    """Ways to read a header as a name and a unit."""
    yield text, ""
    bracket = re.fullmatch(r"(.*?)[\s_,]*[(\[【](.+)[)\]】]\s*", text)
    if bracket:
        yield bracket[1], bracket[2].strip()
        return
    parts = re.split(r"[\s_.,]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    for count in (1, 2):
        name, unit = parts[:-count], " ".join(parts[-count:])
        said = len(name) > 1 and name[-1].lower() == "in"
        if said:
            name = name[:-1]
        # One letter and one letter, such as N_T, may as well be a name.
        if name and (said or len("".join(name)) + len(unit) > 2):
            yield " ".join(name), unit
        if re.fullmatch(r"(?i)[kmgtpezy]\w*flops?", unit):
            yield " ".join([*name, "flop"]), unit


def _why_not(column: str) -> str | None:
    """Say what is expected in place of a column that stands for another quantity."""
    plain = words(column)
    return next((why for pattern, why in _NOT_MEANT.items() if re.search(pattern, plain)), None)


def _refuse_other_quantities(
    table: ForeignTable, columns: dict[str, Column], asked: set[str]
) -> None:
    complete = {"parameters", "loss"} <= columns.keys() and (
        "tokens" in columns or "training_flop" in columns
    )
    for name in table.header:
        why = _why_not(name)
        always = any(word in words(name).split() for word in _REFUSED_ALWAYS)
        always = always and "parameters" not in asked and "parameters" in (why or "")
        if why and (always or not complete) and name not in {one.name for one in columns.values()}:
            raise EvidenceError(f"{table.file}, header", repr(name), why)


def _require(table: ForeignTable, columns: dict[str, Column]) -> None:
    for needed in (("parameters",), ("tokens", "training_flop"), ("loss",)):
        if any(meaning in columns for meaning in needed):
            continue
        for name in table.header:
            if "training_flop" in needed and any(
                is_time(part) for part in re.split(r"[()\[\]/]", name)
            ):
                raise EvidenceError(
                    f"{table.file}, header", repr(name), "FLOP or tokens: hours depend on a device"
                )
        names = [name for meaning in needed for name in COLUMN_NAMES[meaning][:6]]
        raise EvidenceError(
            f"{table.file}, header",
            f"columns {_listed(table.header)}",
            f"one for {' or '.join(needed)}, named {', '.join(names)} or the like; or say which: "
            f"--column {needed[0]}=COLUMN[:UNIT], in {KNOWN[needed[0]]}",
        )


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(repr(column) for column in columns)
