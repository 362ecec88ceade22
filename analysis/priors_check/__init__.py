"""Influence of the priors on a result, and prior and posterior predictive checks."""
