"""Probabilities at which results are reported."""

#: Reported quantiles: the ends of the central 50, 80, 90 and 95 % intervals, and the median.
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
#: Probabilities with which a size is to suffice.
ASSURANCE = (0.5, 0.8, 0.9, 0.95)
