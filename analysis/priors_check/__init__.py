"""Influence of the priors, and predictive checks."""
