"""Everything that the report of a run shows, as one document."""

from collections.abc import Callable, Sequence

import xarray as xr

from analysis.assess.assess import assess_machine
from analysis.assess.sentences import answer as answer_of_machine
from analysis.assess.sentences import notes as notes_on_machine
from analysis.estimate.answer import answer
from analysis.estimate.notes import notes
from analysis.fit import Fit
from analysis.own_evidence import OWN
from analysis.report.assumptions import priors_register, sources_register
from analysis.report.drivers import width_drivers
from analysis.report.edition import EDITION
from analysis.report.efficiency import efficiency_bridge
from analysis.report.exceedance import exceedance_curves
from analysis.report.law import law_forest
from analysis.report.regimes import regimes_of, side_by_side
from analysis.report.stored import to_json
from analysis.report.trend import trend_fan
from analysis.report.what_if import embedded
from analysis.words import LANGUAGES, speaking
from model import chain
from priors.documents import Json
from priors.errors import ScenarioError
from priors.levers import Target
from priors.offers import load_machine, load_yardsticks


def page_of(fits: Sequence[Fit], summary: Json, *, command: str) -> Json:
    """Collect what the report of a run shows; from here on neither draws nor evidence are needed.

    Parameters
    ----------
    fits
        Scenarios with their posterior.
    summary
        The object that `estimate --json` prints.
    command
        By which the run was made.

    Returns
    -------
    dict
        `edition` (`analysis.report.edition`) and `command`. `lead`: the scenario that the page is
        about, the last one with training runs or, where none has any, the last; `target`: the one
        that figures of one target show. `roadmap_eflops`: its effective performances.
        `words`: language → scenario → `answer`, `notes` and `own_rows`. `asked`: scenario → numbers
        that name its targets. Datasets as JSON (`analysis.report.stored`): `exceedance` per
        scenario; of the lead `trend`, `law`, `efficiency`, `drivers` and, with all others,
        `regimes`. `assessed`: the lead's assessment of the machine that needs are set beside, with
        its `words`. `priors` and `sources`: the registers. `what_if`: what the panel needs. What
        cannot be asked is None.
    """
    lead = lead_of(fits)
    target = target_of(lead)
    days = max(lead.scenario.levers.days)
    others = regimes_of(lead)
    finite = {name: bool(one["answer"]) for name, one in summary["scenarios"].items()}
    return {
        "edition": EDITION,
        "command": command,
        "lead": lead.scenario.name,
        "target": target,
        "roadmap_eflops": sorted(
            {
                row.printed
                for row in lead.evidence.roadmap_figures
                if row.quantity == "effective_eflops"
            }
        ),
        "asked": {fit.scenario.name: fit.asked for fit in [*fits, *others]},
        "words": {
            language: {
                fit.scenario.name: _words(fit, summary, language)
                for fit in fits
                if finite[fit.scenario.name]
            }
            for language in LANGUAGES
        },
        "exceedance": {fit.scenario.name: to_json(exceedance_curves(fit)) for fit in fits},
        "trend": _of(lambda: trend_fan(lead)),
        "law": _of(lambda: law_forest(lead)),
        "efficiency": _of(lambda: efficiency_bridge(lead, target)),
        "drivers": _of(lambda: width_drivers(lead, target, days)),
        "regimes": _of(lambda: side_by_side([(fit, target_of(fit)) for fit in [*fits, *others]])),
        "assessed": _of_yardstick(lead),
        "priors": priors_register(lead),
        "sources": sources_register(lead),
        "what_if": embedded(lead, target, _devices(lead)),
    }


def lead_of(fits: Sequence[Fit]) -> Fit:
    """Return the scenario that a page is about: the last with training runs, or the last."""
    with_runs = [fit for fit in fits if fit.trend_runs]
    return (with_runs or list(fits))[-1]


def target_of(fit: Fit) -> Target:
    """Return the target of figures that show one: a model of stated size where it is asked."""
    levers = fit.scenario.levers
    return "model-size" if "model-size" in levers.asked else levers.headline


def _words(fit: Fit, summary: Json, language: str) -> Json:
    results = summary["scenarios"][fit.scenario.name]["results"]
    with speaking(language):
        said = notes(fit)
        return {
            "answer": [one["text"] for one in answer(fit, results)],
            "notes": [one["text"] for one in said],
            "own_rows": [one["text"] for one in said if one["key"].startswith(OWN)],
        }


def _of(make: Callable[[], xr.Dataset]) -> Json | None:
    """Return a Dataset as JSON, or None where its question cannot be put to the scenario."""
    try:
        return to_json(make())
    except ScenarioError:
        return None


def _devices(fit: Fit) -> float:
    """Count reference accelerators with the peak of the machine that needs are set beside."""
    levers = fit.scenario.levers
    (yardstick,) = list(load_yardsticks().values())[:1]
    precision = levers.precisions[0]
    peak = yardstick.peak_eflops.get(precision, 1.0)
    return round(float(chain.devices(peak, levers.device.tflops[precision])))


def _of_yardstick(fit: Fit) -> Json | None:
    """Assess the machine that needs are set beside; None where the question cannot be put."""
    try:
        return assessed(fit, next(iter(load_yardsticks())))
    except ScenarioError:
        return None


def assessed(fit: Fit, machine: str) -> Json:
    """Assess a machine for the page, at every precision that it has and the scenario states.

    Parameters
    ----------
    machine
        Built-in name or TOML file.

    Returns
    -------
    dict
        As `analysis.assess.assess.assess_machine` has it, with `words`: language → `answer` and
        `notes`.

    Raises
    ------
    ScenarioError
        No such machine, or one that the scenario cannot be asked about.
    """
    offered = load_machine(machine, fit.evidence, fit.scenario.levers.device)
    stated = fit.scenario.efficiency.precisions
    both = [one for one in offered.device.tflops if one in stated]
    found = assess_machine(
        fit.ask({"levers.precisions": both or [*offered.device.tflops]}), offered
    )
    words = {}
    for language in LANGUAGES:
        with speaking(language):
            words[language] = {
                "answer": [one["text"] for one in answer_of_machine(found)],
                "notes": [one["text"] for one in notes_on_machine(found)],
            }
    return {**found, "words": words}
