"""Which further run would narrow the exponent and the size to buy."""

import math

import numpy as np

from analysis.evidence_import.study import Treatment
from model.chain import training_flop
from model.gaussian import Array
from model.law.isoflop import law_of
from model.law.loss_law import LossLaw
from model.law.next_run import Design
from priors.documents import Json
from priors.units import FLOP_PER_PARAMETER_TOKEN

#: FLOP of candidates over those of the largest run so far.
_BUDGETS = (0.1, 0.3, 1.0, 3.0, 10.0)
#: Parameters of candidates over the compute-optimal ones.
_SIZES = 2.0 ** np.arange(-3.0, 3.5, 0.5)
#: Candidates of each budget that are listed: the best one smaller and the best one larger than
#: the compute-optimal size.
_SIDES = (_SIZES < 1, _SIZES >= 1)


def next_runs(treatment: Treatment, parameters: float) -> Json:
    """List candidates with the variance that each would take away.

    Parameters
    ----------
    treatment
        Fit to the runs so far, with its bootstrap.
    parameters
        Of the LLM whose training FLOP, and with them the EFLOPS to buy, are asked for.

    Returns
    -------
    dict
        `parameters` of that LLM and `sd_dex`, the error of log10 of its FLOP by these runs alone
        (None where some resamples leave it undetermined). `candidates`, that which narrows a the
        most first: `parameters`, `tokens`, `training_flop`, `cost` over the FLOP of all runs so
        far; `a` and `flop`, each with `variance_reduction` and the `sd` that is left (of log10,
        dex, for the FLOP), and whether it is `best_per_flop` for a.
    """
    runs, law = treatment.runs, treatment.fit.law
    flop_of_rows = training_flop(runs.parameters, runs.tokens)
    # The rows of a run are its checkpoints: the last one has cost what all have.
    spent = np.zeros(int(runs.clusters.max()) + 1)
    np.maximum.at(spent, runs.clusters, flop_of_rows)
    sd_of_flop = _sd_of_flop(treatment, parameters)
    design = Design.of(runs, treatment.fit)
    found: list[Json] = []
    for budget in _BUDGETS:
        flop = budget * float(spent.max())
        sizes = law.optimal_parameters(flop) * _SIZES
        tokens = flop / FLOP_PER_PARAMETER_TOKEN / sizes
        of_a = design.reduction(sizes, tokens, lambda one: one.a)
        of_flop = design.reduction(sizes, tokens, lambda one: log_flop(one, parameters))
        for side in _SIDES:
            best = int(np.argmax(np.where(side, of_a, -1.0)))
            found.append(
                {
                    "parameters": float(sizes[best]),
                    "tokens": float(tokens[best]),
                    "training_flop": flop,
                    "cost": flop / float(spent.sum()),
                    "a": _left(float(of_a[best]), treatment.sd),
                    "flop": _left(float(of_flop[best]), sd_of_flop),
                }
            )
    per_flop = max(found, key=lambda one: one["a"]["variance_reduction"] / one["training_flop"])
    ranked = sorted(found, key=lambda one: -one["a"]["variance_reduction"])
    return {
        "parameters": parameters,
        "sd_dex": sd_of_flop,
        "candidates": [{**one, "best_per_flop": one is per_flop} for one in ranked],
    }


def log_flop(law: LossLaw, parameters: float) -> Array:
    """log10 of the FLOP for which a number of parameters is compute-optimal.

    N_opt = N_opt(1) C^a is solved for C.
    """
    return np.asarray((math.log10(parameters) - np.log10(law.optimal_parameters(1.0))) / law.a)


def _left(reduction: float, sd: float | None) -> Json:
    left = None if sd is None else sd * math.sqrt(1 - reduction)
    return {"variance_reduction": reduction, "sd": left}


def _sd_of_flop(treatment: Treatment, parameters: float) -> float | None:
    with np.errstate(all="ignore"):
        drawn = log_flop(law_of(treatment.bootstrap), parameters)
    spread = float(np.std(drawn, ddof=1))
    return spread if math.isfinite(spread) else None
