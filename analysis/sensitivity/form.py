"""What it is worth to know which form of the trend holds."""

import numpy as np
import xarray as xr

from analysis.fit import Fit
from analysis.levels import QUANTILES
from analysis.loss import QUANTILE_METHOD, best_size, loss
from analysis.monte_carlo import BATCHES, DRAWS, batched, jackknife, mcse_of_mean
from analysis.need import Need
from model.gaussian import Array
from model.stacking.weights import FORMS
from priors.costs import LossChoice
from priors.documents import Json


def form_of_trend(fit: Fit, need: Need, choice: LossChoice) -> Json | None:
    """Share of the variance that lies between the forms of the trend, and their EVPPI.

    The form is a label, so that both need no model: the share is Var(E[need | form]) / Var(need),
    and the EVPPI what the best size of each form saves against one size for all.

    Returns
    -------
    dict or None
        `share` and `share_mcse` of the variance of log10; `evppi`, `evppi_raw` and `evppi_mcse`
        (`analysis.sensitivity.evppi`); `forms`: per form its `form`, `weight` (share of the
        draws) and the `quantiles` of the need in EFLOPS. None where the trend has one form only.
    """
    if "trend_form" not in fit.posterior:
        return None
    code = fit.posterior["trend_form"].transpose(*DRAWS)
    draws = need.draws.transpose(*DRAWS)
    there = [number for number in range(len(FORMS)) if bool((code == number).any())]
    share, error = _share(draws, code, there)
    best = best_size(draws, choice)
    size = code * 0.0
    for number in there:
        own = np.quantile(
            draws.values[code.values == number], choice.best_probability, method=QUANTILE_METHOD
        )
        size = size.where(code != number, own)
    saved = loss(draws, best["size"], choice) - loss(draws, size, choice)
    raw = float(saved.mean())
    return {
        "share": share,
        "share_mcse": error,
        "evppi": min(max(raw, 0.0), float(best["evpi"])),
        "evppi_raw": raw,
        "evppi_mcse": float(mcse_of_mean(saved)),
        "forms": [
            _one(draws.values[code.values == number], FORMS[number], code) for number in there
        ],
    }


def _one(draws: Array, form: str, code: xr.DataArray) -> Json:
    quantiles = 10 ** np.quantile(draws, QUANTILES)
    named = {f"{p:g}": float(value) for p, value in zip(QUANTILES, quantiles, strict=True)}
    return {"form": form, "weight": draws.size / code.size, "quantiles": named}


def _share(draws: xr.DataArray, code: xr.DataArray, there: list[int]) -> tuple[float, float]:
    """Var(E[need | form]) over Var(need), with its standard error."""
    centred = (draws - draws.mean()).rename("need")
    columns = {"need": centred, "square": centred**2}
    for number in there:
        here = (code == number).astype(float)
        columns |= {f"weight {number}": here, f"sum {number}": here * centred}
    pieces = batched(xr.Dataset(columns).assign_attrs(draws.attrs), BATCHES)
    means = pieces.mean("place").to_dataarray("column").transpose("batch", "column").values

    def share(at: Array) -> Array:
        weight, total = at[2::2], at[3::2]
        between = (total**2 / np.maximum(weight, 1e-300)).sum() - at[0] ** 2
        return np.array([between / (at[1] - at[0] ** 2)])

    values, errors = jackknife(share, means)
    return float(values[0]), float(errors[0])
