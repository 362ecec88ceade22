"""Names and sentences of the output, from one catalogue by key."""

from functools import cache
from pathlib import Path

from priors.documents import Json, read_toml
from priors.errors import InputError

CATALOGUE = Path(__file__).parent / "catalogue"
_LANGUAGE = "en"


def say(key: str, /, **values: object) -> str:
    """Return a sentence with its numbers.

    Parameters
    ----------
    key
        SECTION.NAME in the catalogue.
    values
        What the sentence names in braces; numbers are formatted as the catalogue says.

    Raises
    ------
    KeyError
        No such key, or a value that the sentence needs and does not get.
    """
    section, _, name = key.partition(".")
    template: str = catalogue()[section][name]
    return template.format_map(values)


def noted(key: str, /, **values: object) -> Json:
    """Return a sentence as `key`, `values` and `text`, for a result that is read by programs.

    Parameters
    ----------
    key, values
        As for `say`; a day becomes its ISO date.
    """
    plain = {
        name: value if isinstance(value, str | int | float | None) else str(value)
        for name, value in values.items()
    }
    return {"key": key, "values": plain, "text": say(key, **values)}


@cache
def catalogue(language: str = _LANGUAGE) -> Json:
    """Section → name → sentence, of one language; a section stands in one of its files."""
    found: Json = {}
    for path in sorted((CATALOGUE / language).glob("*.toml")):
        found |= read_toml(path, InputError)
    return found
