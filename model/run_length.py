"""Length of the frontier's runs, from published lengths."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.random import Generator

from model.gaussian import NUMERIC, Array, integrate_rows_out, rows_together, solve_upper
from model.given_line.variance_grid import cells_of, within_cell
from priors.prior_rows import Prior

#: Cells of the spread.
_CELLS = 64


def draw_lengths(
    since_pivot: Array, log10_days: Array, priors: Mapping[str, Prior], count: int, rng: Generator
) -> dict[str, Array]:
    """Draw the law of the length, given the lengths of past runs.

    log10 days_i = α + γ t_i + e_i with e ~ N(0, σ) and t the years since the pivot. The spread
    lies on a grid of its prior's quantiles; coefficients are integrated out and drawn back.

    Parameters
    ----------
    since_pivot, log10_days
        Of the runs, shape (run,); empty for the prior.
    priors
        Rows of the length's parameters.

    Returns
    -------
    dict
        `length_level` (α, log10 days), `length_growth` (γ, decades per year) and
        `length_spread` (σ, dex); shape (count,).
    """
    stated = [priors[f"length_{name}"].standardised() for name in ("level", "growth")]
    loc, scale = (np.array([getattr(one, key) for one in stated]) for key in ("loc", "scale"))
    of_spread = priors["length_spread"].standardised()
    basis = np.column_stack([np.ones_like(since_pivot), since_pivot])
    one_class = np.zeros(len(since_pivot), np.intp)
    rows = rows_together(basis, log10_days - basis @ loc, one_class, 1)
    variance = cells_of(of_spread, _CELLS)[:, None] ** 2
    model = integrate_rows_out(NUMERIC, rows, scale=scale, variance=variance)
    weights = np.exp(model.log_likelihood - model.log_likelihood.max())
    cell = rng.choice(_CELLS, size=count, p=weights / weights.sum())
    upper = model.cholesky[cell].swapaxes(-1, -2)
    z = solve_upper(upper, model.shift[cell] + rng.standard_normal((count, 2)))
    coefficients = loc + scale * z
    return {
        "length_level": coefficients[:, 0],
        "length_growth": coefficients[:, 1],
        "length_spread": within_cell(of_spread, _CELLS, cell, rng),
    }


def frontier_days(draws: xr.Dataset, years: np.ndarray) -> xr.DataArray:
    """Days that the frontier's runs of each year take on geometric average.

    Beyond a length of about nine months hardware and algorithms of a later start overtake a run:
    growth ends there (constant `length_cap`).

    Returns
    -------
    DataArray
        Dims chain, draw and year.
    """
    asked = xr.DataArray(years, dims="year", coords={"year": years})
    since = asked - draws.attrs["length_pivot"]
    days: xr.DataArray = 10 ** (draws["length_level"] + draws["length_growth"] * since)
    return days.clip(max=draws.attrs["length_cap"])
