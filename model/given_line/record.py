"""Record: excess of the largest run so far over the line."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from model.chain import share
from model.gaussian import NUMERIC, Array, Integrated, Rows, integrate_rows_out
from model.given_line.variance_grid import cells_of, draw_cell, within_cell
from priors.prior_rows import Prior

#: Draws that are worked on at once, so that the grid stays in the processor's cache.
_AT_ONCE = 500
#: Cells of the spread and of the correlation.
_CELLS = 16


def draw_excess(excess: Array, priors: Mapping[str, Prior], rng: Generator) -> dict[str, Array]:
    """Draw the law of the record's excess, given the excess of past years over each draw's line.

    On 1 January of each year, x_Y = R(Y) − L(Y) ~ AR(1) with mean δ, sd s and correlation ρ of
    one year and the next. The records are rows of the line too, so that what they say of x does
    not act back on L: each draw of the line gets one draw of (δ, s, ρ).

    Parameters
    ----------
    excess
        Dex, shape (draw, year), in the order of successive years; no column for the prior.
    priors
        Rows of the record's parameters.

    Returns
    -------
    dict
        `record_excess`, `record_spread`, `record_persistence` (logit), `record_last`, the excess
        of the last year, and `record_deviation`, the standard normal deviation of years to come;
        shape (draw,).
    """
    count, years = excess.shape
    mean = priors["record_excess"].standardised()
    of_spread, of_persistence = (
        priors[f"record_{name}"].standardised() for name in ("spread", "persistence")
    )
    spreads, persistences = (cells_of(prior, _CELLS) for prior in (of_spread, of_persistence))
    cell, z = np.empty(count, np.intp), np.empty((count, 1))
    residual = excess - mean.loc
    for begin in range(0, count, _AT_ONCE):
        part = slice(begin, begin + _AT_ONCE)
        models = [
            _given(residual[part], float(share(logit)), mean.scale, spreads)
            for logit in persistences
        ]
        cell[part], z[part] = draw_cell(models, rng)
    deviation: Array = rng.standard_normal((count,))
    spread = within_cell(of_spread, _CELLS, cell % _CELLS, rng)
    level: Array = mean.loc + mean.scale * z[:, 0]
    last: Array = excess[:, -1] if years else level + spread * rng.standard_normal((count,))
    return {
        "record_excess": level,
        "record_spread": spread,
        "record_persistence": within_cell(of_persistence, _CELLS, cell // _CELLS, rng),
        "record_last": last,
        "record_deviation": deviation,
    }


def _given(residual: Array, correlation: float, scale: float, spreads: Array) -> Integrated:
    """Integrate δ out of an AR(1) of a correlation, for each sd s.

    The residuals are made independent first: x₁ and (x_t − ρ x_{t−1}) / √(1 − ρ²) have the
    variance s², and the step divides the density by √(1 − ρ²) for each year but the first.
    """
    step = np.sqrt(1 - correlation**2)
    white = residual.copy()
    white[:, 1:] = (residual[:, 1:] - correlation * residual[:, :-1]) / step
    years = residual.shape[1]
    basis = np.ones(years)
    basis[1:] = (1 - correlation) / step
    rows = Rows(
        products=np.array([[basis @ basis]]),
        moments=(white @ basis)[:, None, None],
        squares=(white**2).sum(axis=-1)[:, None, None],
        counts=np.array([float(years)]),
    )
    model = integrate_rows_out(
        NUMERIC, rows, scale=np.array([scale]), variance=spreads[:, None] ** 2
    )
    stretched = max(years - 1, 0) * np.log(step)
    return replace(model, log_likelihood=model.log_likelihood - stretched)
