"""Sobol and Shapley shares, levers, and the value of information."""
