"""The test of uniform ranks: exact against enumeration, at its level, and with its stated power."""

from itertools import product

import numpy as np
import pytest
from arviz_stats.ecdf_utils import ecdf_pit
from scipy import stats

from analysis.calibrate.ranks import RankTest, bonferroni, normal_cells, rank_among


def binomial_region(tries, probability):
    """Counts that a binomial leaves with a probability of 0.001, both sides together."""
    return stats.binom.ppf(5e-4, tries, probability), stats.binom.isf(5e-4, tries, probability)


# ---------------------------------------------------------------------------------------- exact


@pytest.mark.parametrize(("replications", "slots"), [(1, 4), (4, 3), (4, 4), (6, 2)])
def test_p_values_are_those_of_enumeration(replications, slots):
    """The share of all equally likely sets of ranks that come as near to the edge of the band."""
    test = RankTest(replications, slots)
    closest = {}
    for ranks in product(range(slots), repeat=replications):
        below = np.array([sum(rank < k for rank in ranks) for k in range(1, slots)])
        binomial = stats.binom(replications, test.shares)
        closest[ranks] = min(1, 2 * np.minimum(binomial.cdf(below), binomial.sf(below - 1)).min())
    values = np.array(list(closest.values()))
    for ranks, own in closest.items():
        expected = (values <= own * (1 + 1e-9)).mean()
        assert test.p_value(ranks) == pytest.approx(expected, rel=1e-9)


def test_a_small_p_value_is_not_lost_to_rounding():
    """All of 100 ranks in the lowest of 2 slots, or all in the highest: 2 · 2⁻¹⁰⁰."""
    assert RankTest(100, 2).p_value(np.zeros(100, int)) == pytest.approx(2.0**-99, rel=1e-9)


def test_the_power_against_uniform_ranks_is_the_size_of_the_band():
    test = RankTest(60, 21)
    uniform = np.full(21, 1 / 21)
    for level in (0.1, 0.01, 1e-4):
        assert 0.7 * level < test.power(uniform, test.band(level)) <= level


@pytest.mark.slow
@pytest.mark.parametrize("level", [0.2, 0.01])
def test_ranks_leave_the_band_exactly_where_their_p_value_is_at_most_the_level(level):
    test = RankTest(40, 11)
    band = test.band(level)
    rng = np.random.default_rng(0)
    leaving = 0
    for _ in range(300):
        ranks = rng.integers(rng.integers(5, 12), size=40)
        assert band.holds(test.counts(ranks)) == (test.p_value(ranks) > level)
        leaving += not band.holds(test.counts(ranks))
    assert 0 < leaving < 300


@pytest.mark.slow
def test_the_band_is_that_of_arviz_for_continuous_values():
    """Continuous values looked at in N − 1 places are ranks of N slots.

    ArviZ simulates the level (here 20 000 times, an error of 0.0015 of 0.05) and rounds its
    quantiles up, so that an edge may differ by one count.
    """
    replications, level = 50, 0.05
    band = RankTest(replications, replications).band(level)
    rng = np.random.default_rng(1)
    _, _, low, high = ecdf_pit(rng.random(replications), 1 - level, 20_000, rng=rng)
    assert np.abs(replications * low[1:-1] - band.low).max() <= 1.001
    assert np.abs(replications * high[1:-1] - band.high).max() <= 1.001


# ----------------------------------------------------------------------------- level and power


def test_uniform_ranks_are_rejected_as_often_as_the_level_says():
    """2000 sets; the count stays in the binomial region of the exact size of the band."""
    test = RankTest(100, 21)
    band = test.band(0.05)
    size = test.power(np.full(21, 1 / 21), band)
    rng = np.random.default_rng(2)
    rejected = sum(not band.holds(test.counts(rng.integers(21, size=100))) for _ in range(2000))
    fewest, most = binomial_region(2000, size)
    assert fewest <= rejected <= most


