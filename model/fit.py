"""Posterior of one set of inputs: draws of every parameter."""

from dataclasses import replace

import numpy as np
import xarray as xr

from model.densities import observed
from model.inputs import Inputs
from model.posterior import dataset, draw_back, second_exponent
from model.sampling.exact import BlockDraws, draw_exactly, statistics
from model.sampling.sampler import DrawingError, Progress, Sampler
from model.sampling.seeds import named_rng, named_seed
from model.sampling.threads import one_blas_thread
from model.stacking.draw import assign, draw_forms, take_forms
from model.stacking.weights import FORMS, Weights, weigh_forms
from priors.parameters import PARAMETERS
from priors.scenario import SingleForm, TrendForm


@one_blas_thread
def fit(
    form: TrendForm,
    inputs: Inputs,
    sampler: Sampler,
    *,
    seed: int,
    progress: Progress | None = None,
    weights: Weights | None = None,
) -> xr.DataTree:
    """Draw the whole posterior.

    Parameters
    ----------
    form, inputs
        Form of the trend, or all of them combined (`model.stacking`), and evidence and beliefs.
    sampler, seed
        Same arguments and seed, same draws, whatever the machine's number of cores. Exact draws
        that are not accepted (`model.sampling.exact`) are replaced by draws of NUTS.
    progress
        Told of the draws of NUTS.
    weights
        Of the forms of a combined trend; None: those of these inputs.

    Returns
    -------
    DataTree
        Groups `posterior` (dims chain, draw and, step; all but `law_b`, which
        follows from others, numbers that single precision holds without loss), `observed_data` and
        `sample_stats`, whose attribute `sampler` says how the draws were made.
        `model.posterior.complete` adds what can be recomputed from these.

    Raises
    ------
    DrawingError
        Neither exact draws nor NUTS can draw the posterior.
    """
    if form == "stacked":
        weights = weigh_forms(inputs) if weights is None else weights
        return _fit_stacked(inputs, weights, sampler, seed=seed, progress=progress)
    made = None
    if sampler.name == "exact":
        arrays, count = inputs.arrays(form), sampler.chains * sampler.draws
        made = draw_exactly(
            form, arrays, count, seed=named_seed(seed, "exact"), cores=sampler.cores
        )
    if made is not None and all(block.accepted for block in made):
        shape = (sampler.chains, sampler.draws)
        draws = {name: values.reshape(shape) for one in made for name, values in one.draws.items()}
        stats = statistics(made).assign_attrs(sampler="exact")
    else:
        draws, stats = _by_nuts(form, inputs, sampler, seed, progress)
        stats = _with_refused(stats, made)
    return _whole(form, draws, stats, inputs, seed)


def _fit_stacked(
    inputs: Inputs, weights: Weights, sampler: Sampler, *, seed: int, progress: Progress | None
) -> xr.DataTree:
    """Draw every form of the trend in proportion to its weight."""
    shape = (sampler.chains, sampler.draws)
    form = assign(weights, sampler.chains * sampler.draws, seed)
    made = None
    if sampler.name == "exact":
        draws, made = draw_forms(inputs, form, seed=seed, cores=sampler.cores)
        stats = statistics(made).assign_attrs(sampler="exact")
    if made is None or not all(block.accepted for block in made):
        found = [_by_nuts(name, inputs, sampler, seed, progress) for name in FORMS]
        sampled = {
            name: xr.Dataset({key: (("chain", "draw"), values) for key, values in own.items()})
            for name, (own, _) in zip(FORMS, found, strict=True)
        }
        draws = take_forms(sampled, form, seed)
        together = xr.concat([one for _, one in found], dim="chain", combine_attrs="drop_conflicts")
        together = together.assign_coords(chain=np.arange(together.sizes["chain"]))
        stats = _with_refused(together.assign_attrs(sampler="nuts"), made)
    coded = {name: values.reshape(shape) for name, values in draws.items()}
    coded["trend_form"] = form.reshape(shape).astype(float)
    described = {
        "form_weight": (weights.weight, "weight of a form of the trend (pseudo-BMA+)"),
        "form_weight_sd": (weights.weight_sd, "sd of that weight over its Bayesian bootstrap"),
        "form_stacking": (weights.stacking, "stacking weight of a form of the trend"),
        "form_stacking_sd": (weights.stacking_sd, "sd of that weight over a Bayesian bootstrap"),
    }
    stats = stats.assign(
        {
            name: xr.Variable("form", values, {"units": "1", "long_name": long_name})
            for name, (values, long_name) in described.items()
        }
    ).assign_coords(form=list(FORMS))
    return _whole("stacked", coded, stats.assign_attrs(windows=weights.windows), inputs, seed)


def _whole(
    form: TrendForm, draws: dict[str, np.ndarray], stats: xr.Dataset, inputs: Inputs, seed: int
) -> xr.DataTree:
    """Draw back what is not sampled, and put the groups together."""
    whole = draw_back(form, draws, inputs, rng=named_rng(seed, "drawn back"))
    rounded = {name: _in_single_precision(values) for name, values in whole.items()}
    rounded["law_b"] = second_exponent(rounded["law_a"], rounded["law_closure"])
    posterior = dataset(rounded, inputs)
    if stats.attrs["sampler"] == "exact":
        posterior["draw"].attrs["independent"] = 1
    return xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": stats, "observed_data": observed(inputs)}
    )


def _with_refused(stats: xr.Dataset, made: list[BlockDraws] | None) -> xr.Dataset:
    """Say which blocks NUTS drew because exact draws were not accepted."""
    if made is None:
        return stats
    refused = [one.name for one in made if not one.accepted]
    return stats.merge(statistics(made)).assign_attrs(refused=", ".join(refused))


def _by_nuts(
    form: SingleForm, inputs: Inputs, sampler: Sampler, seed: int, progress: Progress | None
) -> tuple[dict[str, np.ndarray], xr.Dataset]:
    from model.sampling.nuts import sample

    seed = named_seed(seed, "nuts")
    try:
        tree = sample(form, inputs, replace(sampler, name="nuts"), seed=seed, progress=progress)
    except RuntimeError as error:
        raise DrawingError(
            "posterior",
            "no point from which NUTS can start",
            "priors and evidence that do not exclude each other",
        ) from error
    sampled = tree["posterior"].to_dataset()
    stats = tree["sample_stats"].to_dataset().drop_vars("divergence_message", errors="ignore")
    draws = {name: sampled[name].values for name in PARAMETERS if name in sampled}
    return draws, stats.assign_attrs(sampler="nuts")


def _in_single_precision(values: np.ndarray) -> np.ndarray:
    """Round what varies to single precision: 1e-7 of its value, far below Monte Carlo error."""
    if np.ptp(values) == 0:
        return values
    return values.astype(np.float32).astype(np.float64)
