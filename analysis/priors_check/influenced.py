"""Requirements whose dependence on the priors is measured."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from model.requirement import log10, requirement
from priors.levers import Target
from priors.scenario import Scenario

#: Target → what is read off the line for it, and by which draws that is known.
_READ_OFF: dict[Target, str] = {"record": "record_excess", "national": "lag_level"}


def influenced_quantities(draws: xr.Dataset, scenario: Scenario) -> xr.Dataset:
    """Log10 of required EFLOPS, dims chain and draw, one variable per quantity.

    Of the headline target `effective YEAR` and `peak PRECISION YEAR`; of each other target
    `effective TARGET YEAR`. All at the first length of campaign: another length shifts them by a
    constant. A target is left out if the draws do not have what is read off the line for it.
    """
    headline = scenario.levers.headline
    asked = [
        target
        for target in (headline, *scenario.levers.asked)
        if _READ_OFF.get(target, "trend_level") in draws
    ]
    targets = tuple(dict.fromkeys(asked))
    required = requirement(draws, scenario.workload, scenario.levers.only(*targets))
    required = required.isel(days=0, drop=True)
    variables = {}
    for year in scenario.levers.years:
        at = required.sel(year=year, drop=True)
        for target in targets:
            one = at.sel(target=target, drop=True)
            if target != headline:
                variables[f"effective {target} {year:g}"] = log10(one["effective_eflops"])
                continue
            variables[f"effective {year:g}"] = log10(one["effective_eflops"])
            for precision in scenario.levers.precisions:
                peak = log10(one["peak_eflops"].sel(precision=precision, drop=True))
                variables[f"peak {precision} {year:g}"] = peak
    return xr.Dataset(variables)


def within_forms(density: xr.DataArray, form: xr.DataArray | None) -> xr.DataArray:
    """Log density less its mean over the draws of the same form of the trend.

    To raise it to a power then moves draws within each form only: the weights of the forms are
    those of their scores, and no posterior probabilities.

    Parameters
    ----------
    form
        Number of each draw's form; None where all are of one.
    """
    if form is None:
        return density
    values, code = density.values.copy(), form.transpose(*density.dims).values
    for number in np.unique(code):
        values[code == number] -= values[code == number].mean()
    return density.copy(data=values)


def form_means(quantity: xr.DataArray, form: xr.DataArray, count: int) -> NDArray[np.float64]:
    """Mean of a quantity over the draws of each form; shape (form,), 0 for one without draws."""
    values, code = quantity.values.ravel(), form.transpose(*quantity.dims).values.ravel()
    means = np.zeros(count)
    for number in np.unique(code):
        means[int(number)] = values[code == number].mean()
    return means
