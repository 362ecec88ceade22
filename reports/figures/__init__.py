"""Figures: one file per command that draws one."""
