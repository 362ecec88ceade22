"""The whole model in one screen: trend, scaling law, efficiency, campaign."""

from collections.abc import Mapping
from typing import Literal

import pymc as pm

from model.beliefs import Beliefs
from model.efficiency import campaign_ratio, step_mfu
from model.inputs import Array
from model.scaling_law import scaling_law
from model.trend import drifting_trend, linear_trend

type TrendForm = Literal["linear", "drifting"]

_TRENDS = {"linear": linear_trend, "drifting": drifting_trend}


def build_model(form: TrendForm, arrays: Mapping[str, Array]) -> pm.Model:
    """Compose the joint model of everything that determines the required EFLOPS.

    Evidence and prior hyper-parameters are `pm.Data`: the model is compiled once and refitted
    with other inputs, of any length. Everything Gaussian given the spreads is integrated out;
    `model.posterior.complete` draws it back, exactly, for every draw of what is sampled here.
    The blocks share no parameter: they meet in the chain from FLOP to EFLOPS, which is applied
    to the draws (`model.workload`).

    Parameters
    ----------
    form
        `linear` or `drifting`.
    arrays
        What `Inputs.arrays` returns.
    """
    with pm.Model() as model:
        data = {name: pm.Data(name, value) for name, value in arrays.items()}
        beliefs = Beliefs.of(data)
        _TRENDS[form](beliefs, data)
        scaling_law(beliefs, data)
        step_mfu(beliefs, data)
        campaign_ratio(beliefs, data)
    return model
