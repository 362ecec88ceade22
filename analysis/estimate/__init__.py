"""What a scenario requires: quantiles with their errors, and notes on how to read them."""
