"""Test quantities of the predictive checks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.gaussian import Array
from model.given_line.rows import LagLaw, row_years
from model.inputs import Inputs

#: Rows, shape (..., row) → the number, shape (...).
type Quantity = Callable[[Array], Array]
type Line = Callable[[Array], Array]


@dataclass(frozen=True)
class Checked:
    """A test quantity of a likelihood.

    Attributes
    ----------
    of
        Takes rows of shape (..., row).
    least
        Fewest rows for which it says anything.
    """

    name: str
    about: str
    of: Quantity
    least: int = 2


def quantities(inputs: Inputs, line: Line, law: LagLaw) -> Mapping[str, list[Checked]]:
    """List the test quantities of each likelihood, and of the rows of record, lag and length.

    Parameters
    ----------
    inputs
        The design of the rows.
    line
        Years, shape (row,) → log10 FLOP of the trend, shape (row,): a fixed reference, the same
        for observed and replicated rows.
    law
        Whose flagships are compared.
    """
    path = line(inputs.trend_years)
    exponent = inputs.priors["law_exponent_mean"].standardised().loc
    mean = Checked("mean", "mean", lambda rows: rows.mean(axis=-1), least=1)
    sd = Checked("sd", "standard deviation", lambda rows: rows.std(axis=-1, ddof=1))
    return {
        "trend_runs": [mean, *_of_residuals(inputs, path)],
        "law_studies": [
            mean,
            sd,
            Checked(
                "chi_squared",
                "squared deviations from the weighted mean over the stated errors",
                lambda rows: _chi_squared(rows, inputs.studies.exponent_sd),
            ),
        ],
        "law_sizes": [
            mean,
            Checked(
                "sd",
                "sd of deviations from one law, of the exponent's prior mean",
                lambda rows: (rows - exponent * inputs.studies.from_pivot).std(axis=-1, ddof=1),
            ),
        ],
        "mfu_rows": [
            mean,
            sd,
            Checked(
                "between_systems",
                "standard deviation of the means of systems",
                lambda rows: _system_means(rows, inputs.mfu_membership).std(axis=-1, ddof=1),
            ),
            Checked("smallest", "smallest", lambda rows: rows.min(axis=-1), least=1),
            Checked("largest", "largest", lambda rows: rows.max(axis=-1), least=1),
        ],
        "campaign_rows": [
            mean,
            sd,
            Checked("smallest", "smallest", lambda rows: rows.min(axis=-1), least=1),
        ],
        "goodput_rows": _of_goodput(inputs),
        **_of_read_off(inputs, line, law),
    }


def _of_read_off(inputs: Inputs, line: Line, law: LagLaw) -> dict[str, list[Checked]]:
    """Quantities of the record's path, of flagships and of lengths, in the order of their years."""
    years = row_years(inputs, law)
    found: dict[str, list[Checked]] = {}
    for name, at in years.items():
        order = np.argsort(at, kind="stable")
        reference = np.zeros(len(at)) if name == "length_rows" else line(at)
        found[name] = _about(name, order, reference)
    return found


def _about(name: str, order: NDArray[np.intp], reference: Array) -> list[Checked]:
    def deviation(rows: Array) -> Array:
        return np.asarray((rows - reference)[..., order])

    def late_minus_early(rows: Array) -> Array:
        deviations, half = deviation(rows), len(order) // 2
        return np.asarray(deviations[..., half:].mean(-1) - deviations[..., :half].mean(-1))

    from_line = "" if name == "length_rows" else " of deviations from the line"
    found = [
        Checked("mean", f"mean{from_line}", lambda rows: deviation(rows).mean(axis=-1), least=1),
        Checked("sd", f"sd{from_line}", lambda rows: deviation(rows).std(axis=-1, ddof=1)),
        Checked("late_minus_early", f"later half less earlier half{from_line}", late_minus_early),
    ]
    if name == "record_rows":
        found.append(
            Checked(
                "rises",
                "years in which it rises",
                lambda rows: np.sum(np.diff(rows[..., order]) > 0, axis=-1, dtype=float),
            )
        )
        found.append(
            Checked(
                "largest_rise",
                "largest rise of a year, dex",
                lambda rows: np.diff(rows[..., order]).max(axis=-1),
            )
        )
    return found


def _of_goodput(inputs: Inputs) -> list[Checked]:
    """Quantities of the goodput that is stated, and how many bounds it keeps."""
    bounded = np.isfinite(inputs.campaigns.bounds)
    found = [
        Checked("mean", "mean of stated values", lambda rows: rows[..., ~bounded].mean(axis=-1)),
        Checked("smallest", "smallest value", lambda rows: rows[..., ~bounded].min(axis=-1)),
        Checked(
            "kept",
            "bounds that are kept",
            lambda rows: np.sum(rows[..., bounded] > 0, axis=-1, dtype=float),
        ),
    ]
    there = [not bounded.all(), not bounded.all(), bool(bounded.any())]
    return [quantity for quantity, some in zip(found, there, strict=True) if some]


def _of_residuals(inputs: Inputs, path: Array) -> list[Checked]:
    """Quantities of the deviations from the path, in the order of time."""
    order = np.argsort(inputs.trend_years, kind="stable")

    def residual(rows: Array) -> Array:
        return np.asarray((rows - path)[..., order])

    def late_minus_early(rows: Array) -> Array:
        deviations, half = residual(rows), len(order) // 2
        return np.asarray(deviations[..., half:].mean(-1) - deviations[..., :half].mean(-1))

    def lag_one(rows: Array) -> Array:
        centred = residual(rows)
        centred = centred - centred.mean(axis=-1, keepdims=True)
        return np.asarray(
            (centred[..., 1:] * centred[..., :-1]).sum(-1) / (centred**2).sum(axis=-1)
        )

    return [
        Checked("sd", "sd of deviations", lambda rows: residual(rows).std(axis=-1, ddof=1)),
        Checked("late_minus_early", "later half less earlier half", late_minus_early),
        Checked(
            "curvature",
            "quadratic coefficient of deviations over time, dex/yr²",
            lambda rows: residual(rows) @ _quadratic(inputs.trend_years[order]),
            least=4,
        ),
        Checked("largest", "largest deviation", lambda rows: abs(residual(rows)).max(axis=-1)),
        Checked("lag_one", "autocorrelation of neighbours in time", lag_one, least=4),
    ]


def _quadratic(years: Array) -> Array:
    """Weights of rows in the quadratic coefficient of a least-squares parabola, shape (row,)."""
    if len(years) < 4:
        return np.zeros(len(years))
    weights: Array = np.linalg.pinv(np.vander(years - years.mean(), 3))[0]
    return weights


def _chi_squared(rows: Array, sd: Array) -> Array:
    weight = 1 / sd**2
    mean = (rows @ weight / weight.sum())[..., None]
    return np.asarray(((rows - mean) / sd) ** 2).sum(axis=-1)


def _system_means(rows: Array, membership: Array) -> Array:
    return np.asarray(rows @ membership / membership.sum(axis=0))
