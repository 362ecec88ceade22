"""What one more run takes from the variance: against least squares and against refits."""

import numpy as np
import pytest
from simulated_runs import LAW, isoflop_runs

from model.law.isoflop import Likelihood, fit_law
from model.law.next_run import Design
from priors.imports.isoflop_runs import IsoflopRuns

#: N and D of candidates: a small one far from the optimum, and a large one near it.
CANDIDATES = np.array([2e8, 6e9, 5e9]), np.array([3e11, 2e10, 3e11])


def with_loss(runs, loss):
    return IsoflopRuns("simulated.csv", runs.parameters, runs.tokens, loss)


def test_it_is_the_share_that_least_squares_takes_away():
    """Of the linearised problem, the covariance with a row more against that without it."""
    runs = isoflop_runs(np.random.default_rng(0), noise=0.0)
    design = Design.of(runs, fit_law(runs))
    slopes = design.likelihood.slopes(design.point)
    target = design._gradient(lambda law: np.atleast_1d(law.a))[0]
    found = design.reduction(*CANDIDATES, lambda law: law.a)
    new = design._gradient(lambda law: np.log(law.loss(*CANDIDATES)))
    scale = (
        slopes[0, 2]
        / design._gradient(lambda law: np.log(law.loss(runs.parameters, runs.tokens)))[0, 2]
    )
    information = (slopes / scale).T @ (slopes / scale)
    before = target @ np.linalg.solve(information, target)
    for row, share in zip(new, found, strict=True):
        after = target @ np.linalg.solve(information + np.outer(row, row), target)
        assert share == pytest.approx(1 - after / before, rel=1e-6)
    assert ((found > 0) & (found < 1)).all()


def test_a_run_that_says_nothing_new_takes_nothing():
    """Every gradient of a is orthogonal to that of E alone: a run without N and D terms."""
    runs = isoflop_runs(np.random.default_rng(0), noise=0.0)
    design = Design.of(runs, fit_law(runs))
    tiny = design.reduction(np.array([1e30]), np.array([1e30]), lambda law: law.a)
    near = design.reduction(*CANDIDATES, lambda law: law.a)
    assert tiny[0] < near.max()


@pytest.mark.slow
@pytest.mark.parametrize("candidate", [0, 1, 2])
def test_refits_with_the_run_have_the_expected_variance(candidate):
    """600 simulated studies, each fitted with and without the candidate's loss.

    The share that is taken away is estimated with an error told by a bootstrap over the studies; a
    miss beyond 4 of them, and 0.03 for the curvature of the law, is a wrong expectation.
    """
    rng = np.random.default_rng(4)
    true = isoflop_runs(rng, budgets=5, sizes=6, noise=0.0)
    extra = (CANDIDATES[0][candidate], CANDIDATES[1][candidate])
    both = IsoflopRuns(
        "simulated.csv",
        np.append(true.parameters, extra[0]),
        np.append(true.tokens, extra[1]),
        np.append(true.loss, LAW.loss(*extra)),
    )
    start = fit_law(true).optima[0]
    fits = []
    for _ in range(600):
        loss = both.loss * np.exp(0.003 * rng.normal(size=len(both)))
        likelihood = Likelihood(with_loss(both, loss))
        shift = start.copy()
        shift[:2] -= start[3:] * (np.array(likelihood.centre) - Likelihood(true).centre)
        counts = np.ones(len(both), int)
        a_with = likelihood.law(likelihood.minimise(shift, counts)).a
        counts[-1] = 0
        fits.append((a_with, likelihood.law(likelihood.minimise(shift, counts)).a))
    a = np.array(fits)

    def share(rows):
        return 1 - a[rows, 0].var() / a[rows, 1].var()

    drawn = [share(rng.integers(len(a), size=len(a))) for _ in range(400)]
    expected = Design.of(true, fit_law(true)).reduction(
        np.array([extra[0]]), np.array([extra[1]]), lambda law: law.a
    )[0]
    assert expected == pytest.approx(share(np.arange(len(a))), abs=4 * np.std(drawn) + 0.03)


def test_what_rows_of_a_run_share_is_known():
    """Nine runs of 40 rows with an offset of 10 times the noise of a row: a variance 100 times."""
    rng = np.random.default_rng(1)
    runs = np.repeat(np.arange(40), 30)
    parameters = np.repeat(np.logspace(7.5, 9.5, 40), 30)
    tokens = np.tile(np.linspace(1e9, 3e11, 30), 40)
    noise = np.repeat(0.01 * rng.normal(size=40), 30) + 0.001 * rng.normal(size=1200)
    loss = LAW.loss(parameters, tokens) * np.exp(noise)
    named = IsoflopRuns("simulated.csv", parameters, tokens, loss, runs=runs, run_column="run")
    design = Design.of(named, fit_law(named))
    # the median absolute deviation of 40 offsets has a relative error of about 0.18
    assert np.sqrt(design.run_variance - 1) == pytest.approx(10, rel=0.5)
    alone = Design.of(with_loss(named, loss), fit_law(named))
    assert alone.run_variance == 1
    point = np.array([1e10]), np.array([1e11])
    by_run, by_row = (one.reduction(*point, lambda law: law.a)[0] for one in (design, alone))
    assert by_run > 5 * by_row
