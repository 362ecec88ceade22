"""Options that name the source of own rows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.own.rows import new_source
from priors.sources import Source

_PANEL = "Source of own rows"

SourceKey = Annotated[
    str | None,
    typer.Option("--source", help="Id of the source that the rows cite.", metavar="KEY"),
]
Title = Annotated[
    str | None,
    typer.Option("--title", help="Title of a source that is new.", rich_help_panel=_PANEL),
]
Producer = Annotated[
    str | None,
    typer.Option("--producer", help="Who made it (default: own work).", rich_help_panel=_PANEL),
]
Url = Annotated[
    str | None,
    typer.Option("--url", help="Where it is (default: unpublished).", rich_help_panel=_PANEL),
]
Licence = Annotated[
    str | None,
    typer.Option("--licence", help="Its licence (default: own data).", rich_help_panel=_PANEL),
]


def with_source(
    evidence: Evidence,
    key: str | None,
    title: str | None,
    *,
    published: datetime | None,
    given: Mapping[str, str | None],
) -> tuple[Evidence, dict[str, Source]]:
    """Return the evidence with a source that rows may cite, and the source if it is new.

    Parameters
    ----------
    published
        Day of the figures; today if not given. A new source is accessed today.

    Raises
    ------
    ScenarioError
        No id, an id that is not registered and has no title, or a title of one that is.
    """
    if key is None:
        raise ScenarioError("--source", "nothing", "the id of a source, which every row cites")
    stated = {name: text for name, text in given.items() if text is not None}
    if key in evidence.sources.by_id:
        if title is not None and title != evidence.sources.by_id[key].title:
            raise ScenarioError(
                "--title", repr(title), f"no title: {key} is registered as another source"
            )
        return evidence, {}
    if title is None:
        raise ScenarioError(
            "--source", repr(key), "the id of a registered source, or --title for a new one"
        )
    today = datetime.now(UTC).date()
    day = today if published is None else published.date()
    if day > today:
        raise ScenarioError("--published", str(day), f"a day up to today, {today}")
    source = new_source(key, title, published=day, accessed=today, given=stated)
    sources = evidence.sources.model_copy(update={"by_id": {**evidence.sources.by_id, key: source}})
    return replace(evidence, sources=sources), {key: source}
