"""How much one more training run would narrow the law.

The law is linearised at its fit. With residuals of one scale, independent but for what the rows of
a run have in common, the covariance of the unknowns is proportional to the inverse of the
information matrix of generalised least squares; so it is for an M-estimator such as Huber's (Huber
& Ronchetti 2009, section 7.6). A further run with gradient g of its log loss takes from the
variance of a function with gradient h the share (hᵀMg)² / ((s + gᵀMg) hᵀMh), M that inverse and s
the variance of a run. The scale cancels: no noise needs to be known (optimal design: Chaloner &
Verdinelli 1995, section 2).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.gaussian import Array
from model.law.isoflop import DELTA, LawFit, Likelihood
from model.law.loss_law import LossLaw
from priors.imports.isoflop_runs import IsoflopRuns

#: Step of the numerical derivatives, in units of the unknowns (logs and exponents).
_STEP = 1e-5
#: Median absolute deviation of a normal distribution, in standard deviations.
_MAD = 0.6745


@dataclass(frozen=True)
class Design:
    """What the runs so far say of the law, near its fit.

    Attributes
    ----------
    likelihood, point
        Of the runs, and the unknowns at the fit, shape (unknown,).
    covariance
        Of the unknowns, in units of the variance of a row about its run; shape (unknown, unknown).
    run_variance
        Variance of a new run's log loss in the same units: 1, and what rows of a run share.
    """

    likelihood: Likelihood
    point: Array
    covariance: Array
    run_variance: float

    @classmethod
    def of(cls, runs: IsoflopRuns, fit: LawFit) -> "Design":
        """Linearise the law at a fit to runs."""
        likelihood, point = Likelihood(runs), fit.optima[0]
        slopes = likelihood.slopes(point) * DELTA
        shared = _shared_variance(likelihood.residuals(point) * DELTA, runs.clusters)
        information = np.zeros((slopes.shape[1], slopes.shape[1]))
        for run in range(int(runs.clusters.max()) + 1):
            own = slopes[runs.clusters == run]
            # (I + s 1 1ᵀ)⁻¹ = I - s / (1 + n s) 1 1ᵀ, Sherman & Morrison
            total = own.sum(axis=0)
            information += own.T @ own
            information -= shared / (1 + len(own) * shared) * np.outer(total, total)
        return cls(likelihood, point, np.linalg.pinv(information), 1 + shared)

    def reduction(
        self, parameters: Array, tokens: Array, function: Callable[[LossLaw], Array]
    ) -> Array:
        """Share of the variance of a function of the law that one more run takes away.

        Parameters
        ----------
        parameters, tokens
            Shape (candidate,): N and D of the run.
        function
            Of the law, such as its a.

        Returns
        -------
        array
            Shape (candidate,): from 0 to 1.
        """
        target = self._gradient(lambda law: np.atleast_1d(function(law)))[0]
        slopes = self._gradient(lambda law: np.log(law.loss(parameters, tokens)))
        along = slopes @ self.covariance @ target
        spread = np.einsum("ci,ij,cj->c", slopes, self.covariance, slopes)
        variance = target @ self.covariance @ target
        return np.asarray(along**2 / ((self.run_variance + spread) * variance))

    def _gradient(self, function: Callable[[LossLaw], Array]) -> Array:
        """Differentiate a function of the law by the unknowns; shape (value, unknown)."""
        steps = _STEP * np.eye(len(self.point))
        return np.column_stack(
            [
                (
                    function(self.likelihood.law(self.point + step))
                    - function(self.likelihood.law(self.point - step))
                )
                / (2 * _STEP)
                for step in steps
            ]
        )


def _shared_variance(residuals: Array, clusters: NDArray[np.intp]) -> float:
    """Variance that the rows of a run have in common over that of a row about its run.

    By the medians of absolute deviations, so that outliers do not matter; 0 where each row is one.
    """
    number = int(clusters.max()) + 1
    if number == len(residuals):
        return 0.0
    middles = np.array([np.median(residuals[clusters == run]) for run in range(number)])
    within = np.median(np.abs(residuals - middles[clusters])) / _MAD
    between = np.median(np.abs(middles - np.median(middles))) / _MAD
    return float((between / within) ** 2) if within > 0 else 0.0
