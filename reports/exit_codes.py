"""Exit codes of the command."""

BAD_INPUT, FAILED_CHECK, INTERRUPTED = 1, 3, 130
