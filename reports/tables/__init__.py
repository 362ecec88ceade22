"""Terminal tables: one file per command that prints one."""
