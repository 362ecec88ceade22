"""Share of a named dense peak: step MFU by regression, campaign ratio by a Beta."""

# ruff: noqa: ANN401 - arrays of NumPy or tensors of PyTensor
from collections.abc import Mapping
from typing import Any

import pymc as pm

from model.beliefs import Beliefs
from model.chain import share
from model.gaussian import SYMBOLIC, Algebra, Integrated, integrate_out

#: Coefficients of the regression, in the order of the design's columns.
COEFFICIENTS = ("mfu_median", "mfu_fp8", "mfu_moe", "mfu_hpc", "mfu_devices")


def step_mfu(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Regress logit step MFU; system effects and coefficients are integrated out.

    logit η_i = μ + β_fp8 [FP8] + β_moe [MoE] + β_hpc [open HPC stack] + γ log10(devices / pivot)
    + u_system + e_i, with u ~ N(0, ω) and e ~ N(0, σ) plus the rounding of the printed share. A
    machine to come is a new system, with a u + e of its own.
    """
    between = beliefs.sample("mfu_system_spread")
    within = beliefs.sample("mfu_run_spread")
    regression = regression_given(SYMBOLIC, beliefs, data, between=between, within=within)
    pm.Potential("mfu_rows", regression.log_likelihood)


def regression_given(
    algebra: Algebra, beliefs: Beliefs, data: Mapping[str, Any], *, between: Any, within: Any
) -> Integrated:
    """Integrate the coefficients out, given the spreads ω and σ, both of shape (...)."""
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


def campaign_ratio(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Ratio of campaign MFU to step MFU: Beta over the published ratios."""
    first, second = beta_shapes(
        beliefs.sample("campaign_mean"), beliefs.sample("campaign_concentration")
    )
    pm.Beta("campaign_rows", alpha=first, beta=second, observed=data["campaign_ratios"])


def beta_shapes(logit_mean: Any, concentration: Any) -> tuple[Any, Any]:
    """Return the two shapes of a Beta with a mean (on the logit scale) and a concentration."""
    mean = share(logit_mean)
    return mean * concentration, (1 - mean) * concentration
