"""The chain from training FLOP to required EFLOPS, written once.

Every function uses operators only, so the same line serves floats, NumPy arrays, xarray objects
and PyTensor tensors. Quantities are in natural units: FLOP (a count), parameters, tokens, days,
EFLOPS (1e18 FLOP/s), shares between 0 and 1.
"""

# ruff: noqa: ANN401 - the argument types are the point: anything with arithmetic
import math
from typing import Any

from priors.units import (
    FLOP_PER_EXAFLOP,
    FLOP_PER_PARAMETER_TOKEN,
    FLOP_PER_TERAFLOP,
    KILOWATTS_PER_MEGAWATT,
    SECONDS_PER_DAY,
)


def frontier_flop(level: Any, slope: Any, elapsed: Any, drift: Any = 0) -> Any:
    """Training FLOP of the frontier, C* = 10^(level + slope · elapsed + drift).

    Parameters
    ----------
    level
        log10 FLOP at the pivot.
    slope
        OOM/yr at the pivot.
    elapsed
        Years since the pivot.
    drift
        Dex that later changes of the slope have added.
    """
    return 10 ** (level + slope * elapsed + drift)


def named_parameters(flop: Any, coefficient: Any, exponent: Any) -> Any:
    """Parameters of the LLM that a budget stands for, N = A C^a: the roadmap's eq. 3.

    A and a are fixed: they define which model is meant, and are not a belief about the law.
    """
    return coefficient * flop**exponent


def optimal_parameters(flop: Any, pivot_flop: Any, pivot_parameters: Any, a: Any) -> Any:
    """Compute-optimal parameters, N_opt = N₀ (C / C₀)^a (Hoffmann et al. 2022, eq. 4).

    The law is anchored at FLOP near where it is used; a prefactor at 1 FLOP would be correlated
    with the exponent at −0.9997.
    """
    return pivot_parameters * (flop / pivot_flop) ** a


def optimal_tokens(flop: Any, pivot_flop: Any, pivot_parameters: Any, b: Any) -> Any:
    """Compute-optimal tokens, D_opt = D₀ (C / C₀)^b with D₀ from C₀ = 6 N₀ D₀."""
    return pivot_tokens(pivot_flop, pivot_parameters) * (flop / pivot_flop) ** b


def pivot_tokens(pivot_flop: Any, pivot_parameters: Any) -> Any:
    """Tokens of the compute-optimal model at the pivot, D₀ = C₀ / (6 N₀)."""
    return pivot_flop / (FLOP_PER_PARAMETER_TOKEN * pivot_parameters)


def flop_of_optimal(parameters: Any, pivot_flop: Any, pivot_parameters: Any, a: Any) -> Any:
    """Budget for which a model is compute-optimal, C = C₀ (N / N₀)^(1/a): the roadmap's eq. 1."""
    return pivot_flop * (parameters / pivot_parameters) ** (1 / a)


def training_flop(parameters: Any, tokens: Any) -> Any:
    """Training FLOP of a dense model, C = 6 N D (Kaplan et al. 2020, section 2.1)."""
    return FLOP_PER_PARAMETER_TOKEN * parameters * tokens


def effective_eflops(flop: Any, days: Any) -> Any:
    """Effective AI performance, training FLOP over campaign seconds, in EFLOPS."""
    return flop / (SECONDS_PER_DAY * days) / FLOP_PER_EXAFLOP


def flop_of_campaign(effective: Any, days: Any) -> Any:
    """Training FLOP that so many effective EFLOPS make in so many days: the inverse."""
    return effective * FLOP_PER_EXAFLOP * (SECONDS_PER_DAY * days)


def peak_eflops(effective: Any, efficiency: Any) -> Any:
    """Peak of a named dense precision, effective / efficiency, in EFLOPS."""
    return effective / efficiency


def devices(peak: Any, tflops: Any) -> Any:
    """Accelerators whose peaks of so many TFLOP/s add up to a peak in EFLOPS."""
    return peak * (FLOP_PER_EXAFLOP / FLOP_PER_TERAFLOP) / tflops


def megawatts(count: Any, kilowatts: Any) -> Any:
    """Power of so many devices, MW."""
    return count * kilowatts / KILOWATTS_PER_MEGAWATT


def campaign_efficiency(step_mfu: Any, counting: Any, goodput: Any, uptime: Any) -> Any:
    """Share of peak that a campaign delivers: step MFU × counting × goodput × uptime.

    Parameters
    ----------
    counting
        FLOP of the model by 6ND over those that its steps are counted with.
    goodput
        Share of the campaign's time in which steps of the final model are made (ETTR).
    uptime
        Share of the time for which the machine is scheduled to run.
    """
    return step_mfu * counting * goodput * uptime


def share(logit: Any) -> Any:
    """Share between 0 and 1 of a logit, 1 / (1 + e^(−x))."""
    return 1 / (1 + math.e ** (-logit))
