"""Answer of an assessment in three sentences, and notes on it."""

from collections.abc import Iterator

from analysis.numbers import by_mcse, probability
from analysis.words import noted, say
from priors.documents import Json

#: Assurance of what a machine allows.
_SURE = 0.9


def answer(found: Json) -> list[Json]:
    """Say what a machine delivers, which needs it meets, and what it trains.

    Parameters
    ----------
    found
        From `analysis.assess.assess.assess_machine`.

    Returns
    -------
    list of dict
        `key`, `values` and `text` of each sentence.
    """
    first = max(found["delivers"], key=lambda row: row["effective_eflops"]["quantiles"]["0.5"])
    precision, campaign = first["precision"], _longest(found, first["precision"])
    sentences = [_delivers(found, first), _meets(found, campaign["days"], precision)]
    return [*sentences, _trains(found, campaign)]


def _delivers(found: Json, row: Json) -> Json:
    key = "assess.delivers" if row["goal"] is None else "assess.delivers_of_goal"
    effective = row["effective_eflops"]
    median, low, high = (
        by_mcse(effective["quantiles"][level], effective["mcse_log10"][level])
        for level in ("0.5", "0.025", "0.975")
    )
    met = row["probability_goal"]
    return noted(
        key,
        name=found["machine"]["name"],
        precision=row["precision"],
        peak=row["peak_eflops"],
        median=median,
        low=low,
        high=high,
        goal=row["goal"],
        probability=None if met is None else probability(met, row["probability_mcse"]),
    )


def _meets(found: Json, days: float, precision: str) -> Json:
    year = min(row["year"] for row in found["targets"])
    parts, asked = [], found["asked"]
    for row in found["targets"]:
        at = (row["year"], row["days"], row["precision"])
        if at == (year, days, precision):
            name = say(f"trained.{row['target']}", **asked)
            met = probability(row["probability"], row["probability_mcse"])
            parts.append(say("assess.met", target=name, probability=met))
    return noted(
        "assess.meets",
        year=year,
        days=days,
        parts=say("answer.separator").join(parts),
        precision=precision,
    )


def _trains(found: Json, campaign: Json) -> Json:
    behind = campaign["frontier"][0]
    median = behind["years_behind"]["0.5"]
    energy = campaign["megawatt_hours"]
    return noted(
        "assess.trains" if energy is None else "assess.trains_with_energy",
        days=campaign["days"],
        precision=campaign["precision"],
        parameters=_median(campaign["parameters"]),
        tokens=_median(campaign["tokens"]),
        date=behind["date"]["0.5"],
        years=abs(median),
        side=say("assess.behind" if median >= 0 else "assess.ahead"),
        year=behind["year"],
        energy=energy,
    )


def _lengths(found: Json, precision: str, year: float) -> Iterator[str]:
    """Days in which each target is trained with the assurance of the notes."""
    for row in found["trains"]:
        if (row["precision"], row["year"]) == (precision, year):
            days = by_mcse(row["days"][f"{_SURE:g}"], row["mcse_log10"][f"{_SURE:g}"])
            name = say(f"trained.{row['target']}", **found["asked"])
            yield say("assess.in_days", target=name, days=days)


def _median(found: Json) -> str:
    return by_mcse(found["quantiles"]["0.5"], found["mcse_log10"]["0.5"])


def _longest(found: Json, precision: str) -> Json:
    rows = [row for row in found["campaigns"] if row["precision"] == precision]
    return max(rows, key=lambda row: float(row["days"]))


def notes(found: Json) -> Iterator[Json]:
    """Say what the numbers of an assessment rest on."""
    machine = found["machine"]
    for row in found["campaigns"]:
        if row["days"] == _longest(found, row["precision"])["days"]:
            behind = row["frontier"][0]
            yield noted(
                "assess.allows",
                sure=100 * _SURE,
                days=row["days"],
                precision=row["precision"],
                years=behind["years_behind"][f"{_SURE:g}"],
                year=behind["year"],
                targets=say("answer.separator").join(
                    _lengths(found, row["precision"], behind["year"])
                ),
            )
    if machine["counted_as"]:
        yield noted("assess.counted_as", device=machine["device"], devices=machine["devices"])
    stack = say("notes.open_stack" if machine["open_hpc_stack"] else "notes.tuned_stack")
    yield noted("assess.stack", stack=stack)
    if machine["failures"] is not None:
        yield noted("assess.failures", **machine["failures"])
    if machine["megawatts"] is None:
        yield noted("assess.no_power")
    if machine["cost"] is not None and machine["price"] is not None:
        stated = machine["cost"]["per_megawatt_hour"] is not None
        yield noted(
            "assess.cost" if stated else "assess.cost_without_electricity",
            price=machine["price"],
            currency=machine["cost"]["currency"],
            years=machine["cost"]["lifetime_years"],
            electricity=machine["cost"]["per_megawatt_hour"],
        )
    if machine["note"]:
        yield noted("assess.note", note=machine["note"])
