"""Rows of own runs that are read, left out, or must not be pooled."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from priors.errors import EvidenceError
from priors.imports.foreign_table import ForeignTable, Record
from priors.imports.isoflop_columns import words
from priors.imports.reading import Reading

#: Columns that mark a row as one to leave out, and columns that mark it as one to keep.
_BAD_IF_TRUE = {
    *("outlier", "is outlier", "excluded", "exclude", "flag", "flags", "flagged", "crashed"),
    *("is crashed", "is excluded", "is bad"),
    *("diverged", "is diverged", "failed", "is failed", "bad", "invalid", "skip", "ignore"),
    *("外れ値", "除外", "異常", "失敗", "発散"),
}
_GOOD_IF_TRUE = {
    *("keep", "include", "included", "valid", "is valid", "converged", "finished", "completed"),
    *("success", "successful", "ok", "usable", "有効", "採用", "完了"),
}
_TRUE = {"true", "1", "1.0", "yes", "y", "x", "t", "はい", "有", "○"}
_FALSE = {"false", "0", "0.0", "no", "n", "f", "", "none", "nan", "いいえ", "無", "×"}
#: Columns of the state of a run, as trackers of experiments write it.
_STATES = {"state", "status", "run state", "run status", "outcome", "状態", "ステータス"}
_GOOD_STATES = {
    *("finished", "complete", "completed", "done", "success", "successful", "succeeded", "ok"),
    *("good", "converged", "normal", "valid", "完了", "正常", "成功"),
}
_BAD_STATES = {
    *("crashed", "crash", "failed", "fail", "failure", "killed", "diverged", "error", "aborted"),
    *("preempted", "preempting", "cancelled", "canceled", "oom", "timeout", "outlier", "running"),
    *("pending", "queued", "unfinished", "incomplete", "excluded", "bad", "invalid", "nan"),
    *("失敗", "異常", "異常終了", "発散", "中断", "除外", "実行中"),
}
#: Most values of a column that splits the runs.
MOST_GROUPS = 12
#: Columns that split the runs even where their values are numbers.
_SPLITTING = re.compile(
    r"\b(?:data ?sets?|data|corpus|corpora|tokeni[sz]er|vocab\w*|experiment|group|suite|sweep|"
    r"family|architecture|arch|optimi[sz]er|データセット|データ|コーパス|トークナイザ)\b"
)
#: Columns of remarks, which split nothing.
_REMARKS = re.compile(r"\b(?:reason|notes?|comments?|remarks?|tags?|colou?r|備考|理由|メモ)\b")


class LeftOut(NamedTuple):
    """A row that is not read, why, and what stands in it."""

    row: int
    reason: str
    detail: str


class Chosen(NamedTuple):
    """Records that are read, and those that are marked as no good run.

    `unmet` counts those that do not fulfil the conditions, `marks` are columns that mark rows.
    """

    records: tuple[Record, ...]
    left_out: tuple[LeftOut, ...]
    unmet: int
    marks: tuple[str, ...]


def choose_rows(table: ForeignTable, reading: Reading) -> Chosen:
    """Leave out rows that do not fulfil the conditions, and rows marked as crashed or outliers.

    Raises
    ------
    EvidenceError
        No row fulfils the conditions, or a mark that nobody knows.
    """
    fulfil = [one for one in table.records if all(rule.holds(one) for rule in reading.where)]
    if reading.where and not fulfil:
        listed = " and ".join(map(str, reading.where))
        raise EvidenceError(table.file, f"no row with {listed}", "another --where")
    judged = {rule.column for rule in reading.where}
    marks = tuple(name for name in table.header if name not in judged and _is_mark(name))
    kept, left_out = [], []
    for record in fulfil:
        bad = next((name for name in marks if _is_marked(table, record, name)), None)
        if bad is None:
            kept.append(record)
        else:
            left_out.append(LeftOut(record.number, f"marked by {bad!r}", repr(record.text(bad))))
    return Chosen(tuple(kept), tuple(left_out), len(table.records) - len(fulfil), marks)


def refuse_pooled(
    table: ForeignTable, records: Sequence[Record], candidates: Sequence[str], reading: Reading
) -> None:
    """Refuse runs of several data sets, tokenizers or architectures in one fit.

    Their losses differ by a constant that no law in N and D has, so one law through all of them is
    a law of none.

    Parameters
    ----------
    candidates
        Columns that have no other meaning.

    Raises
    ------
    EvidenceError
        A column whose few values are texts, or that is known to name such a split.
    """
    for name in candidates:
        if name in reading.pool or not name:
            continue
        values = Counter(text for record in records if (text := record.text(name)))
        if not 2 <= len(values) <= MOST_GROUPS or 2 * values.total() <= len(records):
            continue
        if min(values.values()) < 2 or _REMARKS.search(words(name)):
            continue
        if not _SPLITTING.search(words(name)) and not all(map(_is_text, values)):
            continue
        listed = ", ".join(f"{value} ({count})" for value, count in values.items())
        first = next(iter(values))
        raise EvidenceError(
            f"{table.file}, {name}",
            listed,
            f"runs of one kind: --where {name}={first} fits one of them, --group-by {name} each, "
            f"--pool {name} all as one",
        )


def _is_mark(name: str) -> bool:
    return words(name) in _BAD_IF_TRUE | _GOOD_IF_TRUE | _STATES


def _is_marked(table: ForeignTable, record: Record, name: str) -> bool:
    """Whether a column says that a record is no good run."""
    plain, value = words(name), record.text(name).casefold()
    if plain not in _STATES and value in _TRUE | _FALSE:
        return (value in _TRUE) == (plain in _BAD_IF_TRUE)
    if value in _GOOD_STATES | _BAD_STATES:
        return value in _BAD_STATES
    raise EvidenceError(
        f"{table.file}, row {record.number}, {name}",
        repr(record.text(name)),
        f"a known state, such as finished or crashed, or true or false; or --where {name}=VALUE",
    )


def _is_text(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return True
    return False
