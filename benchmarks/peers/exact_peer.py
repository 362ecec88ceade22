"""Exact draws, from arrays to draws of the sampled parameters."""

import time

START = time.perf_counter()

from measure import load, report  # noqa: E402

from model.sampling.exact import draw_exactly  # noqa: E402


def fit(path, draws, seed):
    """Draw four times as many independent draws, cut into four parts."""
    arrays, _ = load(path)
    made = draw_exactly("drifting", arrays, 4 * draws, seed=seed, cores=2)
    assert all(block.accepted for block in made)
    return {
        name: values.reshape(4, draws) for block in made for name, values in block.draws.items()
    }


report(fit, START)
