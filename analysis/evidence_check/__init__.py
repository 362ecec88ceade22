"""Consistency of the evidence: `eflops evidence check`."""
