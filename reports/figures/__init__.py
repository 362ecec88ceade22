"""One file per command that draws a figure."""
