"""Step MFU by regression."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.beliefs import Beliefs
from model.gaussian import Algebra, Integrated, integrate_out
from priors.machine import COVARIATES, Machine, mfu_design

#: Coefficients of the regression, in the order of the design's columns.
COEFFICIENTS = ("mfu_median", *COVARIATES)


def regression_given(
    algebra: Algebra, beliefs: Beliefs, data: Mapping[str, Any], *, between: Any, within: Any
) -> Integrated:
    """Integrate coefficients and system effects out, given the spreads ω and σ of shape (...).

    logit η_i = μ + β · x_i + u_system + e_i, with the covariates x of the machine
    (`priors.machine.COVARIATES`), u ~ N(0, ω) and e ~ N(0, σ) plus the rounding of the printed
    share. A machine to come is a new system, with a u + e of its own.
    """
    basis = data["mfu_basis"]
    return integrate_out(
        algebra,
        basis=basis,
        scale=beliefs.scale_of(*COEFFICIENTS),
        residual=data["mfu_logit"] - basis @ beliefs.loc_of(*COEFFICIENTS),
        variance=within[..., None] ** 2 + data["mfu_rounding_sd"] ** 2,
        membership=data["mfu_membership"],
        group_variance=between**2,
    )


def mfu_basis(machines: Sequence[Machine], device_pivot: float) -> NDArray[np.float64]:
    """Basis of the regression, shape (machine, coefficient), columns as `COEFFICIENTS`."""
    rows = [list(mfu_design(machine, device_pivot).values()) for machine in machines]
    return np.array(rows, float).reshape(len(machines), len(COEFFICIENTS))
