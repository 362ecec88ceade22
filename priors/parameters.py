"""Register of all parameters: block, family, unit and meaning."""

from dataclasses import dataclass
from typing import Literal

from priors.machine import COVARIATES

type Block = Literal["trend", "law", "efficiency", "campaign", "record", "lag", "length"]


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
    family: Literal["normal", "half-normal", "lkj"]
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
        name="trend_level",
        block="trend",
        family="normal",
        unit="log10 FLOP",
        long_name="training FLOP at the pivot",
        transform="log10",
    ),
    Parameter("trend_slope", "trend", "normal", "OOM/yr", "growth at the pivot"),
    Parameter("trend_noise", "trend", "half-normal", "dex", "spread of systems about the trend"),
    Parameter("trend_grade_factor", "trend", "half-normal", "1", "noise per confidence-grade sd"),
    Parameter("trend_drift", "trend", "half-normal", "OOM/yr", "sd of a year's change of slope"),
    Parameter("trend_walk", "trend", "half-normal", "dex", "sd of a year's step off the line"),
    Parameter("trend_saturation", "trend", "half-normal", "1/yr", "decay of growth per year"),
    Parameter(
        name="law_pivot_parameters",
        block="law",
        family="normal",
        unit="log10 parameters",
        long_name="mean over laws of the optimal parameters at the law's pivot",
        transform="log10",
    ),
    Parameter("law_exponent_mean", "law", "normal", "1", "mean over laws of a in N_opt ∝ C^a"),
    Parameter("law_size_spread", "law", "half-normal", "dex", "sd of sizes between laws"),
    Parameter("law_exponent_spread", "law", "half-normal", "1", "sd of a between laws"),
    Parameter("law_correlation", "law", "lkj", "1", "correlation of size and a between laws"),
    Parameter("law_closure", "law", "normal", "1", "a + b − 1 of the law to come"),
    Parameter("mfu_median", "efficiency", "normal", "logit", "step MFU at the pivot", "logit"),
    *(
        Parameter(name, "efficiency", "normal", "logit", covariate.long_name)
        for name, covariate in COVARIATES.items()
    ),
    Parameter("mfu_system_spread", "efficiency", "half-normal", "logit", "sd between systems"),
    Parameter("mfu_run_spread", "efficiency", "half-normal", "logit", "sd within a system"),
    Parameter("campaign_counting", "campaign", "normal", "1", "mean ln of FLOP by 6ND over steps'"),
    Parameter(
        "campaign_counting_spread", "campaign", "half-normal", "1", "sd of that between campaigns"
    ),
    Parameter("campaign_goodput", "campaign", "normal", "logit", "goodput at the pivot", "logit"),
    Parameter(
        "campaign_goodput_devices",
        "campaign",
        "normal",
        "logit",
        "fall of it per decade of devices",
    ),
    Parameter(
        "campaign_goodput_moe", "campaign", "normal", "logit", "shift of it for mixtures of experts"
    ),
    Parameter(
        "campaign_goodput_spread", "campaign", "half-normal", "logit", "sd of it between campaigns"
    ),
)

PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in _PARAMETERS}

#: Parameters of what is drawn after the fit and does not act back on it: record and lag given each
#: draw of the line (`model.given_line`), the length of runs by itself (`model.run_length`).
_READ_OFF = (
    Parameter("record_excess", "record", "normal", "dex", "record above the line, in the long run"),
    Parameter("record_spread", "record", "half-normal", "dex", "sd of the record about its excess"),
    Parameter(
        name="record_persistence",
        block="record",
        family="normal",
        unit="logit",
        long_name="correlation of the excess of one year and the next",
        transform="logit",
    ),
    Parameter("lag_level", "lag", "normal", "yr", "lag of a flagship at the pivot"),
    Parameter("lag_growth", "lag", "normal", "yr/yr", "growth of the lag"),
    Parameter("lag_programme_spread", "lag", "half-normal", "yr", "sd of lags between programmes"),
    Parameter("lag_run_spread", "lag", "half-normal", "yr", "sd of lags within a programme"),
    Parameter("length_level", "length", "normal", "log10 days", "length at the pivot", "log10"),
    Parameter("length_growth", "length", "normal", "decades/yr", "growth of the length"),
    Parameter("length_spread", "length", "half-normal", "dex", "sd of lengths about their line"),
)

READ_OFF: dict[str, Parameter] = {parameter.name: parameter for parameter in _READ_OFF}

#: Every parameter that a prior row may state.
ALL_PARAMETERS: dict[str, Parameter] = {**PARAMETERS, **READ_OFF}

_CONSTANTS = (
    Constant("trend_pivot", "trend", "decimal year"),
    Constant("law_pivot_flop", "law", "FLOP"),
    Constant("law_subsample_factor", "law", "1"),
    Constant("law_unstated_sd", "law", "1"),
    Constant("law_unstated_size_sd", "law", "dex"),
    Constant("mfu_device_pivot", "efficiency", "devices"),
    Constant("campaign_device_pivot", "campaign", "devices"),
    Constant("lag_pivot", "lag", "decimal year"),
    Constant("length_pivot", "length", "decimal year"),
    Constant("length_cap", "length", "days"),
)

CONSTANTS: dict[str, Constant] = {constant.name: constant for constant in _CONSTANTS}
