"""Answer of a comparison in at most three sentences."""

from collections.abc import Iterator, Mapping, Sequence

from analysis.fit import Fit
from analysis.numbers import by_mcse, with_interval
from analysis.words import noted, say
from priors.documents import Json

#: Quantities that an answer is about, the one that differs most between regimes first.
_ABOUT = ("devices", "effective_eflops")


def answer(
    first: Fit,
    other: Fit,
    comparisons: Mapping[str, Sequence[Json]],
    regimes: Mapping[str, Json | None],
) -> Iterator[Json]:
    """Say what each scenario needs, how they stand to each other, and what makes most of it.

    Of scenarios with one posterior it is the devices, which are the same on both sides; of
    others the effective EFLOPS.
    """
    name = other.scenario.name
    rows = comparisons[name]
    paired = rows[0]["paired"]
    quantity = _ABOUT[0] if paired else _ABOUT[1]
    row = _row(rows, quantity, first.scenario.levers.headline)
    if row is None:
        return
    common = {"name": name, "baseline": first.scenario.name, "quantity": _named(quantity)}
    yield noted(
        "compare.answer_needs",
        target=_target(row, first, other),
        year=row["year"],
        days=row["days"],
        other=with_interval(row["other"]),
        first=with_interval(row["first"]),
        unit=_named(quantity),
        **{key: common[key] for key in ("name", "baseline")},
    )
    low, ratio, high = (
        by_mcse(row["ratio"][key], row["ratio_mcse_log10"][key]) for key in ("0.05", "0.5", "0.95")
    )
    key = "compare.answer_ratio" if paired else "compare.answer_quantiles"
    yield noted(key, ratio=ratio, low=low, high=high, **common)
    found = regimes[name]
    if found is not None:
        most = found["lines"][0]
        yield noted("compare.answer_most", line=most["lever"], times=10 ** most["dex"])


def _row(rows: Sequence[Json], quantity: str, headline: str) -> Json | None:
    """Row of a quantity for a named model or the headline, in the longest campaign."""
    of = [row for row in rows if row["quantity"] == quantity and row["days"] is not None]
    for target in ("model-size", headline):
        fitting = [row for row in of if row["target_first"] == target]
        if fitting:
            return max(fitting, key=lambda row: float(row["days"]))
    return of[-1] if of else None


def _target(row: Json, first: Fit, other: Fit) -> str:
    ours, theirs = (
        say(f"trained.{row[key]}", **fit.asked)
        for key, fit in (("target_first", first), ("target_other", other))
    )
    if ours == theirs:
        return ours
    names = {"name": other.scenario.name, "baseline": first.scenario.name}
    return say("compare.both_targets", first=ours, other=theirs, **names)


def _named(quantity: str) -> str:
    return say(f"compared.{quantity}")
