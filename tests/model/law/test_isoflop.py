"""The fit of own runs: identities, recovery of a known law, and the published replication."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from public_files import needs, public_file
from scipy.optimize import approx_fprime
from simulated_runs import LAW, isoflop_runs

from model.law.isoflop import FEWEST_RUNS, Likelihood, bootstrap_law, fit_law, law_of
from model.law.loss_law import LossLaw
from priors.errors import EvidenceError
from priors.imports.isoflop_runs import IsoflopRuns, read_isoflop_runs

FIGURE_4 = public_file("chinchilla_figure4_points.csv")
needs_figure_4 = needs(FIGURE_4)

EXPONENTS = st.floats(0.1, 1.0)


@pytest.fixture(scope="module")
def runs():
    return isoflop_runs(np.random.default_rng(0))


@pytest.fixture(scope="module")
def fit(runs):
    return fit_law(runs)


# --------------------------------------------------------------------------------------- the law


@given(EXPONENTS, EXPONENTS, st.floats(18, 26), st.floats(-0.5, 0.5))
def test_the_optimum_has_the_least_loss_on_its_budget(exponent_n, exponent_d, log_flop, shift):
    law = replace(LAW, parameters_exponent=exponent_n, tokens_exponent=exponent_d)
    flop = 10.0**log_flop
    best = law.optimal_parameters(flop)
    other = best * 10.0**shift
    assert law.loss(best, flop / 6 / best) <= law.loss(other, flop / 6 / other) * (1 + 1e-12)


@given(EXPONENTS, EXPONENTS)
def test_a_is_the_slope_of_the_optimum(exponent_n, exponent_d):
    law = replace(LAW, parameters_exponent=exponent_n, tokens_exponent=exponent_d)
    decade = law.optimal_parameters(1e21) / law.optimal_parameters(1e20)
    assert np.log10(decade) == pytest.approx(law.a, rel=1e-9)


# --------------------------------------------------------------------------------------- the fit


def test_the_gradient_is_that_of_the_objective(runs):
    likelihood, counts = Likelihood(runs), np.arange(len(runs)) % 3
    for point in likelihood.starts()[::7]:
        pull = np.clip(likelihood.residuals(point), -1, 1)
        slope = approx_fprime(point, lambda p: likelihood.objective(p, counts), 1e-8)
        assert (counts * pull) @ likelihood.slopes(point) == pytest.approx(slope, rel=1e-3)


def test_runs_without_noise_give_their_law_back():
    exact = fit_law(isoflop_runs(np.random.default_rng(0), noise=0.0))
    assert vars(exact.law) == pytest.approx(vars(LAW), rel=1e-6)
    assert exact.starts_there == exact.starts


def test_the_fit_is_an_optimum(runs, fit):
    likelihood, counts = Likelihood(runs), np.ones(len(runs), int)
    assert fit.imbalance < 1e-6
    assert fit.starts_there == fit.starts
    rng = np.random.default_rng(1)
    for _ in range(50):
        nearby = fit.optima[0] + 0.01 * rng.normal(size=5)
        assert likelihood.objective(nearby, counts) > fit.objective


def test_imbalance_is_large_away_from_the_optimum(runs, fit):
    shifted = fit.optima[0] + np.array([0.1, 0, 0, 0, 0])
    assert Likelihood(runs).imbalance(shifted, np.ones(len(runs), int)) > 0.5


@pytest.mark.slow
def test_units_of_size_and_tokens_only_change_the_scales(runs, fit):
    in_millions = replace(runs, parameters=runs.parameters / 1e6, tokens=runs.tokens / 1e9)
    other = fit_law(in_millions).law
    assert other.parameters_exponent == pytest.approx(fit.law.parameters_exponent, rel=1e-5)
    assert other.tokens_exponent == pytest.approx(fit.law.tokens_exponent, rel=1e-5)
    assert other.irreducible == pytest.approx(fit.law.irreducible, rel=1e-6)
    scale = fit.law.parameters_scale * 1e-6**fit.law.parameters_exponent
    assert other.parameters_scale == pytest.approx(scale, rel=1e-4)


@pytest.mark.slow
def test_the_order_of_the_runs_does_not_matter(runs, fit):
    order = np.random.default_rng(2).permutation(len(runs))
    shuffled = replace(
        runs,
        parameters=runs.parameters[order],
        tokens=runs.tokens[order],
        loss=runs.loss[order],
    )
    assert fit_law(shuffled).law.a == pytest.approx(fit.law.a, abs=1e-6)


@pytest.mark.slow
def test_a_few_wrong_runs_hardly_matter(runs, fit):
    """Four of 80 losses are 30 % too high: least squares would move a by several errors."""
    sd = float(bootstrap_law(runs, fit, resamples=100, seed=1)["a"].std())
    loss = runs.loss.copy()
    loss[[3, 17, 40, 66]] *= 1.3
    assert abs(fit_law(replace(runs, loss=loss)).law.a - fit.law.a) < sd


# ----------------------------------------------------------------------------------- its bootstrap


def test_a_known_law_is_recovered_within_the_error(runs, fit):
    """Each unknown within 4 of its bootstrap errors: a miss in 3000 if they are honest."""
    draws = bootstrap_law(runs, fit, resamples=150, seed=3)
    for name, true in vars(LAW).items():
        assert abs(vars(fit.law)[name] - true) < 4 * float(draws[name].std()), name
    assert abs(fit.law.a - LAW.a) < 4 * float(draws["a"].std())
    assert float(draws["imbalance"].max()) < 1e-5


def test_draws_depend_on_the_seed_alone(runs, fit):
    first, again, other = (bootstrap_law(runs, fit, resamples=5, seed=seed) for seed in (0, 0, 1))
    assert first.identical(again)
    assert not np.isclose(first["a"], other["a"]).any()


def test_every_variable_says_its_unit(runs, fit):
    draws = bootstrap_law(runs, fit, resamples=2, seed=0)
    assert dict(draws.sizes) == {"resample": 2}
    for variable in draws.data_vars.values():
        assert {"units", "long_name"} <= set(variable.attrs)
    assert law_of(draws).a.values == pytest.approx(draws["a"].values)


def test_progress_ends_where_it_should(runs, fit):
    seen = []
    bootstrap_law(
        runs, fit, resamples=30, seed=0, progress=lambda done, of: seen.append((done, of))
    )
    assert seen == [(20, 30), (30, 30)]


@pytest.mark.slow
def test_the_error_is_that_of_repeated_data_sets():
    """Of 80 runs the bootstrap is honest, if a little wide: measured 1.14 of the true sd.

    The sd over 400 data sets is known to 3.5 %, the mean of 40 bootstrap sds to about as much;
    the share of 40 intervals that hold the truth has a binomial sd of 0.047.
    """
    exact = fit_law(isoflop_runs(np.random.default_rng(0), noise=0.0))
    inside, fitted, spreads = [], [], []
    for seed in range(400):
        simulated = isoflop_runs(np.random.default_rng([11, seed]))
        likelihood = Likelihood(simulated)
        point = likelihood.minimise(exact.optima[0], np.ones(len(simulated), int))
        fitted.append(likelihood.law(point).a)
        if seed < 40:
            start = replace(exact, optima=point[None])
            draws = bootstrap_law(simulated, start, resamples=100, seed=seed)["a"]
            low, high = draws.quantile([0.05, 0.95])
            inside.append(low <= LAW.a <= high)
            spreads.append(float(draws.std()))
    true_sd = np.std(fitted, ddof=1)
    assert 0.85 < np.mean(spreads) / true_sd < 1.35
    assert np.mean(inside) == pytest.approx(0.9, abs=3 * 0.047)
    assert abs(np.mean(fitted) - LAW.a) < 4 * true_sd / np.sqrt(400)


# ------------------------------------------------------------------------------ what is refused


def test_tokens_that_follow_from_parameters_are_refused(runs):
    with pytest.raises(EvidenceError, match="whose tokens follow from their parameters"):
        fit_law(replace(runs, tokens=20 * runs.parameters))


@pytest.mark.slow
def test_laws_that_fit_alike_are_refused():
    """Runs at 20 tokens per parameter, and two more that are each other's mirror image."""
    law = LossLaw(1.0, 20.0, 400.0, 0.25, 0.45)
    sizes = np.logspace(7, 10, 20)
    parameters = np.append(sizes, [1e8, 4e8])
    tokens = 20 * np.append(sizes, [4e8, 1e8])
    loss = law.loss(parameters, tokens)
    loss[-2:] = loss[-2:].mean()
    mirrored = IsoflopRuns("mirrored.csv", parameters, tokens, loss, {}, ())
    with pytest.raises(EvidenceError, match=r"laws that fit alike with a from 0\.\d+ to 0\.\d+"):
        fit_law(mirrored)


