"""Worth of partial information, against the closed form for normals and at its bounds.

For a need N(m, σ²) in dex the least expected loss is (cu + co) σ φ(z_q); an input with the share
r² of the variance leaves σ √(1 − r²), so that its EVPPI is EVPI (1 − √(1 − r²)). Tolerance: 1 % of
the EVPI, and 4 of the standard errors that the function gives.
"""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.loss import best_size
from analysis.sensitivity.evppi import evppi_of_block, evppi_of_input
from priors.costs import load_loss

PRECISION = 0.01
STANDARD_ERRORS = 4.0
DRAWS = 40_000


def draws(values) -> xr.DataArray:
    return xr.DataArray(np.reshape(values, (4, -1)), dims=("chain", "draw"))


def worth(found, exact, evpi):
    """Close to the exact worth, and the standard error says how close."""
    error = abs(float(found["evppi_raw"]) - exact)
    assert error <= PRECISION * evpi, error / evpi
    assert error <= STANDARD_ERRORS * float(found["evppi_mcse"]) + 1e-3 * evpi


def normal_evpi(choice, sd=1.0):
    total = choice.cost_too_small + choice.cost_too_large
    return total * sd * stats.norm.pdf(stats.norm.ppf(choice.best_probability))


@pytest.mark.parametrize("costs", [(3, 1), (1, 5)])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.95])
def test_a_normal_input(share, costs):
    choice = load_loss().override({"cost_too_small": costs[0], "cost_too_large": costs[1]})
    rng = np.random.default_rng(0)
    known, rest = rng.standard_normal((2, DRAWS))
    need = draws(np.sqrt(share) * known + np.sqrt(1 - share) * rest)
    evpi = normal_evpi(choice)
    found = evppi_of_input(need, draws(5 - 3 * known), choice)
    worth(found, evpi * (1 - np.sqrt(1 - share)), evpi)


def test_a_normal_input_where_loss_counts_in_eflops():
    """Given the input the need is lognormal: of smaller spread, its mean moving with the input."""
    choice = load_loss().override({"scale": "linear"})
    sd, share, q = 0.2, 0.6, choice.best_probability
    rng = np.random.default_rng(1)
    known, rest = rng.standard_normal((2, DRAWS))
    need = draws(sd * (np.sqrt(share) * known + np.sqrt(1 - share) * rest))

    def least(s):
        """(cu + co) m (q − Φ(z_q − s)) over the mean m, s in units of ln."""
        return 4 * (q - stats.norm.cdf(stats.norm.ppf(q) - s))

    whole = sd * np.log(10)
    mean = np.exp(whole**2 / 2)
    evpi = mean * least(whole)
    found = evppi_of_input(need, draws(known), choice)
    worth(found, evpi - mean * least(whole * np.sqrt(1 - share)), evpi)
    assert found["evppi"].attrs["units"] == "EFLOPS"


def test_knowing_the_spread_is_worth_something():
    """An input may leave the mean where it is: y = x e, e ~ N(0, 1), x independent of it.

    Given x the least loss is EVPI₁ |x|, without it that of the mixture.
    """
    choice = load_loss()
    rng = np.random.default_rng(2)
    spread, rest = rng.uniform(0.2, 2.0, DRAWS), rng.standard_normal(DRAWS)
    need = draws(spread * rest)
    without = float(best_size(need, choice)["evpi"])
    exact = without - normal_evpi(choice) * spread.mean()
    found = evppi_of_input(need, draws(spread), choice)
    assert exact > 0.01 * without
    assert float(found["evppi_raw"]) == pytest.approx(exact, abs=PRECISION * without)


def test_an_input_of_one_value_is_worth_nothing():
    need = draws(np.random.default_rng(3).standard_normal(4000))
    found = evppi_of_input(need, xr.zeros_like(need) + 2.0, load_loss())
    assert float(found["evppi"]) == 0.0
    assert abs(float(found["evppi_raw"])) < 1e-3


