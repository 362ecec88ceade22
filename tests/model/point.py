"""The chain at one point, an oracle: every prior at its median, no evidence, plain floats."""

import math
from collections.abc import Mapping

from model import chain
from priors.prior_rows import Prior
from priors.scenario import Scenario


def point_estimate(
    priors: Mapping[str, Prior], scenario: Scenario, year: float, days: float
) -> dict[str, float]:
    """Compute required FLOP and EFLOPS with every parameter at its prior median.

    Parameters
    ----------
    priors
        Rows of every parameter and constant of the scenario.
    scenario
        Its levers apply; its target must be `roadmap-chain`, and its precision one.
    year, days
        Decimal year and length of the campaign.

    Returns
    -------
    dict
        `training_flop`, `parameters`, `tokens`, `effective_eflops`, `peak_eflops`.
    """
    at = {name: prior.standardised().quantile(0.5) for name, prior in priors.items()}
    levers, workload = scenario.levers, scenario.workload
    assert levers.asked == ("roadmap-chain",)
    assert len(levers.precisions) == 1
    pivot = at["law_pivot_flop"], 10 ** at["law_pivot_parameters"]
    a = at["law_exponent_mean"]
    b = 1 - a + at["law_closure"]
    frontier = chain.frontier_flop(at["trend_level"], at["trend_slope"], year - at["trend_pivot"])
    parameters = chain.named_parameters(frontier, workload.coefficient, workload.exponent)
    budget = chain.flop_of_optimal(parameters, *pivot, a)
    tokens = levers.tokens_ratio * chain.optimal_tokens(budget, *pivot, b)
    flop = chain.training_flop(parameters, tokens)
    effective = chain.effective_eflops(flop, days)
    devices = levers.devices
    if devices == "from-size":
        assert at["mfu_devices"] == 0
        devices = at["mfu_device_pivot"]
    logit = (
        at["mfu_median"]
        + at["mfu_devices"] * math.log10(devices / at["mfu_device_pivot"])
        + (at["mfu_fp8"] if levers.precisions == ("FP8",) else 0.0)
        + (at["mfu_moe"] if levers.moe else 0.0)
        + (at["mfu_hpc"] if levers.open_hpc_stack else 0.0)
    )
    mfu = chain.share(logit)
    goodput = at["campaign_goodput"] + (at["campaign_goodput_moe"] if levers.moe else 0.0)
    goodput -= at["campaign_goodput_devices"] * math.log10(devices / at["campaign_device_pivot"])
    factor = math.exp(at["campaign_counting"]), chain.share(goodput)
    factor = (1.0, 1.0) if scenario.campaign.data == "included" else factor
    return {
        "training_flop": flop,
        "parameters": parameters,
        "tokens": tokens,
        "effective_eflops": effective,
        "peak_eflops": chain.peak_eflops(
            effective, chain.campaign_efficiency(mfu, *factor, levers.uptime)
        ),
    }
