"""Hindcasts: what the model would have said of runs, campaigns and machines that came later."""
