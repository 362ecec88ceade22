"""What each peer reports of itself: its draws, seconds and memory."""

import json
import resource
import sys
import time

import numpy as np


def report(fit, start):
    """Fit twice in this process, keep the draws of the first fit, and print one line of JSON.

    The command line names the arrays to fit first, the arrays to refit with, the draws per chain,
    and the file for the draws of the sampled parameters, name → (chain, draw).

    Parameters
    ----------
    fit
        From a path of arrays, draws per chain and a seed to a dict of draws.
    start
        `time.perf_counter()` before the peer imported anything.
    """
    first, other, draws, out = *sys.argv[1:3], int(sys.argv[3]), sys.argv[4]
    begun = time.perf_counter()
    found = fit(first, draws, 1)
    fitted = time.perf_counter()
    fit(other, draws, 2)
    refitted = time.perf_counter()
    np.savez(out, **{name: np.asarray(values, float) for name, values in found.items()})
    usage = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(
        json.dumps(
            {
                "answer": fitted - start,
                "first_fit": fitted - begun,
                "refit": refitted - fitted,
                "memory": max(usage, children) / 1024,
            }
        )
    )


def load(path):
    """Arrays of a file, and the names of the parameters that the priors are stated for."""
    arrays = dict(np.load(path, allow_pickle=False))
    return arrays, [str(name) for name in arrays.pop("parameter_names")]
