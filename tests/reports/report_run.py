"""A run of the default scenarios with its report, made once per process of the tests."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from analysis.estimate.summary import summarise_fits
from analysis.fit import Fit, fit_scenarios
from analysis.manifest import manifest
from analysis.report.page import page_of
from model.sampling.sampler import Sampler
from priors import load_evidence, load_priors, load_scenario
from reports.finished_run import FinishedRun
from reports.run import write_run

NAMES = ("roadmap-point", "roadmap", "updated")


@dataclass(frozen=True)
class ReportRun:
    """Fits, and the finished run that was written of them."""

    fits: list[Fit]
    finished: FinishedRun

    @property
    def lead(self) -> Fit:
        return self.fits[-1]


@cache
def report_run() -> ReportRun:
    evidence = load_evidence()
    priors = load_priors(evidence.sources)
    scenarios = [load_scenario(name) for name in NAMES]
    sampler = Sampler()
    fits = fit_scenarios(scenarios, evidence, priors, sampler, seed=1)
    by_name = {one.name: one for one in scenarios}
    summary = {
        "scenarios": summarise_fits(fits),
        "manifest": manifest(evidence, priors, by_name, sampler, 1),
    }
    out = Path(mkdtemp(prefix="eflops-report-")) / "run"
    page = page_of(fits, summary, command="eflops estimate --out run")
    write_run(out, fits, summary, page)
    return ReportRun(fits, FinishedRun(out))


def renamed(value, old, new):
    """A document with a name in place of another, wherever it stands."""
    if isinstance(value, dict):
        return {renamed(key, old, new): renamed(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, old, new) for item in value]
    return new if value == old else value
