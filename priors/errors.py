"""Input errors, each reported as one line."""

#: Characters of a found value that an error line shows.
_SHOWN = 120


def short(text: str) -> str:
    """Cut a text that is too long for one line, and keep control characters out of it."""
    one_line = " ".join(text.splitlines())
    printable = "".join(char if char.isprintable() else repr(char)[1:-1] for char in one_line)
    return printable if len(printable) <= _SHOWN else f"{printable[:_SHOWN]}…"


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
        self.where, self.found, self.expected = where, short(found), expected
        super().__init__(f"{where}: found {self.found}; expected {expected}".replace("\n", " "))


class EvidenceError(InputError):
    """A row, table or source of the evidence is wrong."""


class PriorError(InputError):
    """A row of the priors is wrong."""


class ScenarioError(InputError):
    """A scenario, or a question asked of it, is wrong."""
