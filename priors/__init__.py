"""What we know and believe: units, sources, evidence, priors and scenarios."""
