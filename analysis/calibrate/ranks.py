"""Exact test of uniform ranks, with its band and its power.

If a posterior is right, the rank of the truth among L independent draws of it is uniform on
0 … L (Cook, Gelman & Rubin 2006; Talts et al. 2018). The test is that of Säilynoja, Bürkner &
Vehtari 2022: the empirical distribution of N ranks, looked at where it can step, against the band
that it leaves nowhere with a stated probability. Ranks are discrete and so are their counts, so
that nothing is simulated: the recursion of their section 2.2 gives the probability of staying
inside any band, for uniform ranks (a p-value, a band) and for any others (a power).

ArviZ has the same band for continuous values only, by simulation and without a p-value
(`arviz_stats.ecdf_utils`): the tests hold it against this one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from model.gaussian import Array

type Counts = NDArray[np.int64]

#: Tail probabilities this close, relatively, are the same number computed twice.
_ROUNDING = 1e-9
#: Standard deviations and points of the grid on which a truth is integrated out.
_REACH, _POINTS = 10.0, 8001


def rank_among(truth: float, draws: ArrayLike, rng: Generator) -> int:
    """Rank of the truth among draws: how many are smaller, ties broken at random."""
    values = np.asarray(draws, float)
    smaller, equal = int((values < truth).sum()), int((values == truth).sum())
    return smaller + (int(rng.integers(equal + 1)) if equal else 0)


@dataclass(frozen=True)
class Band:
    """Fewest and most ranks below k that do not contradict uniformity.

    Attributes
    ----------
    low, high
        Inclusive, shape (slot − 1,): for k = 1 … L.
    """

    low: Counts
    high: Counts

    def holds(self, counts: Counts) -> bool:
        """Whether the counts stay inside everywhere."""
        return bool(((self.low <= counts) & (counts <= self.high)).all())


@dataclass(frozen=True)
class RankTest:
    """Test that ranks are uniform.

    Attributes
    ----------
    replications
        N, the number of ranks.
    slots
        L + 1, the number of values that a rank can have: 0 … L.
    """

    replications: int
    slots: int

    @property
    def shares(self) -> Array:
        """Where the distribution is looked at: k / (L + 1) for k = 1 … L."""
        return np.arange(1, self.slots) / self.slots

    def counts(self, ranks: ArrayLike) -> Counts:
        """Ranks below k, for k = 1 … L.

        Raises
        ------
        ValueError
            Another number of ranks, or a rank outside 0 … L.
        """
        values = np.asarray(ranks)
        in_slots = (values >= 0) & (values < self.slots)
        if values.shape != (self.replications,) or not in_slots.all():
            raise ValueError(
                f"ranks: found shape {values.shape} between {values.min(initial=0)} and "
                f"{values.max(initial=0)}; expected {self.replications} of 0 to {self.slots - 1}"
            )
        per_slot = np.bincount(values, minlength=self.slots)
        below: Counts = per_slot.cumsum()[:-1]
        return below

    def difference(self, ranks: ArrayLike) -> Array:
        """Empirical distribution less the uniform one; shape (slot − 1,)."""
        return np.asarray(self.counts(ranks) / self.replications - self.shares)

    def p_value(self, ranks: ArrayLike) -> float:
        """Probability that uniform ranks come as close to the edge of their band somewhere."""
        counts = self.counts(ranks)
        closest = self._tails[np.arange(len(counts)), counts].min()
        return self._leaves(self._band(closest), self._uniform)

    def band(self, level: float) -> Band:
        """Narrowest band that uniform ranks leave with a probability of at most `level`.

        A p-value is at most `level` exactly where the ranks leave this band.
        """
        steps = np.unique(self._tails)
        low, high = -1, len(steps) - 1  # steps[low] rejects rarely enough, steps[high] too often
        while high - low > 1:
            middle = (low + high) // 2
            rare = self._leaves(self._band(steps[middle]), self._uniform) <= level
            low, high = (middle, high) if rare else (low, middle)
        return self._band(0.0 if low < 0 else float(steps[low]))

    def power(self, cells: ArrayLike, band: Band) -> float:
        """Probability that ranks distributed as `cells`, shape (slot,), leave a band."""
        return self._leaves(band, np.asarray(cells, float))

    @property
    def _uniform(self) -> Array:
        return np.full(self.slots, 1 / self.slots)

    @cached_property
    def _tails(self) -> Array:
        """Two-sided tail probability of each count below each k; shape (slot − 1, count)."""
        count = np.arange(self.replications + 1)
        binomial = stats.binom(self.replications, self.shares[:, None])
        one_sided = np.minimum(binomial.cdf(count), binomial.sf(count - 1))
        return np.asarray(np.minimum(1, 2 * one_sided))

    def _band(self, tail: float) -> Band:
        """Keep counts whose tail probability is above `tail`: none at all where it is 1."""
        inside = self._tails > tail * (1 + _ROUNDING)
        low = inside.argmax(axis=1)
        high = np.where(inside.any(axis=1), self.replications - inside[:, ::-1].argmax(axis=1), -1)
        return Band(low, high)

    def _leaves(self, band: Band, cells: Array) -> float:
        """Probability that the counts of ranks distributed as `cells` leave a band.

        Given c ranks below k − 1, those in the next slot are binomial among the N − c others.
        What leaves is added up, rather than taken from 1, so that a small probability is exact.
        """
        left = 0.0
        count, mass = np.array([0]), np.array([1.0])
        remaining = cells[::-1].cumsum()[::-1]
        for slot, (low, high) in enumerate(zip(band.low, band.high, strict=True)):
            if high < low:
                return left + float(mass.sum())
            others = self.replications - count
            share = min(1.0, cells[slot] / remaining[slot])
            outside = stats.binom.cdf(low - 1 - count, others, share)
            outside = outside + stats.binom.sf(high - count, others, share)
            left += float(mass @ outside)
            after = np.arange(low, high + 1)
            mass = mass @ stats.binom.pmf(after - count[:, None], others[:, None], share)
            count = after
        return min(1.0, left)


def normal_cells(slots: int, *, spread: float = 1.0, shift: float = 0.0) -> Array:
    """Distribution of the ranks that a wrong normal posterior gives.

    Parameters
    ----------
    slots
        L + 1.
    spread
        Standard deviation of the posterior over the right one: 0.8 is too narrow by 20 %.
    shift
        Distance of its mean from the right one, in right standard deviations.

    Returns
    -------
    ndarray, shape (slot,)
        Probability of each rank: binomial given the truth, which is integrated out.
    """
    truth = np.linspace(-_REACH, _REACH, _POINTS)
    below = stats.norm.cdf(truth, loc=shift, scale=spread)
    given = stats.binom.pmf(np.arange(slots)[:, None], slots - 1, below)
    cells = np.asarray(given @ stats.norm.pdf(truth))
    return np.asarray(cells / cells.sum())


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for their number; with this rule, and not Holm's, a plot shows the verdict.

    A quantity then fails exactly where it leaves the band of `level / number`, whatever the
    others do.
    """
    return [min(1.0, len(p_values) * p) for p in p_values]
