"""Checks of a posterior: R-hat, ESS, MCSE, Pareto k̂, divergences."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from itertools import chain
from typing import Self

import numpy as np
import xarray as xr

from analysis.words import say
from model.blocks import BLOCKS, in_blocks
from priors.documents import Json
from priors.thresholds import thresholds

type Parameters = dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Check:
    """A named verdict.

    Attributes
    ----------
    value
        The worst over all parameters or results; None where nothing is uncertain.
    relation
        How the value must stand to the threshold.
    """

    name: str
    passed: bool
    value: float | None
    threshold: float
    relation: str
    about: str

    @classmethod
    def at_most(cls, name: str, value: float | None, threshold: float, about: str) -> Self:
        """Check that a value does not exceed its threshold; NaN does not pass."""
        passed = value is None or bool(value <= threshold)
        return cls(name, passed, value, threshold, "<=", about)

    @classmethod
    def at_least(cls, name: str, value: float | None, threshold: float, about: str) -> Self:
        """Check that a value reaches its threshold; NaN does not pass."""
        passed = value is None or bool(value >= threshold)
        return cls(name, passed, value, threshold, ">=", about)


def scalar_parameters(posterior: xr.Dataset) -> xr.Dataset:
    """Split vector parameters, so that each variable has dims chain and draw only."""
    scalars = {}
    for name, array in posterior.data_vars.items():
        for dim in set(array.dims) - {"chain", "draw"}:
            for label in posterior[dim].values:
                scalars[f"{name}[{label}]"] = array.sel({dim: label}, drop=True)
        if set(array.dims) == {"chain", "draw"}:
            scalars[str(name)] = array
    return xr.Dataset(scalars)


def is_constant(array: xr.DataArray) -> bool:
    """Whether all draws are one value up to rounding, as with a degenerate prior."""
    values = array.values
    return bool(np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())))


def diagnose(posterior: xr.Dataset, sample_stats: xr.Dataset) -> Parameters:
    """Mean, sd, bulk and tail ESS and rank R-hat of every scalar parameter.

    Parameters
    ----------
    posterior
        Dims chain, draw and at most one more.
    sample_stats
        From the fit; says which sampler drew.

    Returns
    -------
    dict
        Parameter → {mean, sd, ess_bulk, ess_tail, r_hat}; the last three are None where the
        parameter is constant. Exact draws are independent: both ESS are the number of draws, or
        the effective points of the block if these are fewer, and R-hat is None.
    """
    scalars = scalar_parameters(posterior)
    uncertain = scalars[[name for name in scalars if not is_constant(scalars[name])]]
    exact = sample_stats.attrs.get("sampler") == "exact"
    diagnostics = _exact_ess(uncertain, sample_stats) if exact else _chain_ess(uncertain)
    return {
        str(name): {
            "mean": float(scalars[name].values.mean()),
            "sd": float(scalars[name].values.std()) if name in uncertain else 0.0,
            **dict.fromkeys(("ess_bulk", "ess_tail", "r_hat")),
            **diagnostics.get(str(name), {}),
        }
        for name in scalars
    }


def _chain_ess(uncertain: xr.Dataset) -> Parameters:
    if not uncertain.data_vars:
        return {}
    import arviz_stats as azs  # takes a second to import, and exact draws need none of it

    tables = {
        "ess_bulk": azs.ess(uncertain, method="bulk"),
        "ess_tail": azs.ess(uncertain, method="tail"),
        "r_hat": azs.rhat(uncertain),
    }
    return {
        str(name): {key: float(table[name]) for key, table in tables.items()} for name in uncertain
    }


def _exact_ess(uncertain: xr.Dataset, sample_stats: xr.Dataset) -> Parameters:
    draws = float(uncertain.sizes.get("chain", 0) * uncertain.sizes.get("draw", 0))
    found: Parameters = {}
    for block in BLOCKS:
        effective = min(draws, float(sample_stats["importance_ess"].sel(block=block)))
        for name in in_blocks(uncertain, [block]):
            found[str(name)] = {"ess_bulk": effective, "ess_tail": effective}
    return found


@dataclass(frozen=True)
class Errors:
    """Monte Carlo standard errors of a result.

    Attributes
    ----------
    quantiles, tails
        Of the reported 5 to 95 % quantiles, and of those beyond, dex.
    probabilities
        Of the reported probabilities.
    years
        Of the reported quantiles of a lag, years.
    """

    quantiles: tuple[float, ...] = ()
    tails: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    years: tuple[float, ...] = ()

    def __add__(self, other: "Errors") -> "Errors":
        """Put the errors of two results together."""
        return Errors(
            quantiles=self.quantiles + other.quantiles,
            tails=self.tails + other.tails,
            probabilities=self.probabilities + other.probabilities,
            years=self.years + other.years,
        )

    @classmethod
    def of(cls, rows: Iterable[Json]) -> "Errors":
        """Collect the errors of the rows of a summary."""
        found = cls()
        for row in rows:
            found += cls.of_levels(row["mcse_log10"]) + cls.of_levels(row["assurance_mcse_log10"])
            found += cls.of_probabilities(row, *row["flags"])
            held = row["yardstick"].get("held_mcse")
            found += cls(probabilities=() if held is None else (held,))
        return found

    @classmethod
    def of_levels(cls, errors: Mapping[str, float]) -> Self:
        """Errors of quantiles in dex, by their level."""
        central = {level for level in errors if 0.05 <= float(level) <= 0.95}
        return cls(
            quantiles=tuple(error for level, error in errors.items() if level in central),
            tails=tuple(error for level, error in errors.items() if level not in central),
        )

    @classmethod
    def of_probabilities(cls, *results: Json) -> Self:
        """Errors of the probabilities of some results, as far as they state one."""
        found = (one["probability_mcse"] for one in results)
        return cls(probabilities=tuple(error for error in found if error is not None))


NO_ERRORS = Errors()

#: Name of the check without which nothing can be published, not even marked as failed.
NOT_FINITE = "not_finite"


def check_sampling(
    parameters: Parameters,
    sample_stats: xr.Dataset,
    errors: Errors = NO_ERRORS,
    numbers: Iterable[float] = (),
) -> list[Check]:
    """Judge one scenario's posterior.

    Parameters
    ----------
    parameters
        From `diagnose`.
    sample_stats
        Of the fit. Exact draws: `importance_ess` and `pareto_k` over block. NUTS: `diverging`,
        `energy`, `maxdepth_reached`, and, where exact draws were refused, the former too.
    errors
        Monte Carlo errors of everything that is reported.
    numbers
        Everything else that is reported; each must be finite.

    Returns
    -------
    list of Check
        A value that is not a finite number fails its check, wherever it stands.
    """
    exact = sample_stats.attrs.get("sampler") == "exact"
    reported = [entry[key] or 0.0 for entry in parameters.values() for key in ("mean", "sd")]
    stated = (*reported, *numbers, *chain.from_iterable(astuple(errors)))
    broken = sum(not math.isfinite(value) for value in stated)
    return [
        _at_most(NOT_FINITE, float(broken), 0.0),
        *_check_importance(sample_stats),
        *([] if exact else _check_chains(parameters, sample_stats)),
        *check_errors(errors),
    ]


def check_errors(errors: Errors) -> list[Check]:
    """Judge the Monte Carlo errors of everything that is reported."""
    limit = thresholds("sampling")
    return [
        _at_most(name, _extreme(list(found), max), limit[name])
        for name, found in (
            ("mcse_quantile_dex", errors.quantiles),
            ("mcse_tail_dex", errors.tails),
            ("mcse_probability", errors.probabilities),
            ("mcse_lag_years", errors.years),
        )
    ]


def _check_importance(sample_stats: xr.Dataset) -> list[Check]:
    """Check the importance weights, or say which blocks NUTS drew instead."""
    if "importance_ess" not in sample_stats:
        return []
    refused = sample_stats.attrs.get("refused")
    if refused:
        about = say("checks.fell_back_to_nuts", blocks=refused)
        return [Check.at_most("fell_back_to_nuts", None, 0.0, about)]
    limit = thresholds("exact")
    per_draw = [
        value / sample_stats.attrs["draws"] for value in sample_stats["importance_ess"].values
    ]
    return [
        _at_most("pareto_k", _largest_k(sample_stats), limit["pareto_k"]),
        _at_least(
            "importance_ess_per_draw", _extreme(per_draw, min), limit["importance_ess_per_draw"]
        ),
    ]


def _largest_k(sample_stats: xr.Dataset) -> float | None:
    """Largest k̂ of a block; −inf, of weights without a tail, is no reason to fail."""
    shapes = [value for value in sample_stats["pareto_k"].values.tolist() if value != -math.inf]
    return _extreme(shapes, max)


def _check_chains(parameters: Parameters, sample_stats: xr.Dataset) -> list[Check]:
    limit = thresholds("sampling")
    import arviz_stats as azs  # takes a second to import, and exact draws need none of it

    e_bfmi = azs.bfmi(sample_stats["energy"]).values
    hits = float(sample_stats["maxdepth_reached"].mean())

    def worst(key: str, pick: Callable[[list[float]], float]) -> float | None:
        values = [entry[key] for entry in parameters.values()]
        return _extreme([value for value in values if value is not None], pick)

    return [
        _at_most("r_hat", worst("r_hat", max), limit["r_hat"]),
        _at_least("ess_bulk", worst("ess_bulk", min), limit["ess_bulk"]),
        _at_least("ess_tail", worst("ess_tail", min), limit["ess_tail"]),
        _at_most("divergences", float(sample_stats["diverging"].sum()), limit["divergences"]),
        _at_least("e_bfmi", _extreme(e_bfmi.tolist(), min), limit["e_bfmi"]),
        _at_most("max_depth_share", hits, limit["max_depth_share"]),
    ]


def _extreme(values: list[float], pick: Callable[[list[float]], float]) -> float | None:
    """Worst of some values; NaN if any is not finite, None if there are none."""
    if not values:
        return None
    return pick(values) if all(map(math.isfinite, values)) else math.nan


def _at_most(name: str, value: float | None, threshold: float) -> Check:
    return _with_remedy(Check.at_most(name, value, threshold, say(f"checks.{name}")))


def _at_least(name: str, value: float | None, threshold: float) -> Check:
    return _with_remedy(Check.at_least(name, value, threshold, say(f"checks.{name}")))


def _with_remedy(check: Check) -> Check:
    """Say of a failed check what to do about it."""
    if check.passed:
        return check
    return replace(check, about=f"{check.about}; {say(f'remedies.{check.name}')}")
