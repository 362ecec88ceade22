"""Posterior of each form of the trend alone, for its own prior."""

from dataclasses import dataclass

import xarray as xr

from analysis.fit import Fit
from model.densities import log_likelihood, log_prior
from model.fit import fit as draw
from model.sampling.sampler import Sampler
from model.trend import SPREADS
from priors.scenario import SingleForm

#: Draws per chain: of each form about as many as a combined posterior has of it.
_DRAWS = 1500


@dataclass(frozen=True)
class FormAlone:
    """One form of a combined trend.

    Attributes
    ----------
    spread
        The parameter that only this form has.
    weight
        Of the form in the combination.
    tree
        Groups `posterior`, `log_prior` and `log_likelihood` (`model.posterior.complete`).
    """

    form: SingleForm
    spread: str
    weight: float
    tree: xr.DataTree


def forms_alone(fit: Fit) -> list[FormAlone]:
    """Draw each form that has a spread of its own by itself; none where one form was fitted.

    A combined posterior does not keep these spreads: each is a number of a part of its draws.
    """
    if fit.scenario.trend.form != "stacked":
        return []
    sampler = Sampler(draws=_DRAWS, chains=fit.posterior.sizes["chain"])
    weights = fit.sample_stats["form_weight"]
    found = []
    for form, spread in SPREADS.items():
        if spread is None or fit.inputs.priors[spread].family == "fixed":
            continue
        posterior = draw(form, fit.inputs, sampler, seed=fit.seed)["posterior"].to_dataset()
        draws = {str(name): values.values for name, values in posterior.items()}
        groups = {
            "posterior": posterior,
            "log_prior": log_prior(draws, fit.inputs),
            "log_likelihood": log_likelihood(draws, fit.inputs),
        }
        tree = xr.DataTree.from_dict(groups)
        found.append(FormAlone(form, spread, float(weights.sel(form=form)), tree))
    return found
