"""`python -m reports` is the command `eflops`."""

from reports.command import main

main()
