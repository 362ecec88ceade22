"""Import of own training runs: fit, checks, description, row."""

from analysis.evidence_import.next_runs import next_runs
from analysis.evidence_import.remarks import (
    notes_on_reading,
    warnings_on_law,
    warnings_on_reading,
)
from analysis.evidence_import.row import Citation, study_row, warn_of_double_counting
from analysis.evidence_import.study import fit_study, summarise_study
from analysis.fit import Progress
from priors.documents import Json
from priors.evidence import Evidence
from priors.imports.isoflop_runs import IsoflopRuns
from priors.prior_rows import Priors
from priors.scenario import load_scenario

#: Bootstrap samples, unless they are asked for.
RESAMPLES = 4000
#: Set of priors whose belief of the law stands beside the fit.
_PRIOR_SET = "updated"
#: Scenario whose LLM of stated size says what there is to buy.
_SCENARIO = "updated"


def import_own_runs(
    runs: IsoflopRuns,
    evidence: Evidence,
    priors: Priors,
    *,
    seed: int,
    citation: Citation | None = None,
    runs_id: str | None = None,
    dropped: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> Json:
    """Fit the compute-optimal law to own training runs.

    Parameters
    ----------
    runs
        From `priors.imports.isoflop_runs.read_isoflop_runs`.
    evidence, priors
        Beside which the study would stand.
    seed
        Of the bootstrap.
    citation
        What the row of evidence says of the study; None: no row is made.
    runs_id
        Id of the runs, to find studies of the same ones; the citation's where there is one.
    dropped
        Runs of highest loss that are left out.
    resamples
        Bootstrap samples of the runs.
    progress
        Told how many samples are fitted.

    Returns
    -------
    dict
        What `summarise_study` and `next_runs` return, and `row`: None without a citation, or
        where a check of the fit failed.

    Raises
    ------
    ScenarioError
        The citation cannot stand beside the evidence.
    EvidenceError
        The runs cannot be fitted, or give no row.
    """
    if citation is not None:
        citation.check(evidence)
        runs_id = citation.computed_from
    study = fit_study(runs, dropped=dropped, resamples=resamples, seed=seed, progress=progress)
    document = summarise_study(study, priors.sets[_PRIOR_SET])
    document["notes"] = [*notes_on_reading(runs), *document["notes"]]
    document["warnings"] += [*warnings_on_reading(runs), *warnings_on_law(study, evidence)]
    if runs_id is not None:
        document["warnings"] += warn_of_double_counting(evidence, runs_id, runs)
    document["next_runs"] = next_runs(study.chosen, load_scenario(_SCENARIO).workload.parameters)
    document["row"] = None
    if citation is not None and all(check["passed"] for check in document["checks"]):
        document["row"] = study_row(study, citation).model_dump(mode="json")
    return document
