"""A file that a command writes for the user: new, and whole or not at all."""

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
    if out.exists():
        raise ScenarioError(
            f"--out {out}", "something of that name", "a new name: nothing is overwritten"
        )


def write_new_file(out: Path, text: str) -> None:
    """Write a text beside its destination and move it there in one step.

    Raises
    ------
    ScenarioError
        The name is taken, or the folder cannot be written to.
    """
    check_new_file(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as staging:
            staged = Path(staging) / out.name
            staged.write_text(text, encoding="utf-8")
            staged.rename(out)
    except OSError as error:
        raise ScenarioError(
            f"--out {out}", error.strerror or str(error), "a folder to write to"
        ) from error
