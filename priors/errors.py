"""Input errors, each reported as one line."""

#: Characters that an error line shows of what was found, of where, and of what is expected.
_SHOWN = 120
_WHERE_SHOWN = 300
_EXPECTED_SHOWN = 1000


def short(text: str, most: int = _SHOWN) -> str:
    """Cut a text that is too long for one line, and keep control characters out of it."""
    one_line = " ".join(text.splitlines())
    printable = "".join(char if char.isprintable() else repr(char)[1:-1] for char in one_line)
    return printable if len(printable) <= most else f"{printable[:most]}…"


class InputError(Exception):
    """An input the user can mend.

    Parameters
    ----------
    where
        File, row and column or key, as the user would look for it.
    found
        What stands there.
    expected
        What should stand there, and what to do.
    """

    def __init__(self, where: str, found: str, expected: str) -> None:
        self.where = short(where, _WHERE_SHOWN)
        self.found = short(found)
        self.expected = short(expected, _EXPECTED_SHOWN)
        super().__init__(f"{self.where}: found {self.found}; expected {self.expected}")


class EvidenceError(InputError):
    """A row, table or source of the evidence is wrong."""


class PriorError(InputError):
    """A row of the priors is wrong."""


class ScenarioError(InputError):
    """A scenario, or a question asked of it, is wrong."""
