"""Simulation-based calibration: replications and their verdict.

Truths are drawn from the prior, rows of evidence from the truths, and each set of rows is
refitted (`analysis.calibrate.replication`); if model and sampler are right, ranks of the truth are
uniform (`analysis.calibrate.ranks`). Sources: Talts et al. 2018; Modrák et al. 2023.

simuk does the same for any PyMC model, and runs with PyMC 6, but it compiles the model anew for
every simulation (0.7 to 2.7 s each) and can rank only what the sampler samples: not the blocks
that are integrated out, nor the required EFLOPS. Here one model per process is refitted
with swapped data.
"""

import hashlib
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from analysis.cache import code_digest as model_digest
from analysis.calibrate.ledger import Ledger
from analysis.calibrate.ranks import Band, RankTest, bonferroni, normal_cells
from analysis.calibrate.replication import (
    RANKED_DRAWS,
    Broken,
    Plan,
    Replication,
    make_plan,
    replicate_once,
)
from analysis.checks import Check
from analysis.fit import Progress
from analysis.manifest import manifest, now
from model.sampling.seeds import named_rng
from priors.documents import Json
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario
from priors.thresholds import thresholds

#: Mistakes of a posterior whose chance of being found is stated: spread over the right one and
#: shift in right standard deviations.
MISTAKES: dict[str, dict[str, float]] = {
    "too narrow by 10 %": {"spread": 0.9},
    "too narrow by 20 %": {"spread": 0.8},
    "too narrow by 30 %": {"spread": 0.7},
    "too wide by 25 %": {"spread": 1.25},
    "too wide by 50 %": {"spread": 1.5},
    "off by 0.2 sd": {"shift": 0.2},
    "off by 0.3 sd": {"shift": 0.3},
}

#: Bootstrap samples of the replications for a power.
_BOOTSTRAP = 200

type Replicate = Callable[[Plan, int], Replication]


