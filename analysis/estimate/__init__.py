"""Required EFLOPS of a scenario: quantiles, checks and notes."""
