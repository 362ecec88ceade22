"""The PyMC model: trend, scaling law, step MFU, campaigns.

The one definition of the model that a sampler of PyMC's can run (`model.sampling.nuts`); the exact
sampler's densities (`model.sampling.block_densities`) are tested against it. Only this module and
`model.sampling.nuts` import PyMC, and neither is needed for an exact fit.
"""

# ruff: noqa: ANN401 - tensors of PyTensor, which is not typed
from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.tensor.linalg import cholesky, solve_triangular

from model.beliefs import Beliefs
from model.delivered import goodput
from model.delivered.step_mfu import regression_given
from model.gaussian import Algebra, Array
from model.law.scaling_law import SPREADS as LAW_SPREADS
from model.law.scaling_law import means_given
from model.trend import SPREADS, path_given
from priors.parameters import PARAMETERS
from priors.scenario import SingleForm

SYMBOLIC = Algebra(
    log=pt.log,
    exp=pt.exp,
    expm1=pt.expm1,
    erfc=pt.erfc,
    erfinv=pt.erfinv,
    clip=pt.clip,
    eye=pt.eye,
    cholesky=cholesky,
    solve_lower=lambda lower, b: solve_triangular(lower, b, lower=True, b_ndim=1),
    solve_upper=lambda upper, b: solve_triangular(upper, b, lower=False, b_ndim=1),
)


def build_model(form: SingleForm, arrays: Mapping[str, Array]) -> pm.Model:
    """Compose the joint model of everything that determines the required EFLOPS.

    Evidence and prior hyper-parameters are `pm.Data`: the model is compiled once and refitted
    with other inputs, of any length. Everything Gaussian given the spreads is integrated out;
    `model.posterior` draws it back, exactly, for every draw of what is sampled here. The blocks
    share no parameter: they meet in the chain from FLOP to EFLOPS, which is applied to the draws
    (`model.requirement`).

    Parameters
    ----------
    form
        One form of the trend (`model.trend`).
    arrays
        What `Inputs.arrays` returns.
    """
    with pm.Model() as model:
        data = {name: pm.Data(name, value) for name, value in arrays.items()}
        beliefs = Beliefs.of(data)
        _trend(form, beliefs, data)
        _scaling_law(beliefs, data)
        _step_mfu(beliefs, data)
        _campaigns(beliefs, data)
    return model


def _trend(form: SingleForm, beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Line of one form with Gaussian noise; the grade's sd enters by an estimated share.

    y_i ~ N(L(t_i), σ² + (k g_i)²), with what is Gaussian of L integrated out (`model.trend`).
    """
    noise, factor = _sample(beliefs, "trend_noise"), _sample(beliefs, "trend_grade_factor")
    own = SPREADS[form]
    spread = pt.as_tensor(0.0) if own is None else _sample(beliefs, own)
    line = path_given(SYMBOLIC, beliefs, data, noise=noise, factor=factor, spread=spread)
    pm.Potential("trend_runs", line.log_likelihood)


def _scaling_law(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    spreads = {name: _sample(beliefs, name) for name in LAW_SPREADS}
    pooled = means_given(SYMBOLIC, beliefs, data, spreads)
    pm.Potential("law_studies", pooled.log_likelihood)


def _step_mfu(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    between = _sample(beliefs, "mfu_system_spread")
    within = _sample(beliefs, "mfu_run_spread")
    regression = regression_given(SYMBOLIC, beliefs, data, between=between, within=within)
    pm.Potential("mfu_rows", regression.log_likelihood)


def _campaigns(beliefs: Beliefs, data: Mapping[str, Any]) -> None:
    """Add counting of FLOP and goodput (`model.delivered.goodput`)."""
    at = {name: _sample(beliefs, name) for name in goodput.SAMPLED}
    rows, campaigns = goodput.log_likelihood(SYMBOLIC, data, at)
    pm.Potential("goodput_rows", rows.sum())
    pm.Potential("campaign_rows", campaigns.sum())


def _sample(beliefs: Beliefs, name: str) -> Any:
    """Add a parameter to the PyMC model in context: its standard base is what is sampled.

    The base of a half-normal is the quantile at the probability that a standard normal has.
    """
    family = PARAMETERS[name].family
    if family == "normal":
        base = pm.Normal(f"{name}_base")
    elif family == "half-normal":
        z = pm.Normal(f"{name}_base")
        base = np.sqrt(2) * pt.erfinv(pt.erfc(-z / np.sqrt(2)) / 2)
    else:
        # Explicit initval: PyMC's default is computed once, with the priors at compilation.
        shape = beliefs.shape_of(name)
        base = pm.Beta(f"{name}_base", alpha=shape, beta=shape, initval=0.5)
    return pm.Deterministic(name, beliefs.place(name, base))
