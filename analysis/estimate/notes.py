"""Notes on how to read the numbers of a scenario."""

import numpy as np

from analysis.fit import Fit
from analysis.reproduce.roadmap_values import RoadmapValues
from analysis.words import say
from model.requirement import frontier_flop, log10
from priors.frontier import by_date

#: Kind of workload → key of the sentence that says what is trained.
_TRAINED = {
    "llm-of-the-year": "notes.model_year",
    "frontier": "notes.model_frontier",
    "model-size": "notes.model_size",
}


def notes(fit: Fit) -> list[str]:
    """Sentences about a fitted scenario.

    Returns
    -------
    list of str
        What is trained and known; where the frontier stands to the roadmap's figure; which
        priors rest on sources later than `as_of`.
    """
    scenario, evidence, inputs = fit.scenario, fit.evidence, fit.inputs
    as_of = scenario.as_of or evidence.as_of
    rows = {kind: len(labels) for kind, labels in inputs.labels.items()}
    included = scenario.campaign.data == "included"
    sentences = [
        say(_TRAINED[scenario.workload.kind], parameters=scenario.workload.parameters),
        say("notes.peak_of_one_efficiency" if included else "notes.peak_of_steps"),
        say(
            "notes.evidence",
            as_of=as_of,
            runs=rows["run"],
            form=scenario.trend.form,
            studies=rows["study"],
            rows=rows["efficiency_row"],
            systems=rows["system"],
            campaigns=rows["campaign"],
        ),
    ]
    if scenario.workload.kind != "model-size":
        sentences += _frontier(fit)
    later = sorted(
        name
        for name, prior in inputs.priors.items()
        if any(evidence.sources.by_id[key].published > as_of for key in prior.sources)
    )
    if later:
        sentences.append(say("notes.hindsight", count=len(later), as_of=as_of, first=later[0]))
    return sentences


def _frontier(fit: Fit) -> list[str]:
    """How far the frontier of each year lies from what the roadmap has for the year."""
    scenario, evidence = fit.scenario, fit.evidence
    roadmap = RoadmapValues(evidence)
    years = np.array(scenario.levers.years)
    frontier = frontier_flop(fit.posterior, years, scenario.levers.lag_years)
    median = 10 ** log10(frontier).median(("chain", "draw"))
    sentences = []
    for year in years:
        known = roadmap.find("training_flop", float(year), scenario.levers.days[0])
        if known is None:
            continue
        at = float(median.sel(year=year))
        decades = np.log10(at / known.value)
        values = {
            "year": year,
            "median": at,
            "decades": abs(decades),
            "side": say("notes.above" if decades >= 0 else "notes.below"),
            "roadmap": known.value,
        }
        passed = next(
            (run for run in by_date(evidence.training_runs) if run.training_flop >= known.value),
            None,
        )
        if passed is not None and passed.published <= (scenario.as_of or evidence.as_of):
            values |= {"system": passed.system, "day": passed.published}
            sentences.append(say("notes.frontier_passed", **values))
        else:
            sentences.append(say("notes.frontier", **values))
    return sentences
