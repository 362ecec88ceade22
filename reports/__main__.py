"""The command `eflops` as `python -m reports`."""

from reports.command import main

main()
