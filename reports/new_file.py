"""New file for the user, written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from priors.documents import Json
from priors.errors import ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure


def check_new_file(out: Path, option: str = "--out") -> None:
    """Refuse, before any work, a name that is taken.

    Raises
    ------
    ScenarioError
        Something of that name exists.
    """
    if os.path.lexists(out):
        raise ScenarioError(
            f"{option} {out}", "something of that name", "a new name: nothing is overwritten"
        )


def write_new_file(out: Path, text: str) -> None:
    """Write a new file; raises `ScenarioError` as `write_file` does."""
    write_file(out, text, may_replace=False)


def write_file(
    out: Path, content: str | bytes, *, may_replace: bool, option: str = "--out"
) -> None:
    """Write a text or bytes beside their destination and move them there in one step.

    Raises
    ------
    ScenarioError
        The name is taken and may not be replaced, or the folder cannot be written to.
    """
    if not may_replace:
        check_new_file(out, option)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name[:100]}-", dir=out.parent) as staging:
            staged = Path(staging) / out.name
            staged.write_bytes(content.encode() if isinstance(content, str) else content)
            staged.replace(out)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"{option} {out}", found, "a folder to write to") from error


def write_figures(out: Path, figures: "Mapping[str, Figure]") -> None:
    """Write figures into a folder, each as NAME.png and NAME.pdf, the same bytes each time.

    Raises
    ------
    ScenarioError
        The folder cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            figure.savefig(out / f"{name}.png", dpi=200)
            figure.savefig(out / f"{name}.pdf", metadata={"CreationDate": None})
    except OSError as error:
        found = error.strerror or str(error)
        raise ScenarioError(f"--figures {out}", found, "a folder to write to") from error


def write_result(out: Path, document: Json, figure: "Figure", name: str) -> None:
    """Keep a result in a folder: its figure as NAME.svg and NAME.png, and `summary.json`.

    Raises
    ------
    ScenarioError
        The folder cannot be written to.
    """
    from reports.figures.style import svg

    write_file(out / f"{name}.svg", svg(figure), may_replace=True)
    figure.savefig(out / f"{name}.png", dpi=120)
    text = json.dumps(document, indent=1, allow_nan=False)
    write_file(out / "summary.json", f"{text}\n", may_replace=True)
