"""Training runs simulated from a known law of the loss."""

import numpy as np

from model.law.loss_law import LossLaw
from priors.imports.isoflop_runs import IsoflopRuns

#: Near the law of Besiroglu et al. 2024.
LAW = LossLaw(
    irreducible=1.82,
    parameters_scale=480.0,
    tokens_scale=2100.0,
    parameters_exponent=0.347,
    tokens_exponent=0.367,
)


def isoflop_runs(rng, *, law=LAW, budgets=8, sizes=10, noise=0.005, tail=4.0):
    """Sizes about the optimum at each of several FLOP; Student-t noise of scale `noise`."""
    flop = np.repeat(np.logspace(18, 21.5, budgets), sizes)
    parameters = law.optimal_parameters(flop) * np.tile(np.logspace(-0.7, 0.7, sizes), budgets)
    tokens = flop / 6 / parameters
    loss = law.loss(parameters, tokens) * np.exp(noise * rng.standard_t(tail, flop.size))
    return IsoflopRuns("simulated.csv", parameters, tokens, loss, {}, ())
