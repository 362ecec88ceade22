"""Sampled parameters and marginal likelihood of each block.

What is sampled are spreads, and all that is said of campaigns; all other parameters are Gaussian
given these, integrated out here and drawn back by `model.posterior`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model.beliefs import Beliefs
from model.delivered import goodput
from model.delivered.step_mfu import regression_given
from model.gaussian import NUMERIC, Array
from model.law.scaling_law import SPREADS as LAW_SPREADS
from model.law.scaling_law import means_given
from model.trend import SPREADS, grades_together, path_at
from priors.scenario import SingleForm

type Parameters = Mapping[str, Array]
type Data = Mapping[str, Array]


@dataclass(frozen=True)
class Block:
    """A part of the model that is independent of the others, given the evidence.

    Attributes
    ----------
    sampled
        Names of the parameters that are sampled.
    log_likelihood
        From beliefs, data and the sampled parameters, each of shape (point,), to the log density
        of the block's rows, shape (point,); everything Gaussian is integrated out.
    prepare
        From beliefs and data to data whose likelihood is the same and takes less time; called
        once per fit.
    """

    name: str
    sampled: tuple[str, ...]
    log_likelihood: Callable[[Beliefs, Data, Parameters], Array]
    prepare: Callable[[Beliefs, Data], Data] = lambda _, data: data


def blocks(form: SingleForm) -> tuple[Block, ...]:
    """Return the blocks of the model with one form of the trend."""
    return (_TRENDS[form], _LAW, _EFFICIENCY, _CAMPAIGN)


def _trend(form: SingleForm) -> Callable[[Beliefs, Data, Parameters], Array]:
    """Log likelihood of a form of the trend."""

    def log_likelihood(beliefs: Beliefs, data: Data, at: Parameters) -> Array:
        line, _ = path_at(form, beliefs, data, at)
        found: Array = line.log_likelihood
        return found

    return log_likelihood


def _law(beliefs: Beliefs, data: Data, at: Parameters) -> Array:
    pooled: Array = means_given(NUMERIC, beliefs, data, at).log_likelihood
    return pooled


def _efficiency(beliefs: Beliefs, data: Data, at: Parameters) -> Array:
    between, within = at["mfu_system_spread"], at["mfu_run_spread"]
    regression = regression_given(NUMERIC, beliefs, data, between=between, within=within)
    log_likelihood: Array = regression.log_likelihood
    return log_likelihood


def _campaign(beliefs: Beliefs, data: Data, at: Parameters) -> Array:
    rows, campaigns = goodput.log_likelihood(NUMERIC, data, at)
    total: Array = rows.sum(axis=-1) + campaigns.sum(axis=-1)
    return total


_TRENDS = {
    form: Block(
        "trend",
        ("trend_noise", "trend_grade_factor", *(() if own is None else (own,))),
        _trend(form),
        prepare=grades_together,
    )
    for form, own in SPREADS.items()
}
_LAW = Block("law", LAW_SPREADS, _law)
_EFFICIENCY = Block("efficiency", ("mfu_system_spread", "mfu_run_spread"), _efficiency)
_CAMPAIGN = Block("campaign", goodput.SAMPLED, _campaign)
