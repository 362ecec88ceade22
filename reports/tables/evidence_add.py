"""What `eflops evidence add` wrote."""

from rich.console import Console
from rich.text import Text

from analysis.words import say
from priors.documents import Json


def print_added(document: Json, console: Console) -> None:
    """Print which rows were added, and how to use them."""
    ids = ", ".join(row["id"] for row in document["rows"])
    console.print(
        Text(
            say(
                "evidence_add.added",
                count=len(document["rows"]),
                table=document["table"],
                folder=document["folder"],
                ids=ids,
            )
        )
    )
    if document["sources"]:
        console.print(Text(say("evidence_add.source", sources=", ".join(document["sources"]))))
    console.print(
        Text(
            say(
                "evidence_add.use",
                folder=document["folder"],
                as_of=document["evidence_as_of"],
            ),
            style="dim",
        )
    )
