"""Comparison of scenarios, and the parts of a shift."""

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, product

import xarray as xr

from analysis.checks import Errors, check_errors, is_constant
from analysis.compare.answer import answer
from analysis.compare.lines import regime_lines
from analysis.fit import Fit
from analysis.levels import QUANTILES
from analysis.monte_carlo import mcse_of_probability, reported_quantiles
from analysis.shapley import coalitions, shapley_values
from model.blocks import BLOCKS, swap_blocks
from model.requirement import log10, requirement
from priors.documents import Json
from priors.errors import ScenarioError
from priors.levers import Target

#: What may differ between scenarios: blocks of the model, and what may be chosen.
PARTS = ("trend", "law", "efficiency", "levers")

_BLOCKS = {
    "trend": ("trend",),
    "law": ("law",),
    "efficiency": ("efficiency", "campaign"),
    "levers": (),
}
_COMPARED = ("effective_eflops", "peak_eflops", "devices", "training_flop", "efficiency")
#: Record and lag are read off the line, and go with it, as the length of the frontier's runs does.
_WITH_READ_OFF = {**BLOCKS, "trend": ("trend_", "record_", "lag_", "length_")}
#: Dex by which two logarithms differ through rounding.
_ROUNDING = 1e-9
#: Dim → the label of the one scenario and of the other.
type _Point = Mapping[str, tuple[object, object]]

#: Requirements whose shift is split.
_DECOMPOSED = ("effective_eflops", "peak_eflops")
_KEYS = [f"{p:g}" for p in QUANTILES]


def share_a_posterior(first: Fit, other: Fit) -> bool:
    """Whether two scenarios have the very same draws: they differ in levers only."""
    return first.scenario.fit_digest == other.scenario.fit_digest and first.seed == other.seed


def compare_pair(first: Fit, other: Fit) -> list[Json]:
    """Compare what two scenarios require, in absolute numbers and against each other.

    Scenarios that differ in levers only have the same draws: the ratio of a draw to itself holds
    nothing but what differs between them. Scenarios of two different posteriors have no joint
    distribution, as nobody has said how two states of knowledge go together: each quantile of the
    one is set against the same quantile of the other, and no probability is given.

    Parameters
    ----------
    first, other
        Years, lengths and targets that both ask for are compared, or, where no target is common,
        their headline targets; a peak is compared with the peak of the same precision, or of the
        only one there is.

    Returns
    -------
    list of dict
        One row per target, quantity, year, length and pair of precisions: `first` and `other`,
        the quantiles of each with `mcse_log10`; `paired`, whether the draws are the same;
        `ratio`, the quantiles of other / first where they are, and the ratios of their quantiles
        where not, with `ratio_mcse_log10`; `probability_more`, that other needs more (or, for
        `efficiency`, delivers more), with `probability_mcse`, None where the draws differ.
    """
    left, right = first.required(), other.required()
    paired = share_a_posterior(first, other)
    rows = []
    for name in _COMPARED:
        sides = left[name], right[name]
        for at in _points(first, other, {*sides[0].dims, *sides[1].dims}):
            one, two = (_pick(side, at, which) for which, side in enumerate(sides))
            rows.append({"quantity": name, **_labels(at), **_against(one, two, paired=paired)})
    return rows


def decompose(first: Fit, other: Fit) -> dict[str, dict[str, float]]:
    """Split the shift of the mean log10 of each requirement into the parts that differ.

    Each part's share is its Shapley value (Shapley 1953): the mean, over all orders in which the
    parts of `first` are exchanged for those of `other`, of the step that its exchange makes. The
    blocks are independent in the posterior, so that a mixed set of draws is a posterior too. The
    shift is one of means: it takes no joint distribution of the two scenarios.

    Returns
    -------
    dict
        Of effective and peak EFLOPS, averaged over the years, lengths and precisions that a
        scenario asks for and the targets that are compared: part → dex, and `total`, which they
        add up to.
    """
    means = {parts: _mean_log10(first, other, parts) for parts in coalitions(PARTS)}
    found = {}
    for quantity in _DECOMPOSED:
        value = {parts: mean[quantity] for parts, mean in means.items()}
        total = value[frozenset(PARTS)] - value[frozenset()]
        found[quantity] = {**shapley_values(value, PARTS), "total": total}
    return found


def compare_scenarios(fits: Sequence[Fit]) -> Json:
    """Compare every scenario with the first.

    Returns
    -------
    dict
        `baseline`, the name of the first; `answer`, at most three sentences for each of the
        others; by their names `comparisons` (`compare_pair`), `shift_log10` (`decompose`) and,
        where only levers differ, `regimes` (`analysis.compare.lines.regime_lines`); `checks` of
        the Monte Carlo errors. Errors of a ratio follow from those of its two sides.

    Raises
    ------
    ScenarioError
        Two scenarios have no year or no length of campaign in common.
    """
    first, *others = fits
    errors = Errors()
    for fit in fits:
        fit.require_whole("a comparison")
    for other in others:
        _require_common(first, other)
    comparisons = {other.scenario.name: compare_pair(first, other) for other in others}
    for row in chain.from_iterable(comparisons.values()):
        errors += Errors.of_levels(row["first"]["mcse_log10"])
        errors += Errors.of_levels(row["other"]["mcse_log10"])
        errors += Errors.of_probabilities(row)
    regimes = {other.scenario.name: _regime(first, other) for other in others}
    return {
        "baseline": first.scenario.name,
        "answer": [one for other in others for one in answer(first, other, comparisons, regimes)],
        "comparisons": comparisons,
        "regimes": {name: found for name, found in regimes.items() if found is not None},
        "shift_log10": {other.scenario.name: decompose(first, other) for other in others},
        "checks": [asdict(check) for check in check_errors(errors)],
    }


