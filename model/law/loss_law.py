"""Parametric law of the loss and its compute-optimal models."""

from dataclasses import dataclass
from typing import Any

from priors.units import FLOP_PER_PARAMETER_TOKEN


@dataclass(frozen=True)
class LossLaw:
    """L(N, D) = E + A / N^α + B / D^β (Hoffmann et al. 2022, equation 2).

    Attributes
    ----------
    irreducible
        E, nats a token.
    parameters_scale, tokens_scale
        A and B, nats a token at one parameter and one token.
    parameters_exponent, tokens_exponent
        α and β.

    Every attribute is a number or an array of one shape.
    """

    irreducible: Any
    parameters_scale: Any
    tokens_scale: Any
    parameters_exponent: Any
    tokens_exponent: Any

    def loss(self, parameters: Any, tokens: Any) -> Any:  # noqa: ANN401 - numbers or arrays
        """Loss in nats per token of a model of N parameters trained on D tokens."""
        return (
            self.irreducible
            + self.parameters_scale * parameters**-self.parameters_exponent
            + self.tokens_scale * tokens**-self.tokens_exponent
        )

    @property
    def a(self) -> Any:  # noqa: ANN401
        """Exponent of N_opt ∝ C^a, β / (α + β) (Hoffmann et al. 2022, equation 4)."""
        return self.tokens_exponent / (self.parameters_exponent + self.tokens_exponent)

    def optimal_parameters(self, training_flop: float) -> Any:  # noqa: ANN401
        """N of least loss for C = 6ND: G (C/6)^a, G = (αA / βB)^(1/(α+β)) (the same equation)."""
        exponents = self.parameters_exponent + self.tokens_exponent
        slopes = (self.parameters_exponent * self.parameters_scale) / (
            self.tokens_exponent * self.tokens_scale
        )
        return slopes ** (1 / exponents) * (training_flop / FLOP_PER_PARAMETER_TOKEN) ** self.a
