"""Random-effects meta-analysis of laws: size and exponent together.

A law is log10 N_opt(C) = ℓ + a · log10(C / pivot). Laws differ: (ℓ_k, a_k) of the runs k is
N((μ_ℓ, μ_a), Σ), Σ with standard deviations τ_ℓ and τ_a and correlation ρ. A study of these runs
observes a_k and, at FLOP of its own, the size; studies of the same runs share (ℓ_k, a_k). The law
that the coming model will meet is a further draw, (ℓ, a) ~ N((μ_ℓ, μ_a), Σ). A published b̂ is a
second reading of the same fit and does not enter. Source: bivariate random-effects meta-analysis,
van Houwelingen et al. 2002, Statistics in Medicine 21:589, section 4.
"""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

import numpy as np

from model.beliefs import Beliefs
from model.gaussian import Algebra, Groups, Integrated, integrate_groups_out

#: The coefficients (μ_ℓ, μ_a).
MEANS = ("law_pivot_parameters", "law_exponent_mean")
#: What is sampled: τ_ℓ, τ_a and ρ.
SPREADS = ("law_size_spread", "law_exponent_spread", "law_correlation")


def means_given(
    algebra: Algebra, beliefs: Beliefs, data: Mapping[str, Any], spreads: Mapping[str, Any]
) -> Integrated:
    """Integrate the means over laws out, given the `SPREADS` between them, each of shape (...)."""
    groups = about(data, beliefs.loc_of(*MEANS))
    return integrate_groups_out(
        algebra, groups, scale=beliefs.scale_of(*MEANS), root=root_of(spreads)
    )


def about(data: Mapping[str, Any], mean: Any) -> Groups:
    """Sum over the rows of each set of runs, of residuals about a law.

    Parameters
    ----------
    data
        What `model.law.studies.Studies.arrays` returns.
    mean
        (ℓ, a), shape (..., 2).
    """
    information, moment = data["law_information"], data["law_moment"]
    turned = (information @ mean[..., None, :, None])[..., 0]
    linear = (moment * mean[..., None, :]).sum(-1)
    quadratic = (turned * mean[..., None, :]).sum(-1)
    return Groups(
        information=information,
        moment=moment - turned,
        squares=data["law_square"] - 2 * linear + quadratic,
        log_determinants=data["law_log_determinant"],
        counts=data["law_count"],
        coefficients=len(MEANS),
    )


def root_of(spreads: Mapping[str, Any]) -> Any:
    """Return the lower triangular T with T Tᵀ = Σ; shape (..., 2, 2)."""
    size, exponent, correlation = (spreads[name][..., None, None] for name in SPREADS)
    first, below, last = (_unit(i, j) for i, j in ((0, 0), (1, 0), (1, 1)))
    along = correlation * exponent * below + (1 - correlation**2) ** 0.5 * exponent * last
    return size * first + along


def _unit(row: int, column: int) -> np.ndarray:
    """Return a matrix with one element of 1."""
    matrix = np.zeros((2, 2))
    matrix[row, column] = 1.0
    return matrix
