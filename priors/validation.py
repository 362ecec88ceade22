"""Turn a schema violation into the one line that the user reads."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

#: What was expected, by pydantic error type, where pydantic's own words help little.
_EXPECTED = {
    "missing": "a value",
    "extra_forbidden": "one of the known keys: {known}",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "int_parsing": "a whole number",
    "date_from_datetime_parsing": "an ISO date, YYYY-MM-DD",
    "date_from_datetime_inexact": "an ISO date, YYYY-MM-DD",
    "date_parsing": "an ISO date, YYYY-MM-DD",
}


def explain(error: ValidationError, known: Mapping[str, Any]) -> tuple[str, str, str]:
    """Describe the first violation of a pydantic error.

    Parameters
    ----------
    error
        What pydantic raised.
    known
        The fields of the record, to list where a key is unknown.

    Returns
    -------
    tuple of str
        The key, what was found, and what is expected.
    """
    violations = error.errors()
    first = violations[0]
    key = ".".join(str(part) for part in first["loc"]) or "record"
    found = "nothing" if _is_empty(first) else repr(first["input"])
    expected = _expected(first, known)
    if len(violations) > 1:
        expected += f" (and {len(violations) - 1} more)"
    return key, found, expected


def _is_empty(violation: ErrorDetails) -> bool:
    return violation["type"] == "missing" or violation["input"] is None


def _expected(violation: ErrorDetails, known: Mapping[str, Any]) -> str:
    template = _EXPECTED.get(violation["type"])
    if template is not None:
        return template.format(known=", ".join(sorted(known)))
    message = violation["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return message
