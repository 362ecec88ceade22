"""What own rows of evidence moved."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from analysis.evidence_check.check import check_evidence
from analysis.evidence_check.finding import Finding
from analysis.fit import Fit
from analysis.moved import moved, one_question, requirements
from analysis.numbers import by_mcse
from analysis.words import noted, say
from priors.documents import Json
from priors.evidence import Evidence

#: How the keys of notes on own rows begin.
OWN = "own_evidence."


def own_evidence(fit: Fit) -> Json | None:
    """Set the requirements with own rows beside those without.

    Parameters
    ----------
    fit
        A scenario with `without_own`, the same one fitted to the built-in evidence alone; its last
        year, its longest campaign and its first precision are asked.

    Returns
    -------
    dict or None
        None where the scenario knows no own row. `rows`: table → ids of own rows, those that lie
        in the folder and are known on the scenario's day. `contradictions`: own rows that a check
        of the evidence flags and no erratum explains, as `check_evidence` has them. `year`,
        `days`, `precision`. `moved`: per target and quantity `with` and `without` own rows, each
        with `quantiles` (EFLOPS), `mcse_log10` and the `width` of the 95 % interval as a factor,
        and whether it `moved` by more than two Monte Carlo errors; empty where the fit without
        them is not given.
    """
    own = fit.known.own
    if not own:
        return None
    asked = one_question(fit)
    levers = asked.scenario.levers
    return {
        "rows": {table: list(ids) for table, ids in own.items()},
        "contradictions": [asdict(finding) for finding in contradictions(fit.known)],
        "year": levers.years[0],
        "days": levers.days[0],
        "precision": levers.precisions[0],
        "moved": list(_compared(asked)),
    }


def own_notes(fit: Fit) -> Iterator[Json]:
    """Say how many own rows were used, and what they did to each target."""
    found = own_evidence(fit)
    if found is None:
        return
    yield rows_in_words(found["rows"])
    yield from (contradiction_in_words(Finding(**one)) for one in found["contradictions"])
    effective = [one for one in found["moved"] if one["quantity"] == "effective_eflops"]
    peak = {one["target"]: one for one in found["moved"] if one["quantity"] == "peak_eflops"}
    for one in effective:
        of_peak = peak[one["target"]]
        if one["moved"]:
            yield _note(fit, one, "own_evidence.moved", found)
        elif of_peak["moved"]:
            yield _note(fit, of_peak, "own_evidence.moved_peak", found)
        else:
            yield _note(fit, one, "own_evidence.unmoved", found)


def contradictions(evidence: Evidence) -> list[Finding]:
    """Own rows that a check of the evidence flags and that no erratum explains."""
    return [
        finding
        for finding in check_evidence(evidence)
        if finding.row in evidence.own.get(finding.table, ()) and finding.acknowledged is None
    ]


def contradiction_in_words(finding: Finding) -> Json:
    """Say what an own row states, and what its neighbours expect of it."""
    return noted(
        "own_evidence.contradiction",
        table=finding.table,
        row=finding.row,
        check=finding.check,
        found=finding.found,
        expected=finding.expected,
    )


def rows_in_words(rows: Mapping[str, Sequence[str]]) -> Json:
    """Say how many own rows there are, and of which tables.

    Parameters
    ----------
    rows
        Table → ids.
    """
    count = sum(len(ids) for ids in rows.values())
    return noted("own_evidence.rows", count=count, tables=of_tables(rows))


def of_tables(rows: Mapping[str, Sequence[str]]) -> str:
    """List own rows by table."""
    return say("answer.separator").join(
        say("own_evidence.of_table", table=table, ids=", ".join(ids)) for table, ids in rows.items()
    )


def _compared(asked: Fit) -> Iterator[Json]:
    if asked.without_own is None:
        return
    pairs = zip(requirements(asked), requirements(one_question(asked.without_own)), strict=True)
    for now, without in pairs:
        yield {
            "target": now["target"],
            "quantity": now["quantity"],
            "with": _result(now),
            "without": _result(without),
            "moved": moved(without, now),
        }


def _result(one: Json) -> Json:
    quantiles = one["quantiles"]
    width = quantiles["0.975"] / quantiles["0.025"]
    return {"quantiles": quantiles, "mcse_log10": one["mcse_log10"], "width": width}


def _note(fit: Fit, one: Json, key: str, found: Json) -> Json:
    values = {
        f"{name}_{side}": value
        for side in ("with", "without")
        for name, value in _shown(one[side]).items()
    }
    target = say(f"trained.{one['target']}", **fit.asked)
    return noted(key, target=target, year=found["year"], precision=found["precision"], **values)


def _shown(result: Json) -> dict[str, str]:
    quantiles, errors = result["quantiles"], result["mcse_log10"]
    of_width = math.hypot(errors["0.025"], errors["0.975"])
    return {
        "median": by_mcse(quantiles["0.5"], errors["0.5"]),
        "width": by_mcse(result["width"], of_width),
    }
