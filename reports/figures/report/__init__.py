"""Figures of the report that belong to no other command."""
