"""Log likelihood per datum, log prior, and the observed data."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from scipy import stats

from model.blocks import LIKELIHOODS
from model.delivered.goodput import log_likelihood as goodput_log_likelihood
from model.delivered.step_mfu import COEFFICIENTS
from model.gaussian import NUMERIC, Array
from model.inputs import Inputs
from model.law.scaling_law import MEANS, about, root_of
from model.law.studies import Studies
from model.trend import noise_variance, path
from priors.parameters import PARAMETERS, Parameter

type Draws = dict[str, Array]


def log_likelihood(draws: Draws, inputs: Inputs) -> xr.Dataset:
    """Log density of each run, set of studied runs, system and campaign given the parameters.

    That of a set's sizes is given its exponents, and that of a campaign given the goodput that is
    stated for it, so that each pair adds up to its joint density.
    """
    data = {"trend_grade_sd": inputs.trend_grade_sd}
    scale = np.sqrt(noise_variance(data, draws["trend_noise"], draws["trend_grade_factor"]))
    mean = path(draws, inputs.elapsed(inputs.trend_years), inputs.ramps(inputs.trend_years))
    runs = stats.norm.logpdf(inputs.trend_log10_flop, mean, scale)
    exponents = law_log_likelihood(draws, inputs.studies.without_sizes())
    laws = law_log_likelihood(draws, inputs.studies)
    sets = inputs.studies.labels["run_set"]
    sized = [sets.index(name) for name in inputs.studies.labels["sized_run_set"]]
    goodput, campaigns = goodput_log_likelihood(NUMERIC, inputs.campaigns.arrays(), draws)
    density = {
        "trend_runs": runs,
        "law_studies": exponents,
        "law_sizes": (laws - exponents)[..., sized],
        "mfu_rows": _system_log_likelihood(draws, inputs),
        "campaign_rows": campaigns,
        "goodput_rows": goodput,
    }
    dims = {name: one.exchangeable for name, one in LIKELIHOODS.items()}
    return xr.Dataset(
        {
            name: xr.Variable(
                ("chain", "draw", dim), density[name], {"units": "nat", "long_name": f"per {dim}"}
            )
            for name, dim in dims.items()
        },
        {dim: list(inputs.labels[dim]) for dim in dims.values()},
    )


def law_log_likelihood(draws: Mapping[str, Array], studies: Studies) -> Array:
    """Log density of each set of runs' figures, its own effect integrated out.

    Parameters
    ----------
    draws
        Of what `model.law.scaling_law` names `MEANS` and `SPREADS`, each of shape (...).

    Returns
    -------
    ndarray, shape (..., run_set)
        Nat.
    """
    groups = about(studies.arrays(), np.stack([draws[name] for name in MEANS], axis=-1))
    _, _, squares, log_determinants = groups.without_effects(NUMERIC, root_of(draws))
    density = -(squares + log_determinants + groups.counts * np.log(2 * np.pi)) / 2
    return np.asarray(density[..., : len(studies.labels["run_set"])])


def _system_log_likelihood(draws: Draws, inputs: Inputs) -> Array:
    """Log density of each system's rows together, its own effect integrated out.

    Rows of a system are Gaussian with variance w_i on the diagonal and ω² between them; the
    Woodbury identity gives determinant and quadratic form; shape (chain, draw, system).
    """
    coefficients = np.stack([draws[name] for name in COEFFICIENTS], axis=-1)
    residual = inputs.mfu_logit - coefficients @ inputs.mfu_basis.T
    variance = draws["mfu_run_spread"][..., None] ** 2 + inputs.mfu_rounding_sd**2
    between = draws["mfu_system_spread"][..., None] ** 2
    rows = stats.norm.logpdf(residual, scale=np.sqrt(variance)) @ inputs.mfu_membership
    total = (1 / variance) @ inputs.mfu_membership
    moment = (residual / variance) @ inputs.mfu_membership
    shared = between * moment**2 / (1 + between * total) - np.log1p(between * total)
    return np.asarray(rows + shared / 2)


def log_prior(draws: Draws, inputs: Inputs, of: Mapping[str, Parameter] = PARAMETERS) -> xr.Dataset:
    """Log prior density of each uncertain parameter, on the parameter's own scale.

    Parameters
    ----------
    draws
        Parameter → array of shape (chain, draw); what is not drawn is left out.
    of
        The parameters: those of the four blocks, or those that are read off the line.
    """
    density = {}
    for name in (name for name in of if name in draws):
        prior = inputs.priors[name].standardised()
        if prior.scale > 0:
            density[name] = xr.Variable(
                ("chain", "draw"),
                prior.distribution().logpdf(draws[name]),
                {"units": "nat", "long_name": f"log prior of {name}"},
            )
    return xr.Dataset(density)


def observed(inputs: Inputs) -> xr.Dataset:
    """Rows of evidence that were fitted; dims run, study, efficiency_row and campaign."""
    rows = {
        "trend_runs": inputs.trend_log10_flop,
        "law_studies": inputs.studies.exponents,
        "law_sizes": inputs.studies.sizes,
        "mfu_rows": inputs.mfu_logit,
        "campaign_rows": inputs.campaigns.log_ratios,
        "goodput_rows": inputs.campaigns.goodput,
    }
    return xr.Dataset(
        {
            name: xr.Variable(one.dim, rows[name], {"units": one.unit, "long_name": one.long_name})
            for name, one in LIKELIHOODS.items()
        },
        {one.dim: list(inputs.labels[one.dim]) for one in LIKELIHOODS.values()},
    )


def design(inputs: Inputs) -> xr.Dataset:
    """Return what is known of each row beside its figure: dates, errors and covariates."""
    variables = {
        "trend_years": ("run", inputs.trend_years, "decimal year", "date of publication"),
        "trend_grade_sd": ("run", inputs.trend_grade_sd, "dex", "sd of the confidence grade"),
        "law_exponent_sd": (
            "study",
            inputs.studies.exponent_sd,
            "1",
            "standard error of the exponent",
        ),
        "goodput_bounds": (
            "goodput_row",
            np.nan_to_num(inputs.campaigns.bounds),
            "logit",
            "bound that the goodput keeps (1) or not (-1); 0 where a value is stated",
        ),
        "goodput_bounded": (
            "goodput_row",
            np.isfinite(inputs.campaigns.bounds).astype(float),
            "1",
            "whether a bound is stated and not a value",
        ),
        "law_from_pivot": (
            "sized_study",
            inputs.studies.from_pivot,
            "log10",
            "FLOP of the size over the law's pivot",
        ),
        "law_size_sd": ("sized_study", inputs.studies.size_sd, "dex", "standard error of the size"),
        "mfu_rounding_sd": ("efficiency_row", inputs.mfu_rounding_sd, "logit", "sd of rounding"),
        "mfu_basis": (
            ("efficiency_row", "coefficient"),
            inputs.mfu_basis,
            "1",
            "covariate of the coefficient",
        ),
        "mfu_membership": (
            ("efficiency_row", "system"),
            inputs.mfu_membership,
            "1",
            "whether the row is of the system",
        ),
    }
    dims = ("run", "study", "sized_study", "efficiency_row", "system", "goodput_row")
    labels = {dim: list(inputs.labels[dim]) for dim in dims}
    return xr.Dataset(
        {
            name: xr.Variable(dims, values, {"units": unit, "long_name": long_name})
            for name, (dims, values, unit, long_name) in variables.items()
        },
        {**labels, "coefficient": list(COEFFICIENTS)},
    )
