"""What is written in any dialect, encoding, unit and header is read back equal, or refused."""

import tempfile
from pathlib import Path

from dressed import files, outcome
from hypothesis import HealthCheck, given, settings


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files())
def test_any_dress_is_read_back_or_refused_in_a_line(file):
    with tempfile.TemporaryDirectory() as folder:
        assert outcome(file, Path(folder)) in {"read", "refused: decimal mark in doubt"}
