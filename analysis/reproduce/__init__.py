"""The roadmap's printed figures, recomputed."""