def _regime(first: Fit, other: Fit) -> Json | None:
    """Lines of two regimes, asked of the first common target but for single runs."""
    if not share_a_posterior(first, other):
        return None
    common = [pair[0] for pair in _targets(first, other)]
    target: Target = "model-size" if "model-size" in common else common[0]
    return regime_lines(first, other, target)


def _require_common(first: Fit, other: Fit) -> None:
    ours, theirs = (fit.scenario.levers for fit in (first, other))
    for name, option, apart in (
        ("year", "--year", set(ours.years).isdisjoint(theirs.years)),
        ("length of a campaign", "--days", set(ours.lengths).isdisjoint(theirs.lengths)),
    ):
        if apart:
            raise ScenarioError(
                f"scenarios {first.scenario.name} and {other.scenario.name}",
                f"no {name} in common",
                f"{option} for both",
            )


def _targets(first: Fit, other: Fit) -> list[tuple[Target, Target]]:
    """Pairs of targets: those that both ask for, or the headline of each."""
    ours, theirs = (fit.scenario.levers for fit in (first, other))
    common: list[tuple[Target, Target]] = [
        (target, target) for target in ours.asked if target in theirs.asked
    ]
    return common or [(ours.headline, theirs.headline)]


def _mean_log10(first: Fit, other: Fit, parts: frozenset[str]) -> dict[str, float]:
    blocks = [block for part in parts for block in _BLOCKS[part]]
    draws = swap_blocks(first.posterior, other.posterior, blocks, _WITH_READ_OFF)
    theirs = "levers" in parts
    asked = (other if theirs else first).scenario
    compared = tuple(pair[theirs] for pair in _targets(first, other))
    levers = asked.levers.only(*compared)
    required = requirement(draws, asked.workload, levers)
    return {quantity: float(log10(required[quantity]).mean()) for quantity in _DECOMPOSED}


def _points(first: Fit, other: Fit, dims: Collection[Hashable]) -> Iterator[_Point]:
    """Pairs of labels, one of each scenario, for each dim of a quantity."""
    ours, theirs = (fit.scenario.levers for fit in (first, other))
    years = [(year, year) for year in ours.years if year in theirs.years]
    days = [(length, length) for length in ours.lengths if length in theirs.lengths]
    precisions = [(one, one) for one in ours.precisions if one in theirs.precisions]
    pairs: Mapping[str, Sequence[tuple[object, object]]] = {
        "target": _targets(first, other),
        "year": years,
        "days": days,
        "precision": precisions or list(product(ours.precisions, theirs.precisions)),
    }
    asked = [dim for dim in pairs if dim in dims]
    for labels in product(*(pairs[dim] for dim in asked)):
        yield dict(zip(asked, labels, strict=True))


def _pick(quantity: xr.DataArray, at: _Point, which: int) -> xr.DataArray:
    """log10 of a quantity of one scenario at a point, as far as the quantity depends on it."""
    here = {dim: labels[which] for dim, labels in at.items() if dim in quantity.dims}
    return log10(quantity.sel(here, drop=True))


def _labels(at: _Point) -> Json:
    """Where a row of the comparison stands."""
    target, precision = (at.get(dim, (None, None)) for dim in ("target", "precision"))
    days, _ = at.get("days", (None, None))
    return {
        "target_first": target[0],
        "target_other": target[1],
        "year": at["year"][0] if "year" in at else None,
        "days": None if isinstance(days, float) and math.isnan(days) else days,
        "precision_first": precision[0],
        "precision_other": precision[1],
    }


def _against(first: xr.DataArray, other: xr.DataArray, *, paired: bool) -> Json:
    """Quantiles of two log10 quantities, and of their ratio."""
    sides = {"first": reported_quantiles(first), "other": reported_quantiles(other)}
    if paired:
        ratio = reported_quantiles(other - first)
        exact = is_constant(other - first)
        more = other - first > _ROUNDING
        probability: Json = {
            "probability_more": float(more.mean()),
            "probability_mcse": 0.0 if exact else mcse_of_probability(more),
        }
    else:
        ratio = {
            "quantiles": {
                key: sides["other"]["quantiles"][key] / sides["first"]["quantiles"][key]
                for key in _KEYS
            },
            "mcse_log10": {
                key: sum(side["mcse_log10"][key] ** 2 for side in sides.values()) ** 0.5
                for key in _KEYS
            },
        }
        probability = {"probability_more": None, "probability_mcse": None}
    return {
        **sides,
        "paired": paired,
        "ratio": ratio["quantiles"],
        "ratio_mcse_log10": ratio["mcse_log10"],
        **probability,
    }
