"""Answer of an estimate in at most three sentences."""

from collections.abc import Iterator, Sequence

from analysis.fit import Fit
from analysis.numbers import by_mcse, in_one_format, probability, significant
from analysis.words import noted, say
from priors.documents import Json
from priors.offers import load_yardsticks

#: Probability with which the size of the answer suffices.
_SURE = "0.9"


def answer(fit: Fit, results: Sequence[Json]) -> Iterator[Json]:
    """Say what the targets need, which size is enough for most, and whether the roadmap's is.

    Parameters
    ----------
    results
        Rows of `analysis.estimate.summary.summarise_fit`.

    Returns
    -------
    iterator of dict
        `key`, `values` and `text` of each sentence; of the first year and the longest campaign.
    """
    levers = fit.scenario.levers
    rows = [row for row in results if row["year"] == levers.years[0]]
    longest = max((row["days"] for row in rows), key=lambda days: days or 0.0)
    rows = [row for row in rows if row["days"] == longest]
    effective = {row["target"]: row for row in rows if row["quantity"] == "effective_eflops"}
    length = say("estimate.length" if longest else "estimate.frontier_length", days=longest)
    at = {"year": levers.years[0], "length": length}
    yield noted(
        "answer.needs",
        parts=say("answer.separator").join(_need(fit, row) for row in effective.values()),
        **at,
    )
    first = "model-size" if "model-size" in effective else levers.headline
    yield _size(fit, rows, first)
    row = effective[first]
    if row["probability_roadmap_suffices"] is not None:
        yield noted(
            "answer.roadmap",
            roadmap=significant(row["roadmap_value"], 3),
            probability=_probability(row["probability_roadmap_suffices"], row["probability_mcse"]),
            target=_named(fit, first),
        )


def _need(fit: Fit, row: Json) -> str:
    median, low, high = in_one_format(
        [(row["quantiles"][key], row["mcse_log10"][key]) for key in ("0.5", "0.025", "0.975")]
    )
    key = "answer.need_point" if low == high else "answer.need"
    return say(key, target=_named(fit, row["target"]), median=median, low=low, high=high)


def _size(fit: Fit, rows: Sequence[Json], target: str) -> Json:
    """Peak that suffices with 90 % for a target, beside a machine that is planned."""
    row = next(one for one in rows if one["quantity"] == "peak_eflops" and one["target"] == target)
    size = row["assurance"][_SURE]
    beside = ""
    for machine in load_yardsticks().values():
        own = machine.peak_eflops.get(row["precision"])
        if own is not None:
            beside = say("answer.beside", times=significant(size / own, 2), name=machine.name)
    return noted(
        "answer.size",
        sure=100 * float(_SURE),
        target=_named(fit, target),
        precision=row["precision"],
        size=by_mcse(size, row["assurance_mcse_log10"][_SURE]),
        beside=beside,
    )


def _probability(value: float, mcse: float) -> str:
    """Write a probability; 0 or 1 where nothing is uncertain."""
    return f"{value:g}" if mcse == 0 else probability(value, mcse)


def _named(fit: Fit, target: str) -> str:
    return say(f"trained.{target}", **fit.asked)
