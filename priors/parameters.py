"""Every uncertain parameter of the model, once: its block, family, unit and meaning."""

from dataclasses import dataclass
from typing import Literal

type Block = Literal["trend", "law", "efficiency", "campaign"]


@dataclass(frozen=True)
class Parameter:
    """A parameter, with the family that its prior row must state unless it is `fixed`.

    Attributes
    ----------
    unit
        Of the scale on which the model holds it, `transform` of the natural unit.
    """

    name: str
    block: Block
    family: Literal["normal", "half-normal", "gamma"]
    unit: str
    long_name: str
    transform: Literal["identity", "log10", "logit"] = "identity"


@dataclass(frozen=True)
class Constant:
    """A number that a set of priors states beside its parameters and that is not uncertain."""

    name: str
    block: Block
    unit: str


_PARAMETERS = (
    Parameter(
        *("trend_level", "trend", "normal", "log10 FLOP"),
        *("training FLOP at the pivot", "log10"),
    ),
    Parameter("trend_slope", "trend", "normal", "OOM/yr", "growth at the pivot"),
    Parameter("trend_noise", "trend", "half-normal", "dex", "spread of systems about the trend"),
    Parameter("trend_grade_factor", "trend", "half-normal", "1", "noise per confidence-grade sd"),
    Parameter("trend_tail", "trend", "gamma", "1", "degrees of freedom of the noise"),
    Parameter("trend_drift", "trend", "half-normal", "OOM/yr", "sd of a year's change of slope"),
    Parameter(
        *("law_pivot_parameters", "law", "normal", "log10 parameters"),
        *("optimal parameters at the law's pivot", "log10"),
    ),
    Parameter("law_exponent_mean", "law", "normal", "1", "mean over laws of a in N_opt ∝ C^a"),
    Parameter("law_exponent_spread", "law", "half-normal", "1", "sd of a between laws"),
    Parameter("law_closure", "law", "normal", "1", "a + b − 1 of the law to come"),
    Parameter("mfu_median", "efficiency", "normal", "logit", "step MFU at the pivot", "logit"),
    Parameter("mfu_fp8", "efficiency", "normal", "logit", "shift on an FP8 peak"),
    Parameter("mfu_moe", "efficiency", "normal", "logit", "shift for mixture-of-experts models"),
    Parameter("mfu_hpc", "efficiency", "normal", "logit", "shift for open HPC stacks"),
    Parameter("mfu_devices", "efficiency", "normal", "logit", "shift a decade of devices"),
    Parameter("mfu_system_spread", "efficiency", "half-normal", "logit", "sd between systems"),
    Parameter("mfu_run_spread", "efficiency", "half-normal", "logit", "sd within a system"),
    Parameter("campaign_mean", "campaign", "normal", "logit", "mean campaign ratio", "logit"),
    Parameter("campaign_concentration", "campaign", "gamma", "1", "concentration of the ratios"),
)

PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in _PARAMETERS}

_CONSTANTS = (
    Constant("trend_pivot", "trend", "decimal year"),
    Constant("law_pivot_flop", "law", "FLOP"),
    Constant("law_subsample_factor", "law", "1"),
    Constant("law_unstated_sd", "law", "1"),
    Constant("mfu_device_pivot", "efficiency", "devices"),
)

CONSTANTS: dict[str, Constant] = {constant.name: constant for constant in _CONSTANTS}
