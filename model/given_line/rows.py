"""Rows of record, lag and length: their density, and rows drawn anew."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.random import Generator
from scipy import stats

from model.chain import share
from model.gaussian import Array
from model.given_line.lag import years_behind
from model.given_line.read_off import flagship_grid, lag_case
from model.inputs import Flagships, Inputs
from model.trend import LINE, path, ramps
from priors.selection.flagships import FundingClass, LagGrowth

#: Rows → the block of parameters that they speak of.
ROWS = {"record_rows": "record", "flagship_rows": "lag", "length_rows": "length"}

type Draws = Mapping[str, Array]


@dataclass(frozen=True)
class LagLaw:
    """The law of the lag that is asked: whose flagships, and whether it grows."""

    funding: FundingClass
    growth: LagGrowth

    def of(self, draws: xr.Dataset) -> xr.Dataset:
        """Draws with this law only, so that every parameter has dims chain and draw."""
        if "lag_case" not in draws.dims:
            return draws
        return draws.sel(lag_case=lag_case(self.funding, self.growth), drop=True)


def observed_rows(inputs: Inputs, law: LagLaw) -> dict[str, Array]:
    """Rows as published: log10 FLOP of records and flagships, log10 days; shape (row,).

    What the scenario says nothing of is left out.
    """
    found = {}
    if inputs.records is not None:
        found["record_rows"] = inputs.records.log10_flop
    if inputs.flagships is not None:
        found["flagship_rows"] = inputs.flagships[law.funding].log10_flop
    if inputs.lengths is not None:
        found["length_rows"] = inputs.lengths.log10_days
    return found


def row_years(inputs: Inputs, law: LagLaw) -> dict[str, Array]:
    """Decimal years of the rows that `observed_rows` lists."""
    found = {}
    if inputs.records is not None:
        found["record_rows"] = inputs.records.years
    if inputs.flagships is not None:
        found["flagship_rows"] = inputs.flagships[law.funding].years
    if inputs.lengths is not None:
        found["length_rows"] = inputs.lengths.years
    return found


def replicate_rows(
    draws: xr.Dataset, inputs: Inputs, law: LagLaw, rng: Generator
) -> dict[str, Array]:
    """Draw record, flagships and lengths anew, given each draw of the line and of their laws.

    The record's excess is a new AR(1) path, a programme's lag a new one, a run's too; years and
    programmes stay.

    Parameters
    ----------
    draws
        `posterior` or `prior` group; dims chain, draw, step and lag_case.

    Returns
    -------
    dict
        As `observed_rows`, shape (chain, draw, row).
    """
    at = _values(law.of(draws))
    found = {}
    if inputs.records is not None:
        found["record_rows"] = _records(at, inputs, rng)
    if inputs.flagships is not None:
        found["flagship_rows"] = _flagships(at, inputs, inputs.flagships[law.funding], rng)
    if inputs.lengths is not None:
        mean = _length_mean(at, inputs)
        spread = at["length_spread"][..., None]
        found["length_rows"] = mean + spread * rng.standard_normal(mean.shape)
    return found


def log_likelihood_rows(draws: xr.Dataset, inputs: Inputs, law: LagLaw) -> xr.Dataset:
    """Log density of all rows of record, of flagships and of lengths; dims chain and draw.

    That of a record is of its excess over the draw's line, an AR(1); that of the flagships is of
    their lags behind the draw's line, those of one programme sharing its effect.
    """
    at = _values(law.of(draws))
    density = {}
    if inputs.records is not None and inputs.records.years.size:
        density["record_rows"] = _record_density(at, inputs)
    if inputs.flagships is not None and inputs.flagships[law.funding].ids:
        density["flagship_rows"] = _lag_density(at, inputs, inputs.flagships[law.funding])
    if inputs.lengths is not None and inputs.lengths.years.size:
        residual = inputs.lengths.log10_days - _length_mean(at, inputs)
        scale = at["length_spread"][..., None]
        density["length_rows"] = stats.norm.logpdf(residual, scale=scale).sum(axis=-1)
    return xr.Dataset({name: (("chain", "draw"), values) for name, values in density.items()})


def _values(draws: xr.Dataset) -> dict[str, Array]:
    return {
        str(name): draws[name].transpose("chain", "draw", ...).values for name in draws.data_vars
    }


def _line(at: Draws, inputs: Inputs, years: Array) -> Array:
    """log10 FLOP of the line, shape (chain, draw, year)."""
    return path(at, inputs.elapsed(years), inputs.ramps(years) if years.size else None)


def _records(at: Draws, inputs: Inputs, rng: Generator) -> Array:
    assert inputs.records is not None
    years = inputs.records.years
    correlation, spread = share(at["record_persistence"]), at["record_spread"]
    white = rng.standard_normal((*spread.shape, len(years)))
    excess = np.empty_like(white)
    for year in range(len(years)):
        kept = correlation if year else np.zeros_like(correlation)
        before = excess[..., year - 1] if year else np.zeros_like(spread)
        excess[..., year] = kept * before + spread * np.sqrt(1 - kept**2) * white[..., year]
    return _line(at, inputs, years) + at["record_excess"][..., None] + excess


def _record_density(at: Draws, inputs: Inputs) -> Array:
    assert inputs.records is not None
    line = _line(at, inputs, inputs.records.years)
    excess = inputs.records.log10_flop - line - at["record_excess"][..., None]
    correlation = share(at["record_persistence"])[..., None]
    spread = at["record_spread"][..., None]
    step = stats.norm.logpdf(
        excess[..., 1:], correlation * excess[..., :-1], spread * np.sqrt(1 - correlation**2)
    )
    first = stats.norm.logpdf(excess[..., :1], scale=spread)
    return np.asarray(step.sum(axis=-1) + first[..., 0])


def _lag_mean(at: Draws, inputs: Inputs, flagships: Flagships) -> Array:
    """Lag of each flagship but for its programme and itself, years; shape (chain, draw, run)."""
    since = flagships.years - inputs.constant("lag_pivot")
    return np.asarray(at["lag_level"][..., None] + at["lag_growth"][..., None] * since)


def _members(flagships: Flagships) -> Array:
    """Whether a run is of a programme, shape (run, programme)."""
    names = list(dict.fromkeys(flagships.programmes))
    return np.array([[float(one == name) for name in names] for one in flagships.programmes])


def _flagships(at: Draws, inputs: Inputs, flagships: Flagships, rng: Generator) -> Array:
    if not flagships.ids:
        return np.empty((*at["lag_level"].shape, 0))
    mean, members = _lag_mean(at, inputs, flagships), _members(flagships)
    shape = (*at["lag_level"].shape, members.shape[1])
    programme = at["lag_programme_spread"][..., None] * rng.standard_normal(shape)
    run = at["lag_run_spread"][..., None] * rng.standard_normal(mean.shape)
    elapsed = inputs.elapsed(flagships.years) - (mean + programme @ members.T + run)
    flop = at["trend_level"][..., None] + at["trend_slope"][..., None] * elapsed
    if "trend_steps" in at:
        flop = flop + np.einsum("cdrs,cds->cdr", ramps(elapsed, inputs.starts), at["trend_steps"])
    return flop


def _lag_density(at: Draws, inputs: Inputs, flagships: Flagships) -> Array:
    grid = flagship_grid(flagships)
    line = _line({name: at[name] for name in (*LINE, "trend_steps") if name in at}, inputs, grid)
    shape = at["lag_level"].shape
    behind = years_behind(
        line.reshape(-1, len(grid)), grid, flagships.years, flagships.log10_flop
    ).reshape(*shape, -1)
    residual = behind - _lag_mean(at, inputs, flagships)
    members = _members(flagships)
    count = members.sum(axis=0)
    within = at["lag_run_spread"][..., None] ** 2
    between = at["lag_programme_spread"][..., None] ** 2
    moment, square = residual @ members, residual**2 @ members
    total = within + count * between
    quadratic = (square - between * moment**2 / total) / within
    determinant = (count - 1) * np.log(within) + np.log(total)
    return np.asarray(-0.5 * (quadratic + determinant + count * np.log(2 * np.pi)).sum(axis=-1))


def _length_mean(at: Draws, inputs: Inputs) -> Array:
    assert inputs.lengths is not None
    since = inputs.lengths.years - inputs.constant("length_pivot")
    return np.asarray(at["length_level"][..., None] + at["length_growth"][..., None] * since)
