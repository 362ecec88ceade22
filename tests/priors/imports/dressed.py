"""Runs written as people write them: every dialect, encoding, unit and header, at random.

As a program it reads many of them and prints what became of them:

    PYTHONPATH=.:tests:tests/priors/imports python tests/priors/imports/dressed.py 100000
"""

import re
import sys
import tempfile
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from priors.errors import InputError
from priors.imports.foreign_table import read_foreign
from priors.imports.isoflop_columns import COLUMN_NAMES
from priors.imports.isoflop_runs import isoflop_runs_of
from priors.imports.reading import reading_of

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp932")
DELIMITERS = (",", ";", "\t", "|")
#: Meaning → unit as written → its size; the nameless one is the natural unit.
UNITS = {
    "parameters": {"": 1.0, "M": 1e6, "million": 1e6, "B": 1e9, "bn": 1e9, "億": 1e8},
    "tokens": {"": 1.0, "M": 1e6, "B": 1e9, "billion": 1e9, "T": 1e12, "兆": 1e12},
    "training_flop": {
        **{"": 1.0, "GFLOP": 1e9, "TFLOPs": 1e12, "PFLOP": 1e15, "EFLOP": 1e18},
        **{"PF-days": 8.64e19, "petaflop/s-days": 8.64e19},
    },
    "loss": {"": 1.0, "nats": 1.0, "bits": np.log(2), "bits/token": np.log(2)},
}
#: How a header joins a name and a unit.
HEADERS = (
    "{name} ({unit})",
    "{name} [{unit}]",
    "{name}（{unit}）",
    "{name}_{unit}",
    "{name} in {unit}",
)
GROUPS = ("", "other mark", " ", "'")


@dataclass(frozen=True)
class Dress:
    """How one quantity is written: its name, unit, and where the unit stands."""

    name: str
    unit: str
    where: str
    exponent: bool


@dataclass(frozen=True)
class File:
    """A table of runs and how it is written."""

    points: tuple[tuple[float, float, float], ...]
    dresses: dict[str, Dress]
    encoding: str
    delimiter: str
    mark: str
    group: str
    hint: bool
    comment: bool
    full_width: bool
    end: str
    order: int


@st.composite
def dresses(draw, meaning):
    unit = draw(st.sampled_from(list(UNITS[meaning])))
    where = draw(st.sampled_from(("cell", "option", *HEADERS))) if unit else "nowhere"
    name = draw(st.sampled_from(COLUMN_NAMES[meaning]))
    if len(name) == 1 and where == "{name}_{unit}":
        where = HEADERS[0]  # N_T may be tokens, d_k a width: one letter and a unit are not read
    return Dress(name, unit, where, draw(st.booleans()))


@st.composite
def files(draw):
    meanings = draw(
        st.sampled_from(
            (
                ("parameters", "tokens", "loss"),
                ("parameters", "training_flop", "loss"),
                ("parameters", "tokens", "training_flop", "loss"),
            )
        )
    )
    point = st.tuples(st.floats(7, 11), st.floats(9, 13), st.floats(1.6, 5.0))
    points = draw(st.lists(point, min_size=3, max_size=8, unique=True))
    rounded = tuple(
        (float(f"{10**n:.4g}"), float(f"{10**d:.4g}"), round(loss, 4)) for n, d, loss in points
    )
    return File(
        points=tuple(dict.fromkeys(rounded)),
        dresses={meaning: draw(dresses(meaning)) for meaning in meanings},
        encoding=draw(st.sampled_from(ENCODINGS)),
        delimiter=draw(st.sampled_from(DELIMITERS)),
        mark=draw(st.sampled_from((".", ","))),
        group=draw(st.sampled_from(GROUPS)),
        hint=draw(st.booleans()),
        comment=draw(st.booleans()),
        full_width=draw(st.booleans()),
        end=draw(st.sampled_from(("\n", "\r\n"))),
        order=draw(st.integers(0, 5)),
    )


def write(file):
    """Text of the file, and the columns that the user names."""
    meanings = list(np.roll(list(file.dresses), file.order))
    options, header = [], []
    for meaning in meanings:
        dress = file.dresses[meaning]
        shown = dress.where.format(name=dress.name, unit=dress.unit)
        header.append(shown if dress.where in HEADERS else dress.name)
        if dress.where == "option":
            options.append(f"{meaning}={dress.name}:{dress.unit}")
    lines = []
    for parameters, tokens, loss in file.points:
        values = {
            "parameters": parameters,
            "tokens": tokens,
            "training_flop": 6 * parameters * tokens,
            "loss": loss,
        }
        lines.append([cell(file, meaning, values[meaning]) for meaning in meanings])
    rows = [header, *lines]
    text = file.end.join(
        file.delimiter.join(quoted(text, file.delimiter) for text in row) for row in rows
    )
    if file.comment:
        text = f"# runs of our group{file.end}{text}"
    if file.hint:
        text = f"sep={file.delimiter}{file.end}{text}"
    return text + file.end, options


def quoted(cell_text, delimiter):
    return f'"{cell_text}"' if delimiter in cell_text else cell_text


def cell(file, meaning, value):
    dress = file.dresses[meaning]
    number = value / UNITS[meaning][dress.unit]
    if dress.exponent:
        text = f"{number:.12e}"
    else:
        text = np.format_float_positional(number, precision=14, fractional=False, trim="-")
    whole, point, rest = text.partition(".")
    if file.group and not dress.exponent:
        by = {".": ",", ",": "."}[file.mark] if file.group == "other mark" else file.group
        whole = f"{int(whole):,}".replace(",", by)
    text = whole + (file.mark if point else "") + rest
    if dress.where == "cell":
        text = f"{text} {dress.unit}"
    if file.full_width:
        text = text.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})
        assert unicodedata.normalize("NFKC", text) != text
    return text


def outcome(file, folder):
    """Read the file: `read`, or the refusal's kind; raise AssertionError on anything else."""
    path = folder / "runs.csv"
    text, options = write(file)
    path.write_bytes(text.encode(file.encoding))
    try:
        table = read_foreign(path)
        runs = isoflop_runs_of(table, reading_of(table, columns=options))
    except InputError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert "\n" not in refusal
        assert re.search(r"--decimal", refusal), (refusal, text)
        return "refused: decimal mark in doubt"
    wanted = np.array(file.points).T
    for quantity, values in zip(("parameters", "tokens", "loss"), wanted, strict=True):
        np.testing.assert_allclose(getattr(runs, quantity), values, rtol=1e-9, err_msg=text)
    assert runs.left_out == ()
    return "read"


def main(count):
    seen = Counter()
    with tempfile.TemporaryDirectory() as folder:

        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(files())
        def read_back(file):
            found = outcome(file, Path(folder))
            seen[found] += 1
            for part in (f"encoding {file.encoding}", f"delimiter {file.delimiter!r}"):
                seen[part] += 1
            for meaning, dress in file.dresses.items():
                seen[f"{meaning} in {dress.unit or 'natural unit'}"] += 1

        read_back()
    for what, number in sorted(seen.items()):
        print(f"{number:8,} {what}")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