@pytest.mark.slow
@given(st.integers(0, 50), st.floats(0, 1), st.sampled_from(["log10", "linear"]))
def test_worth_lies_between_nothing_and_everything(seed, share, scale):
    choice = load_loss().override({"scale": scale})
    rng = np.random.default_rng(seed)
    known, rest = rng.standard_t(4, (2, 1000)) * 0.2
    need = draws(np.sqrt(share) * known**2 + np.sqrt(1 - share) * rest)
    found = evppi_of_input(need, draws(known), choice)
    evpi = float(best_size(need, choice)["evpi"])
    assert 0 <= float(found["evppi"]) <= evpi
    assert float(found["evppi_raw"]) <= evpi + 1e-12
    assert float(found["evppi"]) == max(0.0, float(found["evppi_raw"]))


@pytest.mark.slow
def test_standard_errors_are_honest():
    """Over 100 replications: an sd is known to 7 % of itself, so 4 of that are 28 %."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(100):
        known, rest = rng.standard_normal((2, 2000))
        one = evppi_of_input(draws(known + rest), draws(known), load_loss())
        found.append((float(one["evppi_raw"]), float(one["evppi_mcse"])))
    estimates, errors = np.array(found).T
    assert errors.mean() == pytest.approx(estimates.std(ddof=1), rel=0.28)


# ----------------------------------------------------------------------------------------- blocks

BLOCKS = {"a": ("a_",), "b": ("b_",), "idle": ("idle_",)}


@pytest.fixture(scope="module")
def blocks():
    """Block a: two correlated inputs of variance 3.6 together; b: one of variance 2; idle: one."""
    rng = np.random.default_rng(5)
    pair = rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], DRAWS).T
    columns = {"a_1": pair[0], "a_2": pair[1], "b_1": rng.normal(0, np.sqrt(2), DRAWS)}
    columns["idle_1"] = rng.standard_normal(DRAWS)
    return xr.Dataset({name: draws(values) for name, values in columns.items()})


def answer(inputs):
    return inputs["a_1"] + inputs["a_2"] + inputs["b_1"]


def test_a_block_of_normals(blocks):
    choice = load_loss()
    evpi = normal_evpi(choice, np.sqrt(5.6))
    for block, rest in (("a", 2.0), ("b", 3.6)):
        found = evppi_of_block(answer, blocks, block, choice, BLOCKS)
        worth(found, evpi - normal_evpi(choice, np.sqrt(rest)), evpi)


def test_a_block_that_multiplies(blocks):
    """y = x (2 + u) with x known: given x the rest has the spread |x|; given u, |2 + u|.

    Both from a large sample of their own, by the definition.
    """
    choice = load_loss()

    def product(inputs):
        return inputs["a_1"] * (2 + inputs["b_1"])

    rng = np.random.default_rng(6)
    x, u = rng.standard_normal(400_000), 2 + rng.normal(0, np.sqrt(2), 400_000)
    without = float(best_size(draws(x * u), choice)["evpi"])
    z = stats.norm.ppf(choice.best_probability)
    exact = {
        "b": without - 4 * stats.norm.pdf(z) * np.abs(u).mean(),
        "a": without - 4 * stats.norm.pdf(z) * np.sqrt(2) * np.abs(x).mean(),
    }
    for block, value in exact.items():
        found = evppi_of_block(product, blocks, block, choice, BLOCKS)
        allowed = STANDARD_ERRORS * float(found["evppi_mcse"]) + PRECISION * without
        assert float(found["evppi_raw"]) == pytest.approx(value, abs=allowed)


def test_a_block_that_does_not_enter_is_worth_nothing(blocks):
    found = evppi_of_block(answer, blocks, "idle", load_loss(), BLOCKS)
    assert float(found["evppi"]) == 0.0
    assert float(found["evppi_raw"]) == float(found["evppi_mcse"]) == 0.0


def test_the_only_block_is_worth_everything(blocks):
    choice = load_loss()
    found = evppi_of_block(lambda inputs: inputs["b_1"], blocks, "b", choice, BLOCKS)
    evpi = normal_evpi(choice, np.sqrt(2))
    worth(found, evpi, evpi)


def test_blocks_and_their_only_input_agree(blocks):
    """The nested estimate and the regression are two roads to one number."""
    choice = load_loss()
    nested = evppi_of_block(answer, blocks, "b", choice, BLOCKS)
    regression = evppi_of_input(answer(blocks), blocks["b_1"], choice)
    error = np.hypot(nested["evppi_mcse"], regression["evppi_mcse"])
    assert abs(float(nested["evppi"] - regression["evppi"])) <= STANDARD_ERRORS * float(error)
