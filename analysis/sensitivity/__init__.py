"""What drives a requirement: Sobol and Shapley shares, levers, the value of information."""
