"""Names and sentences of the output, from a catalogue per language."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from priors.documents import Json, read_toml
from priors.errors import InputError

CATALOGUE = Path(__file__).parent / "catalogue"
#: Languages of the output, by ISO 639-1; the first is that of everything that is not asked
#: otherwise, and of `--json`.
LANGUAGES = ("en", "ja")
_language = ContextVar("language", default=LANGUAGES[0])


def language() -> str:
    """Language in which sentences are said now."""
    return _language.get()


def choose_language(name: str) -> None:
    """Say every sentence from now on in a language."""
    _language.set(name)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Say the sentences of a block in a language."""
    token = _language.set(name)
    try:
        yield
    finally:
        _language.reset(token)


class _Localised(Formatter):
    """Fills numbers in as Python does, and days and large numbers as the language has them.

    Format `day` is a long date, `count` a number in words of the language such as 1.59 trillion.
    """

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - any value
        if format_spec == "day":
            return long_date(date.fromisoformat(str(value)))
        if format_spec == "count":
            return large_number(float(value))
        return str(super().format_field(value, format_spec))


def long_date(day: date) -> str:
    """Write a date as the language has it: 31 August 2026, 2026年8月31日."""
    from babel.dates import format_date

    return format_date(day, format="long", locale=_LOCALES[language()])


def large_number(value: float) -> str:
    """Write a large number with three digits in words of the language.

    Examples
    --------
    >>> large_number(1.59e12)
    '1.59 trillion'
    >>> with speaking("ja"):
    ...     large_number(1.59e12)
    '1.59兆'
    """
    from babel.numbers import format_compact_decimal

    rounded = float(f"{value:.2e}")
    if rounded >= _LARGEST_WITH_A_NAME:
        return f"{rounded:.3g}"
    return format_compact_decimal(
        rounded, format_type="long", locale=_LOCALES[language()], fraction_digits=2
    )


#: Locale of each language: British dates, as the prose is.
_LOCALES = {"en": "en_GB", "ja": "ja_JP"}
_LARGEST_WITH_A_NAME = 1e15


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
    template: str = catalogue(language())[section][name]
    return _Localised().vformat(template, (), values)


def say_known(key: str, otherwise: str) -> str:
    """Return a sentence without numbers, or another where the catalogue has none of that key."""
    section, _, name = key.partition(".")
    found: str = catalogue(language()).get(section, {}).get(name, otherwise)
    return found


def scenario_title(name: str, title: str) -> str:
    """Return the title of a scenario: of a built-in one in the language, of another as it is."""
    if catalogue()["titles"].get(name) != title:
        return title
    found: str = catalogue(language())["titles"][name]
    return found


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
def catalogue(name: str = LANGUAGES[0]) -> Json:
    """Section → name → sentence, of one language; a section stands in one of its files."""
    found: Json = {}
    for path in sorted((CATALOGUE / name).glob("*.toml")):
        found |= read_toml(path, InputError)
    return found