@pytest.mark.slow
def test_a_loss_that_does_not_fall_is_refused():
    rng = np.random.default_rng(4)
    parameters, tokens = 10 ** rng.uniform(7, 10, 60), 10 ** rng.uniform(9, 12, 60)
    loss = 2 + (parameters / 1e10) ** 0.3 + (tokens / 1e12) ** 0.3
    with pytest.raises(EvidenceError, match="a loss that falls with parameters and with tokens"):
        fit_law(IsoflopRuns("rising.csv", parameters, tokens, loss, {}, ()))


def test_too_few_runs_are_refused(runs):
    few = runs.without_highest_loss(len(runs) - FEWEST_RUNS + 1)
    with pytest.raises(EvidenceError, match=f"found {FEWEST_RUNS - 1} runs"):
        fit_law(few)


# ------------------------------------------------------------------- the published replication

#: Besiroglu et al. 2024, notebook of their replication: grid fit, and standard errors of the
#: bootstrap over 4000 resamples.
PUBLISHED = {
    "irreducible": (1.8172, 0.0257),
    "parameters_scale": (477.8, 124.52),
    "tokens_scale": (2143.9, 1293.28),
    "parameters_exponent": (0.3473, 0.0154),
    "tokens_exponent": (0.3672, 0.0206),
}


