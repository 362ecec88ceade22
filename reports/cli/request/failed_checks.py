"""Failed checks on stderr, and their exit code."""

import sys
from collections.abc import Iterable
from typing import Any

import typer

from reports.exit_codes import FAILED_CHECK


def say_failed(checks: Iterable[dict[str, Any]], scenario: str | None = None) -> bool:
    """Name every failed check on stderr.

    Parameters
    ----------
    checks
        As the JSON of a result has them.
    scenario
        Named in each line, where there may be several.

    Returns
    -------
    bool
        Whether any failed.
    """
    from reports.tables.style import failed_text

    failed = [check for check in checks if not check["passed"]]
    where = "" if scenario is None else f"{scenario}: "
    for check in failed:
        sys.stderr.write(f"eflops: check failed: {where}{failed_text(check)}\n")
    return bool(failed)


def end_on_failed(checks: Iterable[dict[str, Any]], scenario: str | None = None) -> None:
    """Name every failed check on stderr, and end with exit code 3 if there is one."""
    if say_failed(checks, scenario):
        raise typer.Exit(FAILED_CHECK)
