"""The PyMC model compiled once by nutpie, refitted by swapping its data."""

import time

START = time.perf_counter()

import nutpie  # noqa: E402
from measure import load, report  # noqa: E402

from model.build import build_model  # noqa: E402
from model.sampling.block_densities import blocks  # noqa: E402

NAMES = [name for block in blocks("drifting") for name in block.sampled]
COMPILED = []


def fit(path, draws, seed):
    """Sample 4 chains with 1000 draws of adaptation."""
    arrays, _ = load(path)
    if not COMPILED:
        COMPILED.append(nutpie.compile_pymc_model(build_model("drifting", arrays)))
    tree = nutpie.sample(
        COMPILED[0].with_data(**arrays),
        draws=draws, tune=1000, chains=4, cores=2, seed=seed,
        target_accept=0.9, save_warmup=False, progress_bar=False,
    )  # fmt: skip
    return {name: tree["posterior"][name].values for name in NAMES}


report(fit, START)
