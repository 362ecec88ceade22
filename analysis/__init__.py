"""What a posterior says, and whether it can be trusted.

The public names are imported when they are first used, so that nobody waits for what is not asked.
"""

from typing import TYPE_CHECKING

from priors.lazy import lazy

if TYPE_CHECKING:
    from analysis.assess.assess import assess_machine
    from analysis.calibrate.run import run_calibration
    from analysis.compare.compare import compare_scenarios
    from analysis.estimate.summary import summarise_fit
    from analysis.evidence_check.check import check_evidence
    from analysis.evidence_import.own_runs import import_own_runs
    from analysis.fit import Fit, fit_scenario, fit_scenarios
    from analysis.priors_check.check import check_priors
    from analysis.reproduce.recompute import recompute_figures
    from analysis.sensitivity.analyse import analyse_sensitivity
    from analysis.specify.specify import specify_machine

__all__ = [
    "Fit",
    "analyse_sensitivity",
    "assess_machine",
    "check_evidence",
    "check_priors",
    "compare_scenarios",
    "fit_scenario",
    "fit_scenarios",
    "import_own_runs",
    "recompute_figures",
    "run_calibration",
    "specify_machine",
    "summarise_fit",
]

#: Public name → module that defines it.
_HOMES = {
    "Fit": "analysis.fit",
    "analyse_sensitivity": "analysis.sensitivity.analyse",
    "assess_machine": "analysis.assess.assess",
    "check_evidence": "analysis.evidence_check.check",
    "check_priors": "analysis.priors_check.check",
    "compare_scenarios": "analysis.compare.compare",
    "fit_scenario": "analysis.fit",
    "fit_scenarios": "analysis.fit",
    "import_own_runs": "analysis.evidence_import.own_runs",
    "recompute_figures": "analysis.reproduce.recompute",
    "run_calibration": "analysis.calibrate.run",
    "specify_machine": "analysis.specify.specify",
    "summarise_fit": "analysis.estimate.summary",
}

__getattr__, __dir__ = lazy(__name__, _HOMES)
