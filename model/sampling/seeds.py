"""Random streams by name: children of one root seed."""

from zlib import crc32

import numpy as np
from numpy.random import Generator


def named_seed(seed: int, name: str) -> int:
    """Seed of a named child of the root seed, the same on every machine; 0 is a seed too."""
    child = np.random.SeedSequence(entropy=seed, spawn_key=(crc32(name.encode()),))
    return int(child.generate_state(1)[0])


def named_rng(seed: int, name: str) -> Generator:
    """Return the generator of a named child of the root seed."""
    return np.random.default_rng(named_seed(seed, name))
