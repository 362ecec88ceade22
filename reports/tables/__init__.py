"""One file per command that prints a table."""
