"""Targets: the model that is to be trained, and its training FLOP."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from model import chain
from model.given_line.lag import years_behind
from model.given_line.read_off import lag_case
from model.trend import bounds, ramps
from priors.levers import Levers, Target, Workload

#: Years either way in which FLOP are looked for on the line.
_REACH = 15


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
        `record`: the largest run so far. `frontier`: the FLOP of the trend's line. `national`:
        those of the line as many years earlier as a new flagship of a national programme lags
        behind. `lag`: those of `levers.lag_years` earlier.
        `model-size`: `workload.parameters`. `roadmap-chain`: the model that the frontier's FLOP
        name by the roadmap's N = A C^a, whose FLOP then follow by the uncertain law.
    draws
        `posterior` or `prior` group: dims chain and draw.
    """
    return _TARGETS[target](draws, workload, levers)


def frontier_flop(
    draws: xr.Dataset, years: np.ndarray, lag_years: float | xr.DataArray = 0.0
) -> xr.DataArray:
    """Training FLOP of the frontier `lag_years` before each year; dims chain, draw, year."""
    asked = _along_years(years)
    elapsed = asked - lag_years - draws.attrs["trend_pivot"]
    frontier: xr.DataArray = chain.frontier_flop(
        draws["trend_level"], draws["trend_slope"], elapsed, _drift(draws, elapsed)
    )
    return frontier


def record_flop(draws: xr.Dataset, years: np.ndarray) -> xr.DataArray:
    """Training FLOP of the largest run so far in each year; dims chain, draw, year.

    R(Y) = L(Y) + x(Y) with the AR(1) excess x of `model.given_line.record`, h years from the last
    one that is counted: x(Y) ~ N(δ + ρʰ (x_last − δ), s² (1 − ρ²ʰ)).
    """
    asked = _along_years(years)
    until = draws.attrs["record_until"]
    ahead = abs(asked - until) if np.isfinite(until) else xr.full_like(asked, np.inf)
    kept = chain.share(draws["record_persistence"]) ** ahead
    mean = draws["record_excess"]
    spread = draws["record_spread"] * (1 - kept**2) ** 0.5
    excess = mean + kept * (draws["record_last"] - mean) + spread * draws["record_deviation"]
    record: xr.DataArray = frontier_flop(draws, years) * 10**excess
    return record


def national_lag(draws: xr.Dataset, years: np.ndarray, levers: Levers) -> xr.DataArray:
    """Lag of a new flagship behind the line in each year, years; dims chain, draw, year."""
    asked = _along_years(years)
    case = draws.sel(lag_case=lag_case(levers.national_funding, levers.national_lag), drop=True)
    since = asked - draws.attrs["lag_pivot"]
    lag: xr.DataArray = case["lag_level"] + case["lag_growth"] * since + case["lag_deviation"]
    return lag


def _frontier(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    return _of_budget(frontier_flop(draws, np.array(levers.years)), draws, levers)


def years_behind_line(draws: xr.Dataset, year: float, flop: float | xr.DataArray) -> xr.DataArray:
    """Years by which an amount of training FLOP in a year lies behind each draw's line.

    Parameters
    ----------
    flop
        One amount, or one per draw, dims chain and draw.

    Returns
    -------
    DataArray
        Negative where it lies ahead; dims chain and draw.
    """
    grid = np.arange(np.floor(year) - _REACH, np.ceil(year) + _REACH + 1)
    line = frontier_flop(draws, grid).transpose("chain", "draw", "year").values
    whole = np.log10(line.reshape(-1, len(grid)))
    level = draws["trend_level"]
    amount = np.array([flop])
    if isinstance(flop, xr.DataArray):
        amount = flop.transpose(*level.dims).values.reshape(-1, 1)
    behind = years_behind(whole, grid, np.array([year]), np.log10(amount))
    found: xr.DataArray = level.copy(data=behind.reshape(level.shape)).rename(None)
    return found


def _record(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    return _of_budget(record_flop(draws, np.array(levers.years)), draws, levers)


def _national(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    years = np.array(levers.years)
    return _of_budget(
        frontier_flop(draws, years, national_lag(draws, years, levers)), draws, levers
    )


def _lag(draws: xr.Dataset, _: Workload, levers: Levers) -> Trained:
    behind = frontier_flop(draws, np.array(levers.years), levers.lag_years or 0.0)
    return _of_budget(behind, draws, levers)


def _model_size(draws: xr.Dataset, workload: Workload, levers: Levers) -> Trained:
    years = _along_years(np.array(levers.years))
    whole = xr.full_like(draws["law_a"] * years, workload.parameters)
    return _of_model(whole, draws, levers)


def _roadmap_chain(draws: xr.Dataset, workload: Workload, levers: Levers) -> Trained:
    frontier = frontier_flop(draws, np.array(levers.years))
    named = chain.named_parameters(frontier, workload.coefficient, workload.exponent)
    return _of_model(named, draws, levers)


def trained_by(flop: xr.DataArray, draws: xr.Dataset, levers: Levers) -> Trained:
    """Compute-optimal model whose training, with the levers' tokens, takes a given budget.

    Parameters
    ----------
    flop
        Training FLOP; dims chain, draw and any others.
    """
    return _of_budget(flop / levers.tokens_ratio, draws, levers)


def _of_budget(budget: xr.DataArray, draws: xr.Dataset, levers: Levers) -> Trained:
    """Divide a compute-optimal budget; more tokens for the same parameters take more FLOP."""
    pivot = draws.attrs["law_pivot_flop"], 10 ** draws["law_size"]
    tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, draws["law_b"])
    parameters = chain.optimal_parameters(budget, *pivot, draws["law_a"])
    return Trained(budget * levers.tokens_ratio, parameters, tokens)


def _of_model(parameters: xr.DataArray, draws: xr.Dataset, levers: Levers) -> Trained:
    """Budget for which a model is compute-optimal, and its tokens."""
    pivot = draws.attrs["law_pivot_flop"], 10 ** draws["law_size"]
    budget = chain.flop_of_optimal(parameters, *pivot, draws["law_a"])
    tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, draws["law_b"])
    return Trained(chain.training_flop(parameters, tokens), parameters, tokens)


_TARGETS: dict[Target, Callable[[xr.Dataset, Workload, Levers], Trained]] = {
    "record": _record,
    "frontier": _frontier,
    "national": _national,
    "lag": _lag,
    "model-size": _model_size,
    "roadmap-chain": _roadmap_chain,
}


def _along_years(years: np.ndarray) -> xr.DataArray:
    """Years with themselves as their coordinate."""
    return xr.DataArray(years, dims="year", coords={"year": years})


def _drift(draws: xr.Dataset, elapsed: xr.DataArray) -> xr.DataArray | float:
    """Dex that the steps of the years have added since the pivot."""
    if "trend_steps" not in draws:
        return 0.0
    starts = draws["step"].values - draws.attrs["trend_pivot"]
    if "draw" not in elapsed.dims:
        acted = xr.DataArray(ramps(elapsed, starts), dims=("year", "step"))
        drift: xr.DataArray = xr.dot(draws["trend_steps"], acted, dim="step")
        return drift
    moment = elapsed.transpose("chain", "draw", "year")  # one of its own for each draw
    steps = draws["trend_steps"].transpose("chain", "draw", "step").values
    added = np.zeros(moment.shape)
    for step, (low, high) in enumerate(zip(*bounds(starts), strict=True)):
        part = np.clip(moment.values, low, high) - np.clip(0.0, low, high)
        added += steps[..., step, None] * part
    return moment.copy(data=added)