@needs_figure_4
def test_the_240_points_give_the_published_fit():
    """To the digits printed; the shares of its error are those of the replication."""
    fitted = fit_law(read_isoflop_runs(FIGURE_4).without_highest_loss(5))
    for name, (value, _) in PUBLISHED.items():
        assert vars(fitted.law)[name] == pytest.approx(value, rel=3e-4), name
    assert fitted.law.a == pytest.approx(0.513, abs=0.020 / 4)


@needs_figure_4
def test_the_245_points_give_another_law():
    fitted = fit_law(read_isoflop_runs(FIGURE_4))
    assert fitted.law.a == pytest.approx(0.565, abs=5e-4)
    assert fitted.law.irreducible == pytest.approx(1.891, abs=1e-3)


@needs_figure_4
@pytest.mark.slow
@pytest.mark.parametrize(
    ("dropped", "a_sd", "low", "high"), [(5, 0.020, 0.487, 0.550), (0, 0.032, 0.513, 0.618)]
)
def test_the_errors_are_those_of_the_replication(dropped, a_sd, low, high):
    """Both sds come from 4000 resamples of heavy-tailed draws: 8 % for their difference."""
    runs = read_isoflop_runs(FIGURE_4).without_highest_loss(dropped)
    draws = bootstrap_law(runs, fit_law(runs), resamples=4000, seed=1)
    assert float(draws["a"].std()) == pytest.approx(a_sd, rel=0.08)
    assert draws["a"].quantile([0.05, 0.95]).values == pytest.approx([low, high], abs=0.004)
    if dropped:
        for name, (_, sd) in PUBLISHED.items():
            assert float(draws[name].std()) == pytest.approx(sd, rel=0.08), name
    assert float((draws["imbalance"] > 1e-5).mean()) == 0
