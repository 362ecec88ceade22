"""Refit by swapping data against PyMC's own `set_data` and `sample`, in pairs in one process.

Run: .venv/bin/python benchmarks/refit.py [PAIRS]
Both draw 4 x 1000 of the same model (form `linear`, evidence `updated`); the ratio of each pair is
what to read, as a machine's speed drifts.
"""

import statistics
import sys
import time

import pymc as pm

from model.build import build_model
from model.inputs import make_inputs
from model.nuts import compile_form, sample
from model.sampler import Sampler
from priors.evidence import load_evidence
from priors.scenario import load_scenario
from priors.spec import load_priors

FORM = "linear"


def timed(call):
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main():
    """Print the seconds of each pair and the median ratio."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    evidence = load_evidence()
    priors = load_priors(evidence.sources)
    scenario = load_scenario("updated").override({"trend.form": FORM})
    inputs = make_inputs(scenario, evidence, priors)
    arrays = inputs.arrays(FORM)
    model = build_model(FORM, arrays)
    ours = Sampler(draws=1000, tune=400)

    def peer():
        with model:
            pm.set_data(arrays)
            pm.sample(
                draws=1000, tune=400, chains=4, cores=2, random_seed=1, target_accept=0.9,
                progressbar=False, quiet=True,
            )  # fmt: skip

    print(f"compile once: {timed(lambda: compile_form(FORM, inputs)):.1f} s")
    ratios = []
    for _ in range(pairs):
        refit = timed(lambda: sample(FORM, inputs, ours, seed=1))
        other = timed(peer)
        ratios.append(other / refit)
        print(f"refit {refit:.2f} s, set_data and pm.sample {other:.2f} s, ratio {ratios[-1]:.0f}")
    print(f"median ratio {statistics.median(ratios):.0f} over {pairs} pairs")


if __name__ == "__main__":
    main()
