"""Random-effects meta-analysis of the compute-optimal exponent."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

from model.beliefs import Beliefs
from model.gaussian import Algebra, Integrated, integrate_out


def mean_exponent_given(
    algebra: Algebra, beliefs: Beliefs, data: Mapping[str, Any], *, spread: Any
) -> Integrated:
    """Integrate the mean exponent out, given the spread between laws, τ_a of shape (...).

    â_k ~ N(μ_a, s_k² + τ_a²): the studies' own effects are integrated out too. The law that the
    coming model will meet is drawn afterwards: a ~ N(μ_a, τ_a), b = 1 − a + closure. A study
    enters by â alone: b̂ is a second reading of the same fit.
    """
    exponents = data["law_exponents"]
    return integrate_out(
        algebra,
        basis=data["law_basis"],
        scale=beliefs.scale_of("law_exponent_mean"),
        residual=exponents - data["law_basis"] @ beliefs.loc_of("law_exponent_mean"),
        variance=data["law_sd"] ** 2 + spread[..., None] ** 2,
    )
