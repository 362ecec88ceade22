"""Agreement of draws with a known mean, sd or quantile, to within Monte Carlo error."""

import arviz_stats as azs
import numpy as np

#: A right sampler exceeds 4 standard errors once in 16 000 comparisons; the seeds are fixed, so
#: that a test that passes keeps passing.
STANDARD_ERRORS = 4.0


def assert_moments(draws, expected, name: str) -> None:
    """Compare mean and sd of draws, (chain, draw), with `oracles.Moments`.

    The tolerance is 4 times the MCSE of the draws and the error of the oracle, in quadrature.
    """
    values = np.asarray(draws)
    for method, found, wanted, error in (
        ("mean", values.mean(), expected.mean, expected.mean_error),
        ("sd", values.std(ddof=1), expected.sd, expected.sd_error),
    ):
        allowed = STANDARD_ERRORS * np.hypot(azs.mcse(values, method=method), error)
        assert abs(found - wanted) <= allowed, (
            f"{method} of {name}: {found:.6g}, oracle {wanted:.6g}, "
            f"{abs(found - wanted) / allowed * STANDARD_ERRORS:.1f} standard errors"
        )


def quantile_error(draws, probability: float) -> float:
    """4 MCSE of a quantile of draws, (chain, draw)."""
    error = azs.mcse(np.asarray(draws), method="quantile", prob=probability)
    return float(STANDARD_ERRORS * error)
