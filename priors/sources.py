"""Register of sources, and ids of rows and sources."""

import re
import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from priors.documents import DATA, read_toml, validate
from priors.errors import EvidenceError

SOURCES = DATA / "sources.toml"

#: How well a figure is known: read in the source itself, in a third party's copy, calculated
#: for this project from the named data, or not verified.
type Verification = Literal["primary", "secondary", "ours", "unchecked"]

type Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


def slug(name: str) -> str | None:
    """Write a name in the form of an id: `T5-11B (large)` is `t5-11b-large`.

    Parameters
    ----------
    name
        Any text; accents are dropped, a Greek letter is spelled out.

    Returns
    -------
    str or None
        Lower-case letters, digits and single hyphens; None if a letter or digit would be lost
        (`富岳NEXT` is not `next`), or if there is none.
    """
    decomposed = unicodedata.normalize("NFKD", name)
    bare = [char for char in decomposed if not unicodedata.combining(char)]
    spelled = "".join(_spell_out(char) for char in bare).lower()
    if any(char.isalnum() and not char.isascii() for char in spelled):
        return None
    return re.sub(r"[^a-z0-9]+", "-", spelled).strip("-") or None


def _spell_out(char: str) -> str:
    greek = re.fullmatch(r"GREEK (?:SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(char, ""))
    return f" {greek[1]} " if greek else char


class Source(BaseModel):
    """One publication, data set, repository or named judgement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    producer: str
    url: str
    published: date
    accessed: date
    licence: str
    archive: str
    kind: Literal[
        "dataset",
        "paper",
        "repository",
        "report",
        "web page",
        "press",
        "expert judgement",
    ]
    note: str = ""


class Sources(BaseModel):
    """The register, and the day the evidence was closed.

    Attributes
    ----------
    as_of
        No row of the evidence may be dated later.
    by_id
        Source id → source.
    """

    model_config = ConfigDict(frozen=True)

    as_of: date
    by_id: dict[str, Source]

    def require(self, source_id: str, where: str) -> Source:
        """Return a source, or raise `EvidenceError` naming the row that cites it."""
        if source_id not in self.by_id:
            raise EvidenceError(
                where, f"source {source_id!r}", "the id of a source registered in sources.toml"
            )
        return self.by_id[source_id]


def load_sources(path: Path = SOURCES) -> Sources:
    """Read the register; raises `EvidenceError` on a record that breaks the schema."""
    document = read_toml(path, EvidenceError)
    return Sources(as_of=_closed(path, document.pop("as_of", None)), by_id=_by_id(path, document))


def own_sources(path: Path) -> tuple[date | None, dict[str, Source]]:
    """Read sources that are laid over the register, and the day they state, if they state one.

    Raises
    ------
    EvidenceError
        A record that breaks the schema, or an id that is no slug.
    """
    document = read_toml(path, EvidenceError)
    as_of = document.pop("as_of", None)
    for key in document:
        if slug(key) != key:
            raise EvidenceError(
                f"{path.name} [{key}]", repr(key), "an id of letters a-z and digits"
            )
    return None if as_of is None else _closed(path, as_of), _by_id(path, document)


def _closed(path: Path, as_of: object) -> date:
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        raise EvidenceError(f"{path.name} [as_of]", repr(as_of), "a date, YYYY-MM-DD")
    return as_of


def _by_id(path: Path, document: dict[str, Any]) -> dict[str, Source]:
    return {
        key: validate(Source, record, f"{path.name} [{key}]", EvidenceError)
        for key, record in document.items()
    }
