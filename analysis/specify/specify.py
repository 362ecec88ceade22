"""Specification: size, acceptance test, and what a missed test means."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from analysis.assess.offered import Offered
from analysis.assess.sizes import smallest_sizes
from analysis.checks import Errors, check_errors
from analysis.fit import Fit
from analysis.monte_carlo import DRAWS, mcse_of_probability, mcse_of_quantiles, reported_quantiles
from analysis.numbers import by_mcse, probability, significant
from analysis.specify.acceptance import Tested
from analysis.words import noted, say
from model.requirement import log10
from priors.acceptance import AcceptanceTest
from priors.documents import Json
from priors.errors import ScenarioError
from priors.offers import OfferedMachine, counted_in

#: Shares by which a test is missed whose meaning is stated.
_MISSED = (0.1, 0.2)
_TOKENS = 1e9


def specify_machine(
    fit: Fit,
    test: AcceptanceTest,
    *,
    assurance: float,
    machine: OfferedMachine | None = None,
    tokens_per_second: float | None = None,
) -> Json:
    """Specify the machine that meets a need with a given assurance, and how it is accepted.

    Parameters
    ----------
    fit
        A scenario with its posterior, whose levers ask for one target, year, length and precision.
    test
        Which model is trained on how many devices before acceptance.
    assurance
        Probability with which the need is to be met.
    machine
        Whose device is counted; None: the scenario's.
    tokens_per_second
        What a vendor commits to in the test.

    Returns
    -------
    dict
        `question`; `size`: `peak_eflops` with `mcse_log10`, `devices`, `megawatts`; `test`: the
        smallest `mfu` and `tokens_per_second` in the test that make the probability at least the
        assurance (None where no result does), `seconds_per_billion_tokens`, and the `expected`
        quantiles of the MFU; `missed`: per share by which the test is missed the `probability`
        that the need is met, quantiles of the `days`, and those that have the assurance;
        `committed`: the same of a committed rate; `paragraph`: sentences for the specification;
        `checks`.

    Raises
    ------
    ScenarioError
        Several points are asked at once, an assurance outside 0 to 1, a rate beyond the peak.

    Examples
    --------
    >>> from priors.acceptance import load_acceptance_test
    >>> asked = fit.ask({"levers.targets": ["roadmap-chain"], "levers.days": [80]})
    >>> found = specify_machine(asked, load_acceptance_test(), assurance=0.9)
    >>> found["question"]["target"]
    'roadmap-chain'
    """
    _require_one_point(fit, assurance)
    one = machine or counted_in(fit.scenario.levers.device)
    offered = Offered.of(fit, one)
    (row,) = smallest_sizes(offered, [assurance])
    size = row.pop("assurance")[f"{assurance:g}"]
    full = replace(offered, machine=one.of_size(size["devices"] * (1 + 1e-12)))
    tested = Tested(full, test)
    found: Json = {
        "scenario": fit.scenario.name,
        "question": {**row, "assurance": assurance, **fit.asked},
        "device": one.device.name,
        "size": size,
        "test": _test(tested, assurance),
    }
    threshold = found["test"]["mfu"]
    found["missed"] = (
        [] if threshold is None else [_missed(tested, threshold, by, assurance) for by in _MISSED]
    )
    found["committed"] = None
    if tokens_per_second is not None:
        found["committed"] = _committed(tested, tokens_per_second, assurance)
    found["checks"] = [asdict(check) for check in check_errors(_errors(found))]
    found["paragraph"] = list(_paragraph(found))
    return found


def _require_one_point(fit: Fit, assurance: float) -> None:
    levers = fit.scenario.levers
    for name, asked in (
        ("target", levers.asked),
        ("year", levers.years),
        ("days", levers.lengths),
        ("precision", levers.precisions),
    ):
        if len(asked) != 1 or asked[0] != asked[0]:
            raise ScenarioError(
                f"scenario {fit.scenario.name}",
                f"{len(asked)} values of {name}",
                f"one {name}: a specification is of one machine",
            )
    if not 0 < assurance < 1:
        raise ScenarioError("--assurance", f"{assurance:g}", "a probability between 0 and 1")


def _test(tested: Tested, assurance: float) -> Json:
    mfu = tested.threshold(assurance)
    required = tested.required.where(np.isfinite(tested.required), 1e3)
    error = float(mcse_of_quantiles(required, [assurance])[0])
    return {
        **tested.test.model_dump(exclude={"rationale"}),
        "mfu": mfu,
        "mcse_logit": None if mfu is None else error,
        "expected": reported_quantiles(log10(tested.expected)),
        **_rate(tested, mfu),
    }


def _rate(tested: Tested, mfu: float | None) -> Json:
    if mfu is None:
        return {"tokens_per_second": None, "seconds_per_billion_tokens": None}
    rate = tested.tokens_per_second(mfu)
    return {"tokens_per_second": rate, "seconds_per_billion_tokens": _TOKENS / rate}


def _missed(tested: Tested, threshold: float, by: float, assurance: float) -> Json:
    return {"missed_by": by, **_at(tested, threshold * (1 - by), assurance)}


def _committed(tested: Tested, rate: float, assurance: float) -> Json:
    mfu = tested.mfu_of(rate)
    if not 0 < mfu < 1:
        device = tested.offered.machine.device
        raise ScenarioError(
            "--tokens-per-second",
            f"{rate:g}, {mfu:.3g} of the dense {tested.precision} peak",
            f"a rate that {tested.test.devices:,} devices of {device.tflops[tested.precision]:g} "
            "TFLOP/s can have",
        )
    return {"tokens_per_second": rate, **_at(tested, mfu, assurance)}


def _at(tested: Tested, mfu: float, assurance: float) -> Json:
    """Say what a step MFU in the test means at full scale."""
    met, days = tested.met(mfu), log10(tested.days(mfu))
    enough = 10 ** float(days.quantile(assurance, DRAWS))
    return {
        "mfu": mfu,
        "probability": float(met.mean()),
        "probability_mcse": mcse_of_probability(met),
        "days_for_assurance": enough,
        "days_mcse_log10": float(mcse_of_quantiles(days, [assurance])[0]),
        "days": reported_quantiles(days),
    }


def _errors(found: Json) -> Errors:
    errors = Errors(tails=(found["size"]["mcse_log10"],))
    for row in (*found["missed"], *([found["committed"]] if found["committed"] else [])):
        errors += Errors.of_probabilities(row) + Errors(tails=(row["days_mcse_log10"],))
    return errors


def _paragraph(found: Json) -> Iterator[Json]:
    """Sentences for a requirement specification."""
    asked, size, test = found["question"], found["size"], found["test"]
    common: dict[str, Any] = {
        "precision": asked["precision"],
        "assurance": asked["assurance"],
        "days": asked["days"],
        "year": asked["year"],
        "target": say(f"trained.{asked['target']}", **asked),
    }
    yield noted(
        "specify.size",
        peak=by_mcse(size["peak_eflops"], size["mcse_log10"]),
        devices=by_mcse(size["devices"], size["mcse_log10"]),
        device=found["device"],
        **common,
    )
    if test["mfu"] is None:
        yield noted("specify.no_test", **common)
        return
    yield noted(
        "specify.test",
        parameters=test["parameters"],
        devices=test["devices"],
        rate=significant(test["tokens_per_second"], 3),
        seconds=significant(test["seconds_per_billion_tokens"], 3),
        mfu=test["mfu"],
        **common,
    )
    for row in found["missed"]:
        yield noted(
            "specify.missed",
            by=row["missed_by"],
            probability=probability(row["probability"], row["probability_mcse"]),
            needed=by_mcse(row["days_for_assurance"], row["days_mcse_log10"]),
            **common,
        )
    if found["committed"] is not None:
        row = found["committed"]
        yield noted(
            "specify.committed",
            rate=significant(row["tokens_per_second"], 3),
            mfu=row["mfu"],
            probability=probability(row["probability"], row["probability_mcse"]),
            median=by_mcse(row["days"]["quantiles"]["0.5"], row["days"]["mcse_log10"]["0.5"]),
            needed=by_mcse(row["days_for_assurance"], row["days_mcse_log10"]),
            **common,
        )
