"""Exit codes of the command; 2, of a wrong usage, is Typer's own."""

BAD_INPUT, FAILED_CHECK, INTERRUPTED = 1, 3, 130
