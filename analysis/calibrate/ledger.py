"""Ledger of finished replications on disk, to resume from."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from analysis.calibrate.replication import RANKED_DRAWS, Replication
from priors.documents import Json
from priors.errors import ScenarioError, short

#: File that says what the replications of a folder depend on. It is not called like that of a run
#: directory, which a later run may replace.
MANIFEST = "calibration.json"
REPLICATIONS = "replications.csv"

#: Entries of a manifest that replications do not depend on.
_INCIDENTAL = ("created", "commit", "python")
_FIRST_COLUMNS = ("replication", "sampler", "divergent", "ess")
_SAMPLERS = ("exact", "nuts", "none")


class Ledger:
    """The replications of one plan, kept in a folder; a context manager.

    Parameters
    ----------
    folder
        New, empty, or one that holds replications of the same plan.
    manifest
        What the replications depend on; what an older folder says of itself must agree.
    names
        The quantities that are ranked.

    Raises
    ------
    ScenarioError
        The folder holds something else, or replications of another plan.
    """

    def __init__(self, folder: Path, manifest: Json, names: Sequence[str]) -> None:
        self._path = folder / REPLICATIONS
        self._columns = (*_FIRST_COLUMNS, *names)
        self.finished: dict[int, Replication] = {}
        _claim(folder, manifest)
        if self._path.exists():
            _drop_half_line(self._path)
        if self._path.exists() and self._path.stat().st_size:
            self._read()
        self._file: TextIO = self._path.open("a", encoding="utf-8", newline="")
        if not self._path.stat().st_size:
            self._append(self._columns)

    def __enter__(self) -> Self:
        """Return the ledger itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; every finished line is in it already."""
        self._file.close()

    def add(self, replication: Replication) -> None:
        """Append a replication and hand it to the operating system at once.

        Raises
        ------
        ValueError
            The replication is not whole: its ranks or its effective sample size are no numbers
            of a finished fit.
        """
        self._require_whole(replication)
        ranks = [replication.ranks.get(name) for name in self._columns[len(_FIRST_COLUMNS) :]]
        first = (replication.number, replication.sampler, replication.divergent, replication.ess)
        self._append((*first, *ranks))
        self.finished[replication.number] = replication

    def _append(self, cells: Sequence[object]) -> None:
        line = StringIO()
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue())
        self._file.flush()

    def _read(self) -> None:
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                lines = list(csv.reader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ScenarioError(str(self._path), str(error), "a readable CSV file") from error
        if not lines or tuple(lines[0]) != self._columns:
            found = short(", ".join(lines[0])) if lines else "nothing"
            raise ScenarioError(
                str(self._path), f"columns {found}", short(", ".join(self._columns))
            )
        for line, cells in enumerate(lines[1:], start=2):
            where = f"{self._path}, line {line}"
            replication = self._parse(cells, where)
            if replication.number in self.finished:
                raise ScenarioError(
                    where, f"replication {replication.number} twice", "each once; delete one line"
                )
            self.finished[replication.number] = replication

    def _parse(self, cells: Sequence[str], where: str) -> Replication:
        try:
            number, sampler, divergent, ess, *ranks = cells
            names = self._columns[len(_FIRST_COLUMNS) :]
            replication = Replication(
                int(number),
                sampler,
                int(divergent),
                float(ess) if ess else None,
                {name: int(rank) for name, rank in zip(names, ranks, strict=True) if rank},
            )
            self._require_whole(replication)
        except ValueError as error:
            raise ScenarioError(
                where,
                f"{error} in {','.join(cells)}",
                f"{len(self._columns)} cells of a finished replication; delete the line to redo it",
            ) from None
        return replication

    def _require_whole(self, replication: Replication) -> None:
        """Raise `ValueError` unless a replication is one that was finished."""
        names, ess = self._columns[len(_FIRST_COLUMNS) :], replication.ess
        if replication.number < 0 or replication.divergent < 0:
            raise ValueError("a number below 0")
        if replication.sampler not in _SAMPLERS:
            raise ValueError(f"sampler {replication.sampler!r}")
        if replication.sampler == "none":
            if replication.ranks or ess is not None:
                raise ValueError("ranks without draws")
            return
        if ess is None or not math.isfinite(ess) or ess <= 0:
            raise ValueError(f"ess {ess}")
        if set(replication.ranks) != set(names):
            raise ValueError(f"{len(replication.ranks)} ranks for {len(names)} quantities")
        for name, rank in replication.ranks.items():
            if not 0 <= rank <= RANKED_DRAWS:
                raise ValueError(f"rank {rank} of {name}")


def _claim(folder: Path, manifest: Json) -> None:
    """Write the manifest into a new folder, or compare it with the one that is there."""
    path = folder / MANIFEST
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(manifest, indent=1, allow_nan=False) + "\n", "utf-8")
        unfinished.rename(path)
        return
    if not path.is_file():
        raise ScenarioError(
            f"--out {folder}", "something else", "a new folder, or one of an earlier calibration"
        )
    differing = _differences(_read_manifest(path), json.loads(json.dumps(manifest)))
    if differing:
        raise ScenarioError(
            f"--out {folder}",
            f"replications with another {', '.join(differing)}",
            "the same, to go on with them, or a new folder",
        )


def _read_manifest(path: Path) -> Mapping[str, object]:
    try:
        there = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(str(path), short(str(error)), "the JSON that was written") from error
    if not isinstance(there, dict):
        raise ScenarioError(str(path), short(repr(there)), "one JSON object")
    return there


def _differences(there: Mapping[str, object], here: Mapping[str, object]) -> list[str]:
    keys = sorted((there.keys() | here.keys()) - set(_INCIDENTAL))
    return [key for key in keys if there.get(key) != here.get(key)]


def _drop_half_line(path: Path) -> None:
    """Cut off what was being written when the process ended."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with path.open("r+b") as file:
            file.truncate(whole)
