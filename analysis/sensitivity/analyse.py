"""Sensitivity analysis of one requirement."""

import math
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.random import Generator

from analysis.fit import Fit
from analysis.levels import ASSURANCE, QUANTILES
from analysis.loss import QUANTILE_METHOD, best_size, exceedance, expected_loss, loss_unit, sizes
from analysis.monte_carlo import mcse_of_quantiles, reported_quantiles
from analysis.need import Need, Quantity, need_at
from analysis.sensitivity.elasticities import input_slopes, lever_slopes
from analysis.sensitivity.evppi import evppi_of_block, evppi_of_input
from analysis.sensitivity.form import form_of_trend
from analysis.sensitivity.main_effect import main_effect
from analysis.sensitivity.shapley_effects import DUMMY, shapley_effects
from analysis.sensitivity.tornado import ENDS, tornado
from analysis.sensitivity.variance_shares import variance_shares
from analysis.studies_left_out import BY_THE_LAW, leave_studies_out
from model.blocks import BLOCKS, in_blocks
from priors.costs import LossChoice
from priors.documents import Json
from priors.levers import Target


def analyse_sensitivity(
    fit: Fit,
    choice: LossChoice,
    *,
    rng: Generator,
    quantity: Quantity = "peak_eflops",
    target: Target | None = None,
    year: float | None = None,
    days: float | None = None,
    precision: str | None = None,
) -> Json:
    """Take apart the uncertainty of one requirement; no refit.

    Parameters
    ----------
    fit
        A scenario with its posterior.
    choice
        What a size costs that is too small or too large.
    rng
        Draws the inputs that do nothing, beside which the others are read.
    quantity, target, year, days, precision
        The requirement; None: the scenario's headline target, its last year and length and its
        first precision.

    Returns
    -------
    dict
        `question`; `need`, quantiles in EFLOPS; `blocks`, `interactions` and `sum_of_shares`;
        `inputs`, with those that do nothing in `dummies` and those that do not enter in
        `not_entering`; `levers`; `studies` (`analysis.studies_left_out.leave_studies_out`; empty
        where the law does not enter); `form` (`analysis.sensitivity.form.form_of_trend`);
        `decision`; the curves `exceedance` and `expected_loss`.
        Shares are of the variance of log10.

    Examples
    --------
    >>> import numpy as np
    >>> from priors.costs import load_loss
    >>> found = analyse_sensitivity(fit, load_loss(), rng=np.random.default_rng(0))
    >>> [row["block"] for row in found["blocks"]]
    ['trend', 'law', 'efficiency', 'campaign']
    >>> found["decision"]["best_probability"]
    0.75
    """
    need = need_at(fit, quantity=quantity, target=target, year=year, days=days, precision=precision)
    draws, active = need.draws, need.active_inputs
    shares = variance_shares(need.value, need.inputs)
    dummy = xr.zeros_like(draws) + rng.standard_normal(draws.shape)
    effects = {
        block: main_effect(need.value, need.inputs, block)
        for block in BLOCKS
        if _names(active, block)
    }
    split = {
        block: shapley_effects(active[_names(active, block)], effect, rng=rng)
        for block, effect in effects.items()
        if len(_names(active, block)) > 1
    }
    grid = sizes(draws)
    return {
        "scenario": fit.scenario.name,
        "title": fit.scenario.title,
        "question": _question(need),
        "need": _quantiles_of(draws),
        "blocks": [_block(need, block, shares, effects, choice) for block in BLOCKS],
        "interactions": [
            {"blocks": str(name).split("×"), **_row(shares, ("joint",), interaction=name)}
            for name in shares["interaction"].values
        ],
        "sum_of_shares": {"value": float(shares["sum"]), "mcse": float(shares["sum_mcse"])},
        "inputs": _inputs(need, shares, split, choice),
        "dummies": {
            "share_in_block": {
                block: _row(found, ("share",), input=DUMMY) for block, found in split.items()
            },
            "evppi": _scalars(evppi_of_input(draws, dummy, choice)),
        },
        "not_entering": [name for name in map(str, need.inputs) if name not in active],
        "levers": _levers(fit, need),
        "decision": _decision(draws, choice),
        "studies": _studies(fit, need),
        "form": form_of_trend(fit, need, choice),
        "exceedance": _curve(exceedance(draws, grid)),
        "expected_loss": _curve(expected_loss(draws, grid, choice)),
    }


def _studies(fit: Fit, need: Need) -> list[Json]:
    """Ask the effective requirement again without each study, where it follows by the law."""
    (target,) = need.scenario.levers.asked
    if target not in BY_THE_LAW:
        return []
    return leave_studies_out(replace(fit, scenario=need.scenario), target)


def _question(need: Need) -> Json:
    levers = need.scenario.levers
    return {
        "quantity": need.quantity,
        "unit": "EFLOPS",
        "target": levers.asked[0],
        "year": levers.years[0],
        "days": levers.days[0],
        "precision": levers.precisions[0] if need.quantity == "peak_eflops" else None,
    }