@pytest.mark.parametrize(
    ("mistake", "least"),
    [({"spread": 0.7}, 0.45), ({"spread": 1.6}, 0.45), ({"shift": 0.4}, 0.9)],
)
def test_wrong_posteriors_are_found_as_often_as_the_power_says(mistake, least):
    """400 sets of 100 truths, each ranked among 20 draws of a wrong normal posterior, level 5 %."""
    test = RankTest(100, 21)
    band = test.band(0.05)
    power = test.power(normal_cells(21, **mistake), band)
    assert power > least
    rng = np.random.default_rng(3)
    truth = rng.standard_normal((400, 100, 1))
    draws = rng.normal(mistake.get("shift", 0), mistake.get("spread", 1), (400, 100, 20))
    ranks = (draws < truth).sum(axis=-1)
    found = sum(not band.holds(test.counts(each)) for each in ranks)
    fewest, most = binomial_region(400, power)
    assert fewest <= found <= most


@pytest.mark.slow
def test_what_500_replications_find_at_1_percent_over_32_quantities():
    """The numbers that the documentation states."""
    test = RankTest(500, 101)
    band = test.band(0.01 / 32)

    def power(**mistake):
        return test.power(normal_cells(101, **mistake), band)

    assert power(spread=0.8) > 0.8
    assert power(spread=0.7) > 0.99
    assert power(spread=1.5) > 0.99
    assert power(shift=0.3) > 0.97
    assert power(spread=0.9) < 0.1


# ------------------------------------------------------------------------------- a known model


def conjugate_ranks(rng, believed_sd, replications=500, rows=8, ranked=100):
    """Ranks of a mean μ ~ N(0, 1) given rows y ~ N(μ, 1), with the posterior for another sd."""
    truth = rng.standard_normal(replications)
    mean = rng.normal(truth, 1 / np.sqrt(rows))
    precision = 1 + rows / believed_sd**2
    posterior_mean = mean * rows / believed_sd**2 / precision
    noise = rng.standard_normal((replications, ranked)) / np.sqrt(precision)
    draws = posterior_mean[:, None] + noise
    return [rank_among(x, given, rng) for x, given in zip(truth, draws, strict=True)]


def test_the_exact_posterior_of_a_normal_mean_passes_and_wrong_noise_fails():
    """Rows believed to scatter by 2/3 or 3/2 of what they do; levels 1 % and 1 % over 32.

    The wrong posteriors are too narrow by 30 % and too wide by 40 %: both are found with a
    probability above 0.95 (`normal_cells` with these spreads; their means are shrunk a little
    differently too).
    """
    rng = np.random.default_rng(4)
    test = RankTest(500, 101)
    assert test.p_value(conjugate_ranks(rng, believed_sd=1.0)) > 0.01
    for wrong in (2 / 3, 3 / 2):
        assert test.p_value(conjugate_ranks(rng, believed_sd=wrong)) < 0.01 / 32


# ---------------------------------------------------------------------------------------- parts


def test_ties_are_broken_evenly():
    rng = np.random.default_rng(5)
    ranks = [rank_among(1.0, [0.0, 1.0, 1.0, 2.0], rng) for _ in range(3000)]
    counts = np.bincount(ranks, minlength=5)
    fewest, most = binomial_region(3000, 1 / 3)
    assert counts[0] == counts[4] == 0
    assert all(fewest <= count <= most for count in counts[1:4])
    assert rank_among(-np.inf, [0.0, 1.0], rng) == 0
    assert rank_among(0.5, [0.0, 1.0], rng) == 1


def test_cells_of_the_right_posterior_are_uniform():
    np.testing.assert_allclose(normal_cells(101), 1 / 101, rtol=1e-5)
    narrow = normal_cells(21, spread=0.5)
    np.testing.assert_allclose(narrow, narrow[::-1], rtol=1e-9)
    assert narrow[0] > 1 / 21 > narrow[10]
    assert normal_cells(21, shift=1.0)[0] > 1 / 21


def test_ranks_that_cannot_be_are_refused():
    test = RankTest(3, 5)
    for wrong in ([0, 1], [0, 1, 5], [-1, 0, 0]):
        with pytest.raises(ValueError, match="expected 3 of 0 to 4"):
            test.p_value(wrong)


def test_adjusted_p_values_are_multiplied_by_their_number_and_at_most_1():
    assert bonferroni([0.001, 0.2, 0.9, 0.004]) == pytest.approx([0.004, 0.8, 1.0, 0.016])
