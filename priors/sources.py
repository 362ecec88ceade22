"""Where every number comes from: the register of sources."""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from priors.errors import EvidenceError
from priors.validation import explain

#: How well a figure is known: read in the source itself, in a third party's copy, calculated
#: for this project from the named data, or not verified.
type Verification = Literal["primary", "secondary", "ours", "unchecked"]

type Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


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


def load_sources(path: Path) -> Sources:
    """Read the register; raises `EvidenceError` on a record that breaks the schema."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EvidenceError(path.name, str(error), "a readable TOML file") from error
    as_of = document.pop("as_of", None)
    if not isinstance(as_of, date) or isinstance(as_of, datetime):
        raise EvidenceError(f"{path.name} [as_of]", repr(as_of), "a date, YYYY-MM-DD")
    return Sources(as_of=as_of, by_id={key: _source(path, key, document[key]) for key in document})


def _source(path: Path, source_id: str, record: object) -> Source:
    try:
        return Source.model_validate(record)
    except ValidationError as error:
        key, found, expected = explain(error, Source.model_fields)
        raise EvidenceError(f"{path.name} [{source_id}] {key}", found, expected) from error
