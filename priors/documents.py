"""TOML documents and records, with every fault as one line."""

import stat
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from priors.errors import InputError

#: A JSON object: what a command prints with --json, or a part of it.
type Json = dict[str, Any]

#: Folder of everything that the project ships: evidence, sources, beliefs, scenarios, limits.
DATA = Path(__file__).parent / "data"

#: Bytes of the largest file that is read: a row per run, not a row per step of training.
LARGEST = 64 * 2**20

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
    "tuple_type": "a list in brackets, such as [60]",
    "list_type": "a list in brackets",
    "dict_type": "a table",
    "string_type": "a text in quotes",
    "string_too_short": "a text of at least {min_length} characters",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "too_short": "at least {min_length} in the list",
}


def read_toml(path: Path, error: type[InputError]) -> dict[str, Any]:
    """Read a TOML file, with or without a byte order mark.

    Raises
    ------
    error
        The file cannot be read, is not UTF-8 or is not TOML.
    """
    return parse_toml(read_utf8(path, error, "a readable TOML file"), path.name, error)


def read_utf8(path: Path, error: type[InputError], expected: str) -> str:
    """Text of a file in UTF-8; raises `error`, saying that `expected` was expected.

    A device or a pipe, which may have no end, and a file of more than `LARGEST` bytes are not read.
    """
    try:
        text = read_bounded(path, error, expected).decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    except ValueError as failure:
        raise error(path.name, str(failure), expected) from failure


def read_bounded(path: Path, error: type[InputError], expected: str) -> bytes:
    """Bytes of a regular file of at most `LARGEST` bytes.

    Raises
    ------
    error
        No such file, a folder, a device, a pipe, or too large a file.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
            raise error(path.name, what, f"{expected}, which has an end")
        if found.st_size > LARGEST:
            size, most = found.st_size / 2**20, LARGEST / 2**20
            raise error(path.name, f"{size:.0f} MiB", f"{expected} of at most {most:.0f} MiB")
        return path.read_bytes()
    except OSError as failure:
        raise error(path.name, failure.strerror or str(failure), expected) from failure
    except ValueError as failure:  # a path with NUL
        raise error(path.name, str(failure), expected) from failure


def parse_toml(text: str, where: str, error: type[InputError]) -> dict[str, Any]:
    """Parse a TOML document; raises `error`, naming `where`, if it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as failure:
        raise error(where, str(failure), "a readable TOML file") from failure


def validate[M: BaseModel](
    model: type[M],
    record: object,
    where: str,
    error: type[InputError],
    *,
    whole: tuple[str, str] | None = None,
) -> M:
    """Make a record of a class, or say in one line what is wrong with it.

    Parameters
    ----------
    where
        File and row or section; the key is added to it.
    whole
        What stands for the key, and what was found, where the fault is of the record as a whole;
        None: `record`, and the record itself.

    Raises
    ------
    error
        The first violation of the schema.
    """
    try:
        return model.model_validate(visible(record))
    except ValidationError as failure:
        key, found, expected = explain(failure, model.model_fields)
        if whole is not None and key == "record":
            key, found = whole
        raise error(f"{where} {key}", found, expected) from failure


def visible(value: Any) -> Any:  # noqa: ANN401 - any document
    """Write control characters and marks of direction in the texts of a document as escapes.

    A name with an escape sequence of a terminal, or with a mark that reverses what follows it, is
    shown as it is spelled, wherever it is shown. Blanks and ends of lines stay.
    """
    if isinstance(value, str):
        if value.isprintable():
            return value
        return "".join(
            char if char.isprintable() or _is_blank(char) else repr(char)[1:-1] for char in value
        )
    if isinstance(value, dict):
        return {key: visible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [visible(item) for item in value]
    return value


def _is_blank(char: str) -> bool:
    return char in "\n\r\t" or unicodedata.category(char) == "Zs"


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
        return template.format(known=", ".join(sorted(known)), **violation.get("ctx", {}))
    message = violation["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return message
