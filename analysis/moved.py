"""Requirements of one question, and whether another fit moves them."""

import math

from analysis.fit import Fit
from analysis.monte_carlo import reported_quantiles
from model.requirement import log10
from priors.documents import Json

QUANTITIES = ("effective_eflops", "peak_eflops")


def one_question(fit: Fit) -> Fit:
    """Return the fit asked for its last year, its longest campaign and its first precision."""
    levers = fit.scenario.levers
    return fit.ask(
        {
            "levers.years": [levers.years[-1]],
            "levers.days": [max(levers.days)],
            "levers.precisions": [levers.precisions[0]],
        }
    )


def requirements(fit: Fit) -> list[Json]:
    """Summarise each target's effective performance and peak; the fit is asked one question.

    Returns
    -------
    list of dict
        `target`, `quantity`, and as `analysis.monte_carlo.reported_quantiles` has them the
        quantiles in natural units (EFLOPS) and their `mcse_log10`, dex.
    """
    required = fit.required()
    return [
        {
            "target": str(target),
            "quantity": name,
            **reported_quantiles(
                log10(required[name].sel(target=target)).squeeze(
                    [dim for dim in ("year", "days", "precision") if dim in required[name].dims],
                    drop=True,
                )
            ),
        }
        for target in required["target"].values
        for name in QUANTITIES
    ]


def moved(before: Json, now: Json) -> bool:
    """Whether the median or an end of the 95 % interval differs by more than two errors.

    The errors are the Monte Carlo errors of both; `before` and `now` as `requirements` has them.
    """
    return any(
        abs(math.log10(before["quantiles"][key] / now["quantiles"][key]))
        > 2 * math.hypot(before["mcse_log10"][key], now["mcse_log10"][key])
        for key in ("0.025", "0.5", "0.975")
    )
