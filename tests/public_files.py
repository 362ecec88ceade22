"""Public files that are not the project's to ship, for the tests that read them.

`EFLOPS_PUBLIC_FILES` names a folder that holds them under the names that the tests give; without
it, or without the file, the test is skipped.
"""

import os
from pathlib import Path

import pytest

_VARIABLE = "EFLOPS_PUBLIC_FILES"


def public_file(name: str) -> Path:
    """Where a public file would be; it need not exist."""
    return Path(os.environ.get(_VARIABLE, "no-such-folder")) / name


def needs(path: Path) -> pytest.MarkDecorator:
    """Skip a test where a public file is not at hand."""
    reason = f"{path.name} is not in ${_VARIABLE}"
    return pytest.mark.skipif(not path.is_file(), reason=reason)
