"""Record and lag of each draw of the line, drawn after the fit."""

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.random import Generator

from model.gaussian import Array
from model.given_line.lag import draw_lags, years_behind
from model.given_line.record import draw_excess
from model.inputs import Flagships, Inputs
from model.trend import path
from priors.selection.flagships import CLASSES, GROWTHS, FundingClass, LagGrowth

#: Years around the flagships in which their FLOP are looked for on the line.
_BEFORE, _AFTER = 15, 5


def lag_case(funding: FundingClass, growth: LagGrowth) -> str:
    """Name of a law of the lag: whose flagships, and whether it grows."""
    return f"{funding}, {growth}"


#: Every law of the lag that a posterior holds.
LAG_CASES = tuple(lag_case(*case) for case in product(CLASSES, GROWTHS))


def read_off(line: Mapping[str, Array], inputs: Inputs, rng: Generator) -> dict[str, Array]:
    """Draw the laws of the record and of the lag, one for each draw of the line.

    A cut posterior (Plummer 2015): each is conditional on the draw of the line, and the line is
    not conditional on them. The records are among the line's own rows, and how far a programme
    lags says nothing of the frontier.

    Parameters
    ----------
    line
        Draws of the trend, shape (chain, draw) and (chain, draw, step).

    Returns
    -------
    dict
        Variables of the record, shape (chain, draw), and of the lag, shape (chain, draw,
        lag_case); those of which the scenario says nothing are left out.
    """
    found: dict[str, Array] = {}
    shape = np.shape(line["trend_level"])
    if inputs.records is not None:
        excess = inputs.records.log10_flop - _line_at(line, inputs, inputs.records.years)
        drawn = draw_excess(_flat(excess), inputs.priors, rng)
        found |= {name: values.reshape(shape) for name, values in drawn.items()}
    if inputs.flagships is not None:
        cases = [
            case
            for flagships in inputs.flagships.values()
            for case in _laws(line, inputs, flagships, rng)
        ]
        found |= {
            name: np.stack([case[name].reshape(shape) for case in cases], axis=-1)
            for name in cases[0]
        }
    return found


def _laws(
    line: Mapping[str, Array], inputs: Inputs, flagships: Flagships, rng: Generator
) -> list[dict[str, Array]]:
    """Draw the laws of one class of flagships, in the order of `GROWTHS`."""
    behind = np.empty((np.size(line["trend_level"]), 0))
    if flagships.ids:
        grid = flagship_grid(flagships)
        whole = _flat(_line_at(line, inputs, grid))
        behind = years_behind(whole, grid, flagships.years, flagships.log10_flop)
    since = flagships.years - inputs.constant("lag_pivot")
    return [
        draw_lags(
            behind,
            since,
            flagships.programmes,
            inputs.priors,
            growing=growth == "growing",
            rng=rng,
        )
        for growth in GROWTHS
    ]


def flagship_grid(flagships: Flagships) -> Array:
    """Years between which the FLOP of flagships are looked for on the line."""
    years = flagships.years
    grid: Array = np.arange(np.floor(years.min()) - _BEFORE, np.ceil(years.max()) + _AFTER)
    return grid


def _line_at(line: Mapping[str, Array], inputs: Inputs, years: Array) -> Array:
    """log10 FLOP of the line, shape (chain, draw, year)."""
    return path(line, inputs.elapsed(years), inputs.ramps(years) if years.size else None)


def _flat(values: Array) -> Array:
    """One row per draw, all chains together."""
    return values.reshape(int(np.prod(values.shape[:-1])), values.shape[-1])