def _quantiles_of(need: xr.DataArray) -> Json:
    spread = {"mean_log10": float(need.mean()), "sd_log10": float(need.std())}
    return {**spread, **reported_quantiles(need)}


def _names(inputs: xr.Dataset, block: str) -> list[str]:
    return [str(name) for name in in_blocks(inputs, [block])]


def _block(
    need: Need,
    block: str,
    shares: xr.Dataset,
    effects: dict[str, xr.DataArray],
    choice: LossChoice,
) -> Json:
    """Shares of a block, what it moves at its 5 and 95 %, and what knowing it is worth."""
    row = {"block": block, **_row(shares, ("first", "total", "shapley"), block=block)}
    change, worth = dict.fromkeys(ENDS, 0.0), {"evppi": 0.0, "evppi_raw": 0.0, "evppi_mcse": 0.0}
    if block in effects:
        effect = effects[block]
        change = {p: float(effect.quantile(p) - effect.median()) for p in ENDS}
        worth = _scalars(evppi_of_block(need.value, need.inputs, block, choice))
    return {**row, "change_log10": {f"{p:g}": change[p] for p in ENDS}, **worth}


def _inputs(
    need: Need,
    shares: xr.Dataset,
    split: dict[str, xr.Dataset],
    choice: LossChoice,
) -> list[Json]:
    active = need.active_inputs
    moved = tornado(need.value, need.inputs, list(map(str, active)))
    slopes = input_slopes(need)
    rows = []
    for name, values in ((str(key), active[key]) for key in active):
        (block,) = (key for key in BLOCKS if name in _names(active, key))
        own = {"share": 1.0, "share_mcse": 0.0}
        if block in split:
            own = _row(split[block], ("share",), input=name)
        whole = _row(shares, ("shapley",), block=block)
        slope, one = slopes.sel(input=name), moved.sel(input=name)
        rows.append(
            {
                "input": name,
                "block": block,
                "unit": values.attrs["units"],
                "long_name": values.attrs["long_name"],
                "quantiles": {f"{p:g}": float(values.quantile(p)) for p in QUANTILES},
                "share_in_block": own["share"],
                "share_in_block_mcse": own["share_mcse"],
                "share": whole["shapley"] * own["share"],
                "share_mcse": math.hypot(
                    whole["shapley_mcse"] * own["share"], whole["shapley"] * own["share_mcse"]
                ),
                "change_log10": {f"{p:g}": float(one["change"].sel(probability=p)) for p in ENDS},
                "dex_per_unit": _quantiles(slope["slope"]),
                "dex_per_sd": float(slope["slope"].sel(probability=0.5) * slope["sd"]),
                "elasticity": _quantiles(slope["elasticity"]),
                **_scalars(evppi_of_input(need.draws, values, choice)),
            }
        )
    return rows


def _levers(fit: Fit, need: Need) -> list[Json]:
    slopes = lever_slopes(fit, need)
    return [
        {
            "lever": str(name),
            "unit": str(slopes["unit"].sel(lever=name).item()),
            "slope": _quantiles(slopes["slope"].sel(lever=name)),
        }
        for name in slopes["lever"].values
    ]


def _decision(need: xr.DataArray, choice: LossChoice) -> Json:
    best = _scalars(best_size(need, choice))
    levels = sorted({*ASSURANCE, choice.best_probability})
    errors = mcse_of_quantiles(need, levels)
    offered = need.quantile(levels, method=QUANTILE_METHOD).rename(quantile="size")
    losses = expected_loss(need, offered, choice)
    return {
        **choice.model_dump(),
        "loss_unit": loss_unit(choice),
        "best_probability": choice.best_probability,
        "best_eflops": 10 ** best["size"],
        "best_mcse_log10": best["size_mcse"],
        "evpi": best["evpi"],
        "evpi_mcse": best["evpi_mcse"],
        "share_of_largest_losses": best["largest"],
        "sizes": [
            {
                "probability": level,
                "eflops": float(10 ** offered.sel(size=level)),
                "mcse_log10": float(errors.sel(probability=level)),
                **_scalars(losses.sel(size=level)),
            }
            for level in levels
        ],
    }


def _curve(curve: xr.Dataset) -> Json:
    """Return a curve over sizes as lists."""
    return {
        "eflops": (10 ** curve["size"]).values.tolist(),
        **{str(name): values.values.tolist() for name, values in curve.items()},
    }


def _row(table: xr.Dataset, names: tuple[str, ...], **at: str) -> Json:
    """Pick variables of a table at a label, each with its standard error."""
    one = table.sel(at)
    return {key: float(one[key]) for name in names for key in (name, f"{name}_mcse")}


def _scalars(table: xr.Dataset) -> dict[str, float]:
    return {str(name): float(value) for name, value in table.items()}


def _quantiles(values: xr.DataArray) -> dict[str, float | None]:
    """Quantiles by probability; None where there is no number."""
    found = {f"{p:g}": float(values.sel(probability=p)) for p in values["probability"].values}
    return {key: None if np.isnan(value) else value for key, value in found.items()}
