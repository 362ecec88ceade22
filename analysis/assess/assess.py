"""Assessment of a machine: what it delivers, trains and meets."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import xarray as xr

from analysis.assess.budget import NO_CEILINGS, Ceilings, decide_under, largest_under
from analysis.assess.offered import Offered, campaign_lengths
from analysis.assess.sentences import answer, notes
from analysis.assess.sizes import points, smallest_sizes
from analysis.checks import Errors, check_errors, is_constant
from analysis.fit import Fit
from analysis.levels import ASSURANCE, QUANTILES
from analysis.monte_carlo import DRAWS, mcse_of_probability, mcse_of_quantiles, reported_quantiles
from analysis.reproduce.roadmap_values import RoadmapValues
from model.gaussian import Array
from model.requirement import log10
from priors.costs import LossChoice, load_loss
from priors.documents import Json
from priors.machine import Dense
from priors.offers import OfferedMachine

#: Factors between the peak of the machine and what a campaign delivers, in their order.
FACTORS = ("step_mfu", "counting", "goodput", "uptime")

#: Probabilities with which a target is trained in so many days.
_DAYS = (0.1, *ASSURANCE)

#: Sizes that suffice with more than this probability are judged as tails are: their distribution
#: is that of the need and of what machines deliver together.
_CENTRAL = 0.9


def assess_machine(
    fit: Fit,
    machine: OfferedMachine,
    ceilings: Ceilings = NO_CEILINGS,
    choice: LossChoice | None = None,
    *,
    flop: Sequence[float] = (),
) -> Json:
    """Assess a machine of known size with the posterior of a scenario; nothing is fitted again.

    Parameters
    ----------
    fit
        A scenario with its posterior; its levers say for which targets, years, lengths of
        campaign and precisions.
    machine
        From `priors.load_machine`.
    ceilings
        Where any is stated, the machine is the largest of its devices under all of them.
    choice
        Costs of a size that misses the need, for the choice under ceilings; None: those of
        `costs.toml`.
    flop
        Amounts of training FLOP whose days are asked beside the targets'; those that the roadmap
        names for the years are always.

    Returns
    -------
    dict
        `machine`: what is known of it. `delivers`: per precision the `peak_eflops` that a campaign
        gets, quantiles of the `factors` between that and `effective_eflops`, the probability that
        the machine's own goal is met, and `held`, the share of draws whose factors are those of
        another number of devices. `targets`: per target, year, length and precision the
        `probability` that the need is met, with its MCSE. `trains`: per target, year and precision
        the `days` in which it is trained with each probability, and their `megawatt_hours` and
        `cost`; `amounts`: the same of stated training FLOP. `campaigns`: per length and precision
        the energy and cost, quantiles of the largest compute-optimal LLM's `parameters` and
        `tokens`, and per year `years_behind` the frontier and the `date` at which the frontier
        was there. `sizes`: the smallest machine of the same devices for each assurance.
        `budget`, where there are ceilings: which one binds, and per target `decide_under` for the
        longest campaign. `answer`: three sentences at most. `asked`, `notes` and `checks`.

    Raises
    ------
    ScenarioError
        A precision that the machine does not have, a length that is the frontier's, draws that
        are to be taken out at walls.

    Examples
    --------
    >>> from priors import load_machine
    >>> machine = load_machine("fugakunext", fit.evidence, fit.scenario.levers.device)
    >>> found = assess_machine(fit, machine)
    >>> found["machine"]["devices"]
    15000.0
    """
    budget = None
    if ceilings.stated:
        machine, budget = largest_under(machine, ceilings)
    offered = Offered.of(fit, machine)
    lengths = campaign_lengths(offered.levers)
    found: Json = {
        "scenario": fit.scenario.name,
        "asked": fit.asked,
        "machine": _described(offered),
        "delivers": [_delivered(offered, name) for name in offered.levers.precisions],
        "targets": _targets(offered),
        "trains": _trains(offered),
        "amounts": _amounts(offered, flop),
        "campaigns": [
            _campaign(offered, days, name) for days in lengths for name in offered.levers.precisions
        ],
        "sizes": smallest_sizes(offered),
    }
    if budget is not None:
        costs = load_loss() if choice is None else choice
        found["budget"] = {**budget, "decisions": _decisions(offered, costs)}
    found["checks"] = [asdict(check) for check in check_errors(_errors(found))]
    found["answer"] = answer(found)
    found["notes"] = list(notes(found))
    return found


def _decisions(offered: Offered, choice: LossChoice) -> list[Json]:
    """Decide under the ceilings for each target whose need is uncertain."""
    days = max(offered.levers.days)
    precision = offered.levers.precisions[0]
    peaks = offered.needed["peak_eflops"].sel(days=days, precision=precision).isel(year=0)
    return [
        decide_under(offered, choice, target=target, days=days, precision=precision)
        for target in offered.levers.asked
        if not is_constant(peaks.sel(target=target))
    ]


def _described(offered: Offered) -> Json:
    machine, offer = offered.machine, offered.machine.offer
    return {
        "id": machine.id,
        "name": offer.name,
        "status": offer.status,
        "devices": machine.count,
        "device": machine.device.name,
        "counted_as": machine.counted_as,
        "peak_eflops": dict(machine.peak_eflops),
        "share": offered.share,
        "megawatts": machine.megawatts,
        "price": machine.price,
        "cost": None if offer.cost is None else offer.cost.model_dump(),
        "failures": None if offer.failures is None else offer.failures.model_dump(),
        "open_hpc_stack": offered.levers.open_hpc_stack,
        "goal_effective_eflops": offer.goal_effective_eflops,
        "sources": list(offer.sources),
        "note": offer.note,
    }


def _delivered(offered: Offered, precision: Dense) -> Json:
    shares = offered.delivery.sel(precision=precision, drop=True)
    effective = offered.effective.sel(precision=precision, drop=True)
    goal = offered.machine.offer.goal_effective_eflops
    sure = is_constant(effective)
    met = None if goal is None else _probability(effective > goal, sure=sure)
    held = _probability(shares["held"] > 0, sure=sure)
    return {
        "precision": precision,
        "machine_peak_eflops": offered.machine.peak_eflops[precision],
        "peak_eflops": float(offered.peak.sel(precision=precision)),
        "factors": {name: reported_quantiles(log10(shares[name])) for name in FACTORS},
        "efficiency": reported_quantiles(log10(shares["efficiency"])),
        "effective_eflops": reported_quantiles(log10(effective)),
        "goal": goal,
        "probability_goal": None if met is None else met["probability"],
        "probability_mcse": None if met is None else met["probability_mcse"],
        "held": held["probability"],
        "held_mcse": held["probability_mcse"],
    }


def _targets(offered: Offered) -> list[Json]:
    meets = offered.effective >= offered.needed["effective_eflops"]
    need = log10(offered.needed["effective_eflops"])
    rows = []
    for at in points(meets):
        needed = need.sel({key: at[key] for key in at if key in need.dims})
        sure = is_constant(needed) and is_constant(offered.effective.sel(precision=at["precision"]))
        met = _probability(meets.sel(at), sure=sure)
        rows.append({**at, **met, "need": reported_quantiles(needed)})
    return rows


def _trains(offered: Offered) -> list[Json]:
    days = offered.days_to_train
    return [{**at, **_days(offered, log10(days.sel(at)))} for at in points(days)]


def _amounts(offered: Offered, flop: Sequence[float]) -> list[Json]:
    """Days in which stated amounts of training FLOP are made."""
    roadmap = RoadmapValues(offered.fit.evidence)
    known = [roadmap.find("training_flop", year, None) for year in offered.levers.years]
    asked = dict.fromkeys([*(one.value for one in known if one is not None), *flop])
    per_day = offered.flop_in(1.0)
    return [
        {
            "training_flop": amount,
            "precision": name,
            **_days(offered, log10(amount / per_day.sel(precision=name, drop=True))),
        }
        for amount in asked
        for name in offered.levers.precisions
    ]


def _days(offered: Offered, log: xr.DataArray) -> Json:
    """Days that suffice with each probability, and their energy and cost."""
    keys = [f"{level:g}" for level in _DAYS]
    lengths = 10 ** log.quantile(list(_DAYS), DRAWS).values
    errors = mcse_of_quantiles(log, list(_DAYS)).values.tolist()
    return {
        "days": dict(zip(keys, lengths.tolist(), strict=True)),
        "mcse_log10": dict(zip(keys, errors, strict=True)),
        "megawatt_hours": _each(offered.megawatt_hours, keys, lengths),
        "cost": _each(offered.cost, keys, lengths),
    }


def _each(
    spent: Callable[[float], xr.DataArray | float | None], keys: list[str], lengths: Array
) -> Json | None:
    """Energy or cost of campaigns of so many days; None where it is not known."""
    found = [spent(float(days)) for days in lengths]
    return None if None in found else dict(zip(keys, found, strict=True))


def _campaign(offered: Offered, days: float, precision: Dense) -> Json:
    largest = offered.largest_model(days).sel(precision=precision, drop=True)
    flop = offered.flop_in(days).sel(precision=precision, drop=True)
    behind = [_behind(offered, year, days, precision) for year in offered.levers.years]
    return {
        "days": days,
        "precision": precision,
        "megawatt_hours": offered.megawatt_hours(days),
        "cost": offered.cost(days),
        "training_flop": reported_quantiles(log10(flop)),
        "parameters": reported_quantiles(log10(largest["parameters"])),
        "tokens": reported_quantiles(log10(largest["tokens"])),
        "frontier": behind,
    }


def _behind(offered: Offered, year: float, days: float, precision: Dense) -> Json:
    """Years behind the frontier of a year, and the date at which the frontier was there."""
    behind = offered.years_behind(year, days, precision)
    keys = [f"{level:g}" for level in QUANTILES]
    errors = mcse_of_quantiles(behind, list(QUANTILES)).values.tolist()
    levels = behind.quantile(list(QUANTILES), behind.dims).values.tolist()
    ahead = [1 - level for level in QUANTILES]
    dates = (year - behind.quantile(ahead, behind.dims)).values.tolist()
    return {
        "year": year,
        "years_behind": dict(zip(keys, levels, strict=True)),
        "date": dict(zip(keys, dates, strict=True)),
        "mcse_years": dict(zip(keys, errors, strict=True)),
    }


def _probability(holds: xr.DataArray, *, sure: bool) -> Json:
    """Share of draws for which something holds; without error where nothing compared varies."""
    error = 0.0 if sure else mcse_of_probability(holds)
    return {"probability": float(holds.mean()), "probability_mcse": error}


def _errors(found: Json) -> Errors:
    errors = Errors()
    for row in found["delivers"]:
        errors += Errors.of_levels(row["effective_eflops"]["mcse_log10"])
        errors += Errors.of_probabilities(row, {"probability_mcse": row["held_mcse"]})
    for row in found["targets"]:
        errors += Errors.of_probabilities(row)
    for row in (*found["trains"], *found["amounts"]):
        errors += Errors.of_levels(row["mcse_log10"])
    for row in found["campaigns"]:
        for name in ("training_flop", "parameters", "tokens"):
            errors += Errors.of_levels(row[name]["mcse_log10"])
        for one in row["frontier"]:
            errors += Errors(years=tuple(one["mcse_years"].values()))
    for row in found["sizes"]:
        of = {level: one["mcse_log10"] for level, one in row["assurance"].items()}
        errors += Errors.of_levels({level: of[level] for level in of if float(level) <= _CENTRAL})
        errors += Errors(tails=tuple(of[level] for level in of if float(level) > _CENTRAL))
    return errors