def run_calibration(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    *,
    replications: int,
    seed: int,
    noise_factor: float = 1.0,
    broken: Broken | None = None,
    cores: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Json:
    """Calibrate a scenario by simulation (Talts et al. 2018): ranks of truths among draws.

    Parameters
    ----------
    scenario
        Its form of the trend and its priors are calibrated, with the design of its evidence.
    replications
        Truths that are drawn and refitted.
    noise_factor
        Rows are drawn with every noise sd of the truth times this; unless it is 1, the model is
        wrong on purpose and checks should fail.
    broken
        Another way to be wrong on purpose (`analysis.calibrate.replication.BROKEN`).
    cores
        Processes; with more than one, a script calls this under `if __name__ == "__main__"`.
    folder
        Where finished replications are kept, and gone on with; None: nowhere.

    Returns
    -------
    dict
        `scenario`, `form`, `noise_factor`, `broken`, what `judge` returns, and `manifest`, with
        `seconds_per_hundred` new replications (None where there were none).

    Raises
    ------
    InputError
        Evidence, priors and scenario do not go together, or `folder` holds something else.
    CalibrationInterrupted
        By the keyboard; finished replications are in `folder`.
    """
    plan = make_plan(
        scenario, evidence, priors, seed=seed, noise_factor=noise_factor, broken=broken
    )
    described = {
        **manifest(evidence, priors, {scenario.name: scenario}, plan.sampler, seed),
        "created": now(),
        "form": plan.form,
        "noise_factor": noise_factor,
        "broken": broken,
        "ranked_draws": RANKED_DRAWS,
        "code": code_digest(),
    }
    with ExitStack() as stack:
        kept = folder or Path(stack.enter_context(TemporaryDirectory())) / "calibration"
        ledger = stack.enter_context(Ledger(kept, described, plan.names))
        try:
            there, start = len(ledger.finished), perf_counter()
            made = replicate_plan(plan, ledger, replications, cores=cores, progress=progress)
        except KeyboardInterrupt:
            raise CalibrationInterrupted(len(ledger.finished)) from None
        new, taken = len(ledger.finished) - there, perf_counter() - start
    return {
        "scenario": scenario.name,
        "form": plan.form,
        "noise_factor": noise_factor,
        "broken": broken,
        **judge(plan, made),
        "manifest": {
            **described,
            "seconds_per_hundred": 100 * taken / new if new > 0 else None,
        },
    }


class CalibrationInterrupted(KeyboardInterrupt):
    """The keyboard interrupted a calibration; `finished` replications are kept."""

    def __init__(self, finished: int) -> None:
        self.finished = finished
        super().__init__(f"interrupted, {finished} finished")


def replicate_plan(
    plan: Plan,
    ledger: Ledger,
    replications: int,
    *,
    cores: int,
    progress: Progress | None = None,
    replicate: Replicate = replicate_once,
) -> list[Replication]:
    """Make the replications that the ledger lacks, and return all of them in order.

    Parameters
    ----------
    plan
        What is replicated.
    ledger
        Gets every replication as soon as it is finished; an interruption loses those under way.
    replications
        How many in all; the result is the same however many were there before.
    cores
        Processes. With more than one, each is started afresh and imports the main module: a
        script must call this under `if __name__ == "__main__"`.
    replicate
        Makes one of them; a function that can be pickled.

    Raises
    ------
    ScenarioError
        A process was killed, for lack of memory as a rule.
    """
    missing = [number for number in range(replications) if number not in ledger.finished]
    done = replications - len(missing)
    if progress is not None:
        progress("replications", done, replications)
    for replication in _made(plan, missing, min(cores, len(missing)), replicate):
        ledger.add(replication)
        done += 1
        if progress is not None:
            progress("replications", done, replications)
    return [ledger.finished[number] for number in range(replications)]


def judge(plan: Plan, replications: Sequence[Replication]) -> Json:
    """Test the ranks of every quantity.

    Returns
    -------
    dict
        `quantities`: name → p-value, adjusted p-value, mean rank as a share, and replications;
        `fixed`: what the priors leave no uncertainty in; `power`: chance of finding each of
        `MISTAKES` in one quantity; `found`: of a model that is wrong on purpose, the share of
        bootstrap samples of the replications in which some quantity fails (the power of as many
        replications), else None; `ecdf`: for a plot, empirical less uniform distribution by
        quantity, and the band that a quantity fails by leaving; `refits`; `checks`.

    Raises
    ------
    ScenarioError
        None of the refits could be drawn.
    """
    level = thresholds("calibration")["p_value"]
    ranked = [replication for replication in replications if replication.ranks]
    if not ranked:
        raise ScenarioError(plan.scenario.name, "no refit that could be drawn", "some")
    test = RankTest(len(ranked), RANKED_DRAWS + 1)
    ranks = {name: np.array([made.ranks[name] for made in ranked], int) for name in plan.names}
    p_values = [test.p_value(ranks[name]) for name in plan.names]
    adjusted = dict(zip(plan.names, bonferroni(p_values), strict=True))
    band = test.band(level / len(plan.names))
    return {
        "quantities": {
            name: {
                "p_value": p_value,
                "p_adjusted": adjusted[name],
                "rank_mean": float(ranks[name].mean() / RANKED_DRAWS),
                "replications": len(ranked),
            }
            for name, p_value in zip(plan.names, p_values, strict=True)
        },
        "fixed": list(plan.fixed),
        "power": {
            mistake: test.power(normal_cells(test.slots, **how), band)
            for mistake, how in MISTAKES.items()
        },
        "found": _found(plan, test, ranks, band),
        "ecdf": _curves(test, ranks, band),
        "refits": _refits(plan, replications),
        "checks": [asdict(check) for check in _checks(plan, adjusted, replications)],
    }


def code_digest() -> str:
    """Digest of the code that a replication runs: other code makes other replications."""
    here = sorted(Path(__file__).parent.glob("*.py"))
    content = b"\0".join(path.read_bytes() for path in here)
    return hashlib.sha256(model_digest().encode() + content).hexdigest()


def _made(
    plan: Plan, numbers: Sequence[int], cores: int, replicate: Replicate
) -> Iterator[Replication]:
    """Yield replications as they are finished."""
    if cores <= 1:
        for number in numbers:
            yield replicate(plan, number)
        return
    # A forked process would inherit the threads of the sampler and of BLAS in whatever state.
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(cores, mp_context=spawn, initializer=_leave_interrupts_to_parent)
    try:
        for future in as_completed([pool.submit(replicate, plan, number) for number in numbers]):
            yield future.result()
    except BrokenProcessPool:
        raise ScenarioError(
            f"--cores {cores}", "a process that was killed", "fewer of them, or more memory"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _leave_interrupts_to_parent() -> None:
    """Ctrl-C reaches all processes of a terminal: the parent stops the others in good order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _curves(test: RankTest, ranks: Mapping[str, np.ndarray], band: Band) -> Json:
    low, high = (edge / test.replications - test.shares for edge in (band.low, band.high))
    return {
        "share": test.shares.tolist(),
        "band_low": low.tolist(),
        "band_high": high.tolist(),
        "difference": {name: test.difference(values).tolist() for name, values in ranks.items()},
    }


def _found(plan: Plan, test: RankTest, ranks: Mapping[str, np.ndarray], band: Band) -> float | None:
    """Power of as many replications to find what is wrong on purpose."""
    if plan.broken is None and plan.noise_factor == 1:
        return None
    rng = named_rng(plan.seed, "bootstrap of replications")
    found = 0
    for _ in range(_BOOTSTRAP):
        chosen = rng.integers(test.replications, size=test.replications)
        found += any(not band.holds(test.counts(values[chosen])) for values in ranks.values())
    return found / _BOOTSTRAP


def _refits(plan: Plan, replications: Sequence[Replication]) -> Json:
    drawn = [made for made in replications if made.ess is not None]
    by_nuts = [made for made in drawn if made.sampler == "nuts"]
    transitions = len(by_nuts) * plan.sampler.chains * plan.sampler.draws
    effective = [made.ess for made in drawn if made.ess is not None]
    return {
        "replications": len(replications),
        "not_drawn": len(replications) - len(drawn),
        "by_nuts": len(by_nuts),
        "by_nuts_share": len(by_nuts) / len(drawn),
        "divergent_share": sum(made.divergent for made in drawn) / max(transitions, 1),
        "ess_smallest": min(effective),
        "ess_median": float(np.median(effective)),
        "too_dependent_share": sum(ess < RANKED_DRAWS for ess in effective) / len(effective),
    }


def _checks(
    plan: Plan, adjusted: Mapping[str, float], replications: Sequence[Replication]
) -> Iterable[Check]:
    limit = thresholds("calibration")
    for name, p_value in adjusted.items():
        about = f"p-value of uniform ranks of {name}, times {len(adjusted)} quantities"
        yield Check.at_least(f"sbc_{name}", p_value, limit["p_value"], about)
    refits = _refits(plan, replications)
    for name, about in {
        "not_drawn": "refits for which neither exact draws nor NUTS succeeded",
        "by_nuts_share": "share of refits whose exact draws were not accepted, drawn by NUTS",
        "divergent_share": "share of divergent transitions of the refits by NUTS",
        "too_dependent_share": "share of refits with fewer effective than ranked draws",
    }.items():
        yield Check.at_most(f"refits_{name}", float(refits[name]), limit[name], about)
