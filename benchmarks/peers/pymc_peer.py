"""The PyMC model as most users would run it: `pm.sample` with its defaults."""

import time

START = time.perf_counter()

import pymc as pm  # noqa: E402
from measure import load, report  # noqa: E402

from model.build import build_model  # noqa: E402
from model.sampling.block_densities import blocks  # noqa: E402

NAMES = [name for block in blocks("drifting") for name in block.sampled]
MODELS = []


def fit(path, draws, seed):
    """Sample 4 chains; a refit sets the data of the same model."""
    arrays, _ = load(path)
    if not MODELS:
        MODELS.append(build_model("drifting", arrays))
    with MODELS[0]:
        pm.set_data(arrays)
        tree = pm.sample(
            draws=draws, chains=4, cores=2, random_seed=seed, progressbar=False, quiet=True
        )
    return {name: tree["posterior"][name].values for name in NAMES}


report(fit, START)
