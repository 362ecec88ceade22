"""Targets: the model that is to be trained, and its training FLOP."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from model import chain
from model.trend import hinges
from priors.scenario import Levers, Target, Workload


@dataclass(frozen=True)
class Trained:
    """A model that is trained, and what its training takes; dims chain, draw and year.

    Attributes
    ----------
    flop
        Training FLOP.
    parameters, tokens
        Of the model.
    """

    flop: xr.DataArray
    parameters: xr.DataArray
    tokens: xr.DataArray


def trained(target: Target, draws: xr.Dataset, workload: Workload, levers: Levers) -> Trained:
    """Return what a target trains in each of the levers' years, one model per draw.

    Where the target is an amount of training FLOP, the law divides it into parameters and tokens;
    where it names a model, the law says for which FLOP that model is compute-optimal.

    Parameters
    ----------
    target
        `frontier`: the FLOP of the trend's line. `lag`: those of `levers.lag_years` earlier.
        `model-size`: `workload.parameters`. `roadmap-chain`: the model that the frontier's FLOP
        name by the roadmap's N = A C^a, whose FLOP then follow by the uncertain law.
    draws
        `posterior` or `prior` group: dims chain and draw.
    """
    return _TARGETS[target](draws, workload, levers)


def frontier_flop(draws: xr.Dataset, years: np.ndarray, lag_years: float = 0.0) -> xr.DataArray:
    """Training FLOP of the frontier `lag_years` before each year; dims chain, draw, year."""
    elapsed = years - lag_years - draws.attrs["trend_pivot"]
    year = xr.DataArray(elapsed, dims="year", coords={"year": years})
    frontier: xr.DataArray = chain.frontier_flop(
        draws["trend_level"], draws["trend_slope"], year, _drift(draws, year)
    )
    return frontier


def _frontier(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    return _of_budget(frontier_flop(draws, np.array(levers.years)), draws, levers)


def _lag(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    behind = frontier_flop(draws, np.array(levers.years), levers.lag_years or 0.0)
    return _of_budget(behind, draws, levers)


def _model_size(draws: xr.Dataset, workload: Workload, levers: Levers) -> Trained:
    years = xr.DataArray(list(levers.years), dims="year", coords={"year": list(levers.years)})
    whole = xr.full_like(draws["law_a"] * years, workload.parameters)
    return _of_model(whole, draws, levers)


def _roadmap_chain(draws: xr.Dataset, workload: Workload, levers: Levers) -> Trained:
    frontier = frontier_flop(draws, np.array(levers.years))
    named = chain.named_parameters(frontier, workload.coefficient, workload.exponent)
    return _of_model(named, draws, levers)


def _of_budget(budget: xr.DataArray, draws: xr.Dataset, levers: Levers) -> Trained:
    """Divide a compute-optimal budget; more tokens for the same parameters take more FLOP."""
    pivot = draws.attrs["law_pivot_flop"], 10 ** draws["law_pivot_parameters"]
    tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, draws["law_b"])
    parameters = chain.optimal_parameters(budget, *pivot, draws["law_a"])
    return Trained(budget * levers.tokens_ratio, parameters, tokens)


def _of_model(parameters: xr.DataArray, draws: xr.Dataset, levers: Levers) -> Trained:
    """Budget for which a model is compute-optimal, and its tokens."""
    pivot = draws.attrs["law_pivot_flop"], 10 ** draws["law_pivot_parameters"]
    budget = chain.flop_of_optimal(parameters, *pivot, draws["law_a"])
    tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, draws["law_b"])
    return Trained(chain.training_flop(parameters, tokens), parameters, tokens)


_TARGETS: dict[Target, Callable[[xr.Dataset, Workload, Levers], Trained]] = {
    "frontier": _frontier,
    "lag": _lag,
    "model-size": _model_size,
    "roadmap-chain": _roadmap_chain,
}


def _drift(draws: xr.Dataset, elapsed: xr.DataArray) -> xr.DataArray | float:
    """Dex that the changes of slope have added since the pivot."""
    if "trend_changes" not in draws:
        return 0.0
    knots = draws["knot"] - draws.attrs["trend_pivot"]
    acted = xr.DataArray(hinges(elapsed, knots), dims=("year", "knot"))
    drift: xr.DataArray = xr.dot(draws["trend_changes"], acted, dim="knot")
    return drift
