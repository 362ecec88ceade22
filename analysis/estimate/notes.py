"""What a reader must know to read a scenario's numbers, in sentences with its numbers."""

import numpy as np

from analysis.fit import Fit
from analysis.reproduce.roadmap_values import RoadmapValues
from model.requirement import frontier_flop, log10
from priors.frontier import by_date
from priors.scenario import Scenario

_WORKLOADS = {
    "llm-of-the-year": "the compute-optimal LLM that the trend's FLOP of the year name",
    "frontier": "a model with the trend's FLOP of the year",
    "model-size": "a compute-optimal LLM of {parameters:.3g} parameters, whatever the year",
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
    trained = _WORKLOADS[scenario.workload.kind].format(parameters=scenario.workload.parameters)
    said = [
        f"Trained is {trained}; {_efficiency(scenario)}.",
        f"As known on {as_of}: {rows['run']} training runs ({scenario.trend.form} trend), "
        f"{rows['study']} scaling studies, {rows['efficiency_row']} step-MFU rows of "
        f"{rows['system']} systems, {rows['campaign']} campaigns.",
    ]
    if scenario.workload.kind != "model-size":
        said += _frontier(fit)
    later = sorted(
        name
        for name, prior in inputs.priors.items()
        if any(evidence.sources.by_id[key].published > as_of for key in prior.sources)
    )
    if later:
        said.append(
            f"Hindsight: {len(later)} prior rows rest on sources later than {as_of}, "
            f"{later[0]} among them."
        )
    return said


def _efficiency(scenario: Scenario) -> str:
    if scenario.campaign.data == "included":
        return "peak is effective over the one efficiency that the roadmap's sources state"
    return "peak is effective over step MFU, campaign ratio and uptime"


def _frontier(fit: Fit) -> list[str]:
    """How far the frontier of each year lies from what the roadmap has for the year."""
    scenario, evidence = fit.scenario, fit.evidence
    roadmap = RoadmapValues(evidence)
    years = np.array(scenario.levers.years)
    frontier = frontier_flop(fit.posterior, years, scenario.levers.lag_years)
    median = 10 ** log10(frontier).median(("chain", "draw"))
    said = []
    for year in years:
        known = roadmap.find("training_flop", float(year), scenario.levers.days[0])
        if known is None:
            continue
        at = float(median.sel(year=year))
        decades = np.log10(at / known.value)
        side = "above" if decades >= 0 else "below"
        sentence = (
            f"The trend's median for {year:g} is {at:.1e} FLOP, {abs(decades):.2f} decades {side} "
            f"the roadmap's {known.value:.1e}"
        )
        passed = next(
            (run for run in by_date(evidence.training_runs) if run.training_flop >= known.value),
            None,
        )
        if passed is not None and passed.published <= (scenario.as_of or evidence.as_of):
            sentence += f", which {passed.system} passed on {passed.published}"
        said.append(f"{sentence}.")
    return said
