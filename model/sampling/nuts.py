"""NUTS through nutpie: one compilation per form of the trend.

The only module that knows nutpie. It is the independent proof of the exact draws and what they
fall back on; nothing else imports it. nutpie itself checks nothing and warns of nothing: what
comes back is unchecked until `analysis.checks` has seen it.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
import nutpie
import xarray as xr
from nutpie.sample import CompiledModel

from model.build import build_model
from model.gaussian import Array
from model.inputs import Inputs
from model.sampling.sampler import Progress, Sampler
from model.sampling.threads import one_blas_thread
from priors.scenario import SingleForm


@one_blas_thread
def sample(
    form: SingleForm,
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

    Raises
    ------
    KeyboardInterrupt
        The sampler was interrupted: nutpie itself would hand back a part of the draws.
    RuntimeError
        The sampler found no point to start from.
    """
    arrays = inputs.arrays(form)
    _check(arrays)
    callback = None if progress is None else _report(progress)
    compiled = _compile(form, _Example(arrays))
    used = {variable.name for variable in compiled.shared_var_keys}  # a form may need less
    tree = nutpie.sample(
        compiled.with_data(**{name: array for name, array in arrays.items() if name in used}),
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
    refuse_a_part(tree, sampler)
    return tree


def refuse_a_part(tree: xr.DataTree, sampler: Sampler) -> None:
    """Raise `KeyboardInterrupt` unless a trace has every draw of every chain.

    nutpie swallows an interrupt, stops, and pads chains of unequal length with NaN.
    """
    posterior = tree["posterior"].to_dataset()
    asked = {"chain": sampler.chains, "draw": sampler.draws}
    whole = all(posterior.sizes.get(dim) == size for dim, size in asked.items())
    if not whole or any(bool(posterior[name].isnull().any()) for name in posterior):
        raise KeyboardInterrupt


def compile_form(form: SingleForm, inputs: Inputs) -> None:
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


@lru_cache(maxsize=4)
def _compile(form: SingleForm, example: _Example) -> CompiledModel:
    with _temporary_files_removed():
        return nutpie.compile_pymc_model(build_model(form, example.arrays))


@contextmanager
def _temporary_files_removed() -> Iterator[None]:
    """Give PyTensor a temporary folder of its own: it leaves the sources that Numba compiles."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="eflops-") as folder:
        tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before


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
