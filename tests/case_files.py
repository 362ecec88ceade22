"""Small inputs of the kinds that people have: see `tests/cases`."""

from pathlib import Path

CASES = Path(__file__).parent / "cases"
