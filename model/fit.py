"""Sample the posterior: compile a form of the model once, refit it with other data.

The only module that knows the sampler (nutpie). nutpie itself checks nothing and warns of
nothing: what comes back is unchecked until `analysis.checks` has seen it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
import nutpie
import xarray as xr
from nutpie.sample import CompiledModel

from model.build import TrendForm, build_model
from model.inputs import Array, Inputs
from model.threads import one_blas_thread

type Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sampler:
    """Arguments of a run of the sampler.

    Attributes
    ----------
    draws, tune, chains
        Draws kept and draws of adaptation a chain, and chains. The default of 4 × 5000 draws is
        what the 95 % quantile of required EFLOPS needs for an MCSE of about 2 %.
    target_accept
        Mean acceptance probability that the step size is adapted to.
    cores
        Chains that run at the same time; the draws do not depend on it.
    """

    draws: int = 5000
    tune: int = 1000
    chains: int = 4
    target_accept: float = 0.9
    cores: int = 2


def named_seed(seed: int, name: str) -> int:
    """Seed of a named child of the root seed, the same on every machine; 0 is a seed too."""
    child = np.random.SeedSequence(entropy=seed, spawn_key=(crc32(name.encode()),))
    return int(child.generate_state(1)[0])


@one_blas_thread
def sample(
    form: TrendForm,
    inputs: Inputs,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
) -> xr.DataTree:
    """Draw from the posterior of the model of one form given one set of inputs.

    Parameters
    ----------
    form, inputs
        What is fitted. The first call for a form compiles it (seconds); later ones do not.
    sampler, seed
        Same arguments and seed, same draws.
    progress
        Called from another thread with draws finished and draws in all.

    Returns
    -------
    DataTree
        Groups `posterior` and `sample_stats` of the sampler, with dims chain and draw.
    """
    arrays = inputs.arrays(form)
    _check(arrays)
    callback = None if progress is None else _report(progress)
    tree = nutpie.sample(
        _compile(form, _Example(arrays)).with_data(**arrays),
        draws=sampler.draws,
        tune=sampler.tune,
        chains=sampler.chains,
        cores=min(sampler.cores, sampler.chains),
        seed=seed,
        target_accept=sampler.target_accept,
        save_warmup=False,
        progress_bar=False,
        progress_callback=callback,
    )
    assert isinstance(tree, xr.DataTree)
    return tree


def compile_form(form: TrendForm, inputs: Inputs) -> None:
    """Compile a form ahead of its first use, so that a caller can say what takes the time."""
    _compile(form, _Example(inputs.arrays(form)))


class _Example:
    """Arrays that a form is compiled with; the cache ignores them, as all are replaced."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Example)


@lru_cache(maxsize=2)
def _compile(form: TrendForm, example: _Example) -> CompiledModel:
    return nutpie.compile_pymc_model(build_model(form, example.arrays))


def _check(arrays: Mapping[str, Array]) -> None:
    """Refuse what the sampler would only report as a failed initialisation."""
    for name, array in arrays.items():
        if array.dtype != np.float64 or not np.isfinite(array).all():
            raise ValueError(f"data {name}: found {array.dtype}, {array}; expected finite float64")


def _report(progress: Progress) -> Callable[[list[nutpie.ChainProgress]], None]:
    def callback(chains: list[nutpie.ChainProgress]) -> None:
        progress(
            sum(chain.finished_draws for chain in chains),
            sum(chain.total_draws for chain in chains),
        )

    return callback
