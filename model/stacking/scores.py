"""Predictive density of yearly means under one form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from model.beliefs import Beliefs
from model.gaussian import NUMERIC, Array
from model.inputs import Inputs
from model.sampling.block_densities import blocks
from model.sampling.exact import posterior_density
from model.sampling.proposal import adapt, weigh
from model.sampling.seeds import named_rng
from model.sampling.threads import one_blas_thread
from model.stacking.windows import Window, known_before, mean_ramps, observed_mean
from model.trend import LINE, decay, grades_together, path_at, path_scale
from priors.scenario import SingleForm

#: Points over the spreads, of which the predictive distribution is a mixture of normals.
POINTS = 1024


@dataclass(frozen=True)
class Predictive:
    """Mixture of normals, one per point of the spreads, for each window.

    Attributes
    ----------
    weights
        Shape (point,), adding up to 1.
    mean, sd
        log10 FLOP, shape (point, window).
    """

    weights: Array
    mean: Array
    sd: Array

    def log_density(self, observed: Array) -> Array:
        """Log density of what came; shape (window,)."""
        normal = stats.norm.logpdf(observed, self.mean, self.sd)
        with np.errstate(divide="ignore"):
            shares = np.log(self.weights)[:, None]
        found: Array = special.logsumexp(normal + shares, axis=0)
        return found

    def probability(self, observed: Array) -> Array:
        """Probability of no more than what came (PIT); shape (window,)."""
        found: Array = self.weights @ stats.norm.cdf(observed, self.mean, self.sd)
        return found


@one_blas_thread
def predict(
    form: SingleForm, inputs: Inputs, origin: int, chosen: Sequence[Window], seed: int
) -> Predictive:
    """Predict the mean of each window's entrants from what was known at the origin.

    A mean of n entrants has the variance of the line's mean over their days and (σ² + mean (k g)²)
    / n. Given its spreads the line is Gaussian; the spreads are weighted points (`sampling.exact`).

    Parameters
    ----------
    inputs
        All runs; those before the origin inform the forecast, days and grades of the entrants are
        taken as known.
    chosen
        Windows of this origin.
    """
    known = known_before(inputs, origin)
    arrays = known.arrays(form)
    beliefs = Beliefs.of(arrays)
    at, weights = _spreads(form, beliefs, arrays, seed, f"{form} {origin}")
    data = grades_together(beliefs, arrays)
    given, spread = path_at(form, beliefs, data, at)
    scale = path_scale(beliefs, data, spread)
    middle = given.draw_back(np.zeros_like(given.shift))
    effects, reached = known.effects(form), known.reached(form)
    mean = np.empty((len(weights), len(chosen)))
    variance = np.empty_like(mean)
    for i, window in enumerate(chosen):
        elapsed, acted = mean_ramps(inputs, window)
        basis = np.tile(np.r_[1.0, elapsed, (acted @ effects)[reached]], (len(weights), 1))
        if form == "saturating":
            basis[:, 1] += decay(NUMERIC, spread, inputs.starts) @ acted
        ahead = basis * scale
        mean[:, i] = basis[:, :2] @ beliefs.loc_of(*LINE) + (ahead * middle).sum(axis=1)
        white = NUMERIC.solve_lower(given.cholesky, ahead)
        unseen = ((acted @ effects)[~reached] ** 2).sum()
        grades = (inputs.trend_grade_sd[list(window.members)] ** 2).mean()
        noise = at["trend_noise"] ** 2 + at["trend_grade_factor"] ** 2 * grades
        variance[:, i] = (white**2).sum(axis=1) + spread**2 * unseen + noise / len(window.members)
    return Predictive(weights, mean, np.sqrt(variance))


def log_scores(form: SingleForm, inputs: Inputs, chosen: Sequence[Window], seed: int) -> Array:
    """Log predictive density of each window under a form; shape (window,)."""
    found = np.empty(len(chosen))
    for origin in dict.fromkeys(window.origin for window in chosen):
        places = [i for i, window in enumerate(chosen) if window.origin == origin]
        of_origin = [chosen[i] for i in places]
        observed = np.array([observed_mean(inputs, window) for window in of_origin])
        found[places] = predict(form, inputs, origin, of_origin, seed).log_density(observed)
    return found


def _spreads(
    form: SingleForm, beliefs: Beliefs, arrays: Mapping[str, Array], seed: int, name: str
) -> tuple[dict[str, Array], Array]:
    """Weighted points of the form's spreads, given its runs."""
    block = blocks(form)[0]
    density = posterior_density(block, beliefs, arrays)
    proposal = adapt(density, len(block.sampled), named_rng(seed, f"adapt {name}"))
    z = proposal.draw(POINTS, named_rng(seed, f"points {name}"))
    at = {one: beliefs.place_normal(one, z[:, i]) for i, one in enumerate(block.sampled)}
    return at, weigh(proposal, z, density)
