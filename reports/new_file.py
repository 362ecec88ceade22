"""New file for the user, written whole or not at all."""

import os
import tempfile
from pathlib import Path

from priors.errors import ScenarioError


def check_new_file(out: Path) -> None:
    """Refuse, before any work, a name that is taken.

    Raises
    ------
    ScenarioError
        Something of that name exists.
    """
    if os.path.lexists(out):
        raise ScenarioError(
            f"--out {out}", "something of that name", "a new name: nothing is overwritten"
        )


def write_new_file(out: Path, text: str) -> None:
    """Write a new file; raises `ScenarioError` as `write_file` does."""
    write_file(out, text, may_replace=False)


def write_file(out: Path, text: str, *, may_replace: bool) -> None:
    """Write a text beside its destination and move it there in one step.

    Raises
    ------
    ScenarioError
        The name is taken and may not be replaced, or the folder cannot be written to.
    """
    if not may_replace:
        check_new_file(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name[:100]}-", dir=out.parent) as staging:
            staged = Path(staging) / out.name
            staged.write_text(text, encoding="utf-8")
            staged.replace(out)
    except (OSError, ValueError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"--out {out}", found, "a folder to write to") from error
