"""Known parameters are recovered from evidence that the model itself has produced.

Two experiments of 40 simulated folders, each loaded and refitted like the built-in evidence:

- truths drawn from (narrowed) priors that are also fitted with, for both forms of the trend: then
  a central interval of probability p covers the truth with probability p exactly;
- one truth near the posterior means of the built-in evidence, for the default form: there an
  interval may cover too often where the prior, which holds the truth near its centre, says more
  than the data; it may not cover too seldom. Both ends are tested where the posterior sd is below
  half the prior's.

The number of covering intervals must lie in the region that a binomial leaves with probability
0.001 over all 18 parameters and both intervals of an experiment (Bonferroni): 7 to 33 of 40 for
50 %, 26 to 40 for 90 %. For one parameter, this finds posteriors that are half as wide as they
should be with a power of 0.73, a third as wide with 1.00, twice as wide with 0.42, and a bias of
1.5 sd with 0.85 (binomial tails of the coverages that these errors give).
"""

import numpy as np
import pytest
from scipy import stats
from simulate import simulate_evidence

from model.chain import share
from model.delivered.step_mfu import COEFFICIENTS
from model.fit import fit
from model.inputs import make_inputs
from model.sampling.sampler import Sampler
from model.trend import SPREADS
from priors.evidence import load_evidence
from priors.parameters import CONSTANTS, PARAMETERS
from priors.scenario import load_scenario

REPLICATIONS = 40
SAMPLER = Sampler(draws=500, tune=300)
#: Replications, of all, whose exact draws may not be accepted. Truths from the priors hold spreads
#: near 0, as no built-in evidence has: 1 of 40 was seen.
FALLBACKS = 2
FORMS = list(SPREADS)
#: The form with whose trend all blocks have rows, and what takes these from the other forms.
WITH_ALL_ROWS = "drifting"
NO_OTHER_ROWS = {
    "law.studies": "none",
    "efficiency.data": "none",
    "campaign.data": "included",
    **dict.fromkeys(("record.data", "lag.data", "length.data"), "none"),
    "levers.targets": ["frontier"],
}
NOT_OF_FORM = {
    form: {name for name in SPREADS.values() if name not in {own, None}}
    for form, own in SPREADS.items()
}
SINCE = {**dict.fromkeys(FORMS, 2010.0), "linear": 2018.0}

#: Near the posterior means of the scenario `updated`; units as in `priors.parameters`.
NEAR_POSTERIOR = {
    "trend_level": 22.4,
    "trend_slope": 0.65,
    "trend_noise": 0.38,
    "trend_grade_factor": 0.5,
    "trend_drift": 0.05,
    "trend_walk": 0.2,
    "trend_saturation": 0.03,
    "law_pivot_parameters": 11.75,
    "law_exponent_mean": 0.487,
    "law_size_spread": 0.06,
    "law_exponent_spread": 0.025,
    "law_correlation": 0.3,
    "law_closure": 0.0,
    "mfu_median": -0.56,
    "mfu_fp8": -0.56,
    "mfu_moe": -0.30,
    "mfu_hpc": -0.87,
    "mfu_devices": -0.16,
    "mfu_system_spread": 0.44,
    "mfu_run_spread": 0.13,
    "campaign_counting": -0.14,
    "campaign_counting_spread": 0.13,
    "campaign_goodput": 3.6,
    "campaign_goodput_devices": 1.5,
    "campaign_goodput_moe": -0.2,
    "campaign_goodput_spread": 0.9,
}

#: Where the prior of `updated` is so wide that a truth drawn from it makes figures that no table
#: would hold (a campaign of 100 % of its steps).
NARROWED = {
    "trend_level": ("normal", {"loc": 22.4, "scale": 0.3}),
    "trend_slope": ("normal", {"loc": 0.65, "scale": 0.1}),
    "law_exponent_mean": ("normal", {"loc": 0.5, "scale": 0.03}),
    "mfu_median": ("normal", {"loc": -0.5, "scale": 0.3}),
    "campaign_goodput": ("normal", {"loc": 2.5, "scale": 0.5}),
}


def narrowed_priors():
    """Changes of a scenario that put the priors of `NARROWED` in."""
    return {
        f"prior.{name}": {
            "family": family,
            "unit": PARAMETERS[name].unit,
            "transform": PARAMETERS[name].transform,
            "rationale": "Narrow, so that simulated figures stay possible.",
            "sources": ["judgement-2026"],
            **numbers,
        }
        for name, (family, numbers) in NARROWED.items()
    }


@pytest.fixture(scope="module")
def constants(priors):
    return {name: priors.sets["updated"][name].value for name in CONSTANTS}


def scenario_of(form, changes=None):
    trend = {"trend.form": form, "trend.since": SINCE[form]}
    return load_scenario("updated").override({**trend, **(changes or {})})


def fixed_truth(form):
    return {name: x for name, x in NEAR_POSTERIOR.items() if name not in NOT_OF_FORM[form]}


# ------------------------------------------------------------------------------------ simulation


def test_a_simulated_folder_loads_with_the_design_of_its_template(
    evidence, priors, constants, tmp_path
):
    truth = {**fixed_truth("drifting"), **constants}
    rng = np.random.default_rng(0)
    simulate_evidence(tmp_path / "made", truth=truth, rng=rng, template=evidence)
    simulated = load_evidence(tmp_path / "made")
    replaced = {"training_runs", "scaling_studies", "utilisation", "campaigns", "goodput"}
    for table, rows in simulated.tables.items():
        changed = [row != old for row, old in zip(rows, evidence.tables[table], strict=True)]
        assert any(changed) == (table in replaced), table
    assert all(
        row == old
        for row, old in zip(simulated.utilisation, evidence.utilisation, strict=True)
        if row.use == "listed"
    )
    for form in FORMS:
        made, built_in = (
            make_inputs(scenario_of(form), each, priors) for each in (simulated, evidence)
        )
        assert made.labels == built_in.labels
        for name in ("trend_years", "trend_grade_sd", "mfu_basis", "mfu_membership"):
            assert np.array_equal(getattr(made, name), getattr(built_in, name)), name
        for name in ("exponent_sd", "run_sets", "sized", "from_pivot", "size_sd"):
            found, wanted = (getattr(one.studies, name) for one in (made, built_in))
            assert np.allclose(found, wanted, rtol=1e-9), name


def test_without_any_spread_the_figures_are_those_of_the_chain(
    evidence, priors, constants, tmp_path
):
    """A straight trend, one exponent, one logit per design row; printed to the same decimals."""
    spreads = ("trend_noise", "trend_grade_factor", "law_size_spread", "law_exponent_spread")
    spreads += ("mfu_system_spread", "mfu_run_spread")
    truth = {**fixed_truth("linear"), **constants, **dict.fromkeys(spreads, 0.0)}
    simulate_evidence(tmp_path, truth=truth, rng=np.random.default_rng(1), template=evidence)
    simulated = load_evidence(tmp_path)
    inputs = make_inputs(scenario_of("linear"), simulated, priors)
    line = truth["trend_level"] + truth["trend_slope"] * (inputs.trend_years - 2020)
    np.testing.assert_allclose(inputs.trend_log10_flop, line, rtol=1e-12)
    exact = dict(
        zip(
            inputs.labels["efficiency_row"],
            share(inputs.mfu_basis @ [truth.get(name, 0.0) for name in COEFFICIENTS]),
            strict=True,
        )
    )
    printed = {row.id: len(f"{row.efficiency}".split(".")[1]) for row in evidence.utilisation}
    for row in simulated.utilisation:
        if row.id in exact:
            assert row.efficiency == round(exact[row.id], printed[row.id]), row.id


def test_simulated_figures_scatter_as_the_model_says(evidence, priors, constants, tmp_path):
    """K-S of standardised figures of 20 folders, level 0.001 / 5 by Bonferroni.

    Normal noise over 1460 runs, normal errors of the exponent and size of the first study of 240
    sets of runs (their rounding is uniform, and small), the marginal normal of the first row of
    560 systems (rows of one system are not independent), and the stated goodput of 100. The sd of
    what is normal is within 4 standard errors, 1/√(2n), of 1, as is that of runs of a rough grade,
    most of whose variance is the grade's: a K-S would let 30 % pass.
    """
    truth = {**fixed_truth("linear"), **constants}
    runs, rough, studies, sizes, steps, goodput = [], [], [], [], [], []
    for seed in range(20):
        rng = np.random.default_rng([2, seed])
        folder = tmp_path / str(seed)
        simulate_evidence(folder, truth=truth, rng=rng, template=evidence)
        inputs = make_inputs(scenario_of("linear"), load_evidence(folder), priors)
        line = truth["trend_level"] + truth["trend_slope"] * (inputs.trend_years - 2020)
        scale = np.hypot(truth["trend_noise"], truth["trend_grade_factor"] * inputs.trend_grade_sd)
        rough.extend(inputs.trend_grade_sd > truth["trend_noise"] / truth["trend_grade_factor"])
        runs.extend((inputs.trend_log10_flop - line) / scale)
        laws = inputs.studies
        _, first = np.unique(laws.run_sets, return_index=True)
        sd = np.hypot(laws.exponent_sd, truth["law_exponent_spread"])
        studies.extend(((laws.exponents - truth["law_exponent_mean"]) / sd)[first])
        sizes.extend(standard_sizes(laws, truth))
        logit = inputs.mfu_basis @ [truth.get(name, 0.0) for name in COEFFICIENTS]
        spread = np.hypot(truth["mfu_system_spread"], truth["mfu_run_spread"])
        first = inputs.mfu_membership.argmax(axis=0)
        steps.extend(((inputs.mfu_logit - logit) / spread)[first])
        goodput.extend(standard_goodput(inputs.campaigns, truth))
    for figures, distribution in (
        (runs, stats.norm),
        (studies, stats.norm),
        (sizes, stats.norm),
        (steps, stats.norm),
        (goodput, stats.norm),
    ):
        assert stats.kstest(figures, distribution.cdf).pvalue > 1e-3 / 5
    for figures in (studies, sizes, steps, goodput):
        assert abs(np.std(figures) - 1) <= 4 / np.sqrt(2 * len(figures))
    graded = np.array(runs)[rough]
    assert len(graded) > 100
    assert abs(np.std(graded) - 1) <= 4 / np.sqrt(2 * len(graded))


def standard_sizes(laws, truth):
    """Sizes of the first study of each set of runs, less their mean and over their sd."""
    of_set, first = np.unique(laws.run_sets[laws.sized], return_index=True)
    assert len(of_set) > 5
    away = laws.from_pivot[first]
    size, exponent = truth["law_size_spread"], truth["law_exponent_spread"]
    variance = size**2 + (away * exponent) ** 2 + laws.size_sd[first] ** 2
    variance += 2 * away * truth["law_correlation"] * size * exponent
    mean = truth["law_pivot_parameters"] + away * truth["law_exponent_mean"]
    return (laws.sizes[first] - mean) / np.sqrt(variance)


def standard_goodput(rows, truth):
    """Logits of the goodput that is stated, less their mean and over their sd."""
    stated = ~np.isfinite(rows.bounds)
    mean = truth["campaign_goodput"] - truth["campaign_goodput_devices"] * rows.goodput_devices
    mean = mean + truth["campaign_goodput_moe"] * rows.goodput_moe
    sd = np.hypot(truth["campaign_goodput_spread"], rows.goodput_sd)
    return ((rows.goodput - mean) / sd)[stated]


# -------------------------------------------------------------------------------------- recovery


def replicate(form, scenario, truth, seed, *, evidence, priors, directory, by_nuts):
    """Posterior draws, (draw,) by parameter, given evidence simulated at a truth.

    Whether NUTS had to draw them is appended to `by_nuts`: a truth with hardly any scatter may
    leave weights whose Pareto k̂ is at its limit.
    """
    rng = np.random.default_rng(seed)
    simulate_evidence(directory, truth=truth, rng=rng, template=evidence)
    inputs = make_inputs(scenario, load_evidence(directory), priors)
    tree = fit(form, inputs, SAMPLER, seed=int(rng.integers(2**32)))
    by_nuts.append(tree["sample_stats"].attrs["sampler"] == "nuts")
    posterior = tree["posterior"]
    return {name: posterior[name].values.ravel() for name in PARAMETERS if name in posterior}


def acceptance(mass, tests):
    """Fewest and most covering intervals at a level of 0.001 over `tests`, two-sided."""
    tail = 1e-3 / tests / 2
    covering = stats.binom(REPLICATIONS, mass)
    return covering.ppf(tail), covering.isf(tail)


def coverage(replications, mass):
    """Parameter → how many central intervals hold the truth."""
    counts = {}
    for truth, draws in replications:
        for name, values in draws.items():
            low, high = np.quantile(values, [(1 - mass) / 2, (1 + mass) / 2])
            counts[name] = counts.get(name, 0) + bool(low <= truth[name] <= high)
    return counts


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_intervals_cover_truths_drawn_from_the_priors(form, evidence, priors, constants, tmp_path):
    # The other blocks are the same whatever the form: they have rows in one experiment only.
    silent = {} if form == WITH_ALL_ROWS else NO_OTHER_ROWS
    scenario = scenario_of(form, {**narrowed_priors(), **silent})
    rows = make_inputs(scenario, evidence, priors).priors
    replications, by_nuts = [], []
    for seed in range(REPLICATIONS):
        rng = np.random.default_rng([3, seed])
        truth = {
            name: float(rows[name].standardised().distribution().rvs(random_state=rng))
            for name in PARAMETERS
            if name not in NOT_OF_FORM[form]
        }
        draws = replicate(
            form,
            scenario,
            {**truth, **constants},
            [4, seed],
            evidence=evidence,
            priors=priors,
            directory=tmp_path / str(seed),
            by_nuts=by_nuts,
        )
        replications.append((truth, draws))
    assert sum(by_nuts) <= FALLBACKS
    for mass in (0.5, 0.9):
        counts = coverage(replications, mass)
        assert len(counts) == len(PARAMETERS) - len(NOT_OF_FORM[form])
        fewest, most = acceptance(mass, tests=2 * len(counts))
        missed = {name: n for name, n in counts.items() if not fewest <= n <= most}
        assert not missed, f"{mass:.0%} intervals should cover {fewest} to {most} times: {missed}"


@pytest.mark.slow
def test_intervals_cover_a_truth_near_the_posterior_means(evidence, priors, constants, tmp_path):
    form = "drifting"
    scenario = scenario_of(form)
    truth, by_nuts = fixed_truth(form), []
    replications = [
        (
            truth,
            replicate(
                form,
                scenario,
                {**truth, **constants},
                [5, seed],
                evidence=evidence,
                priors=priors,
                directory=tmp_path / str(seed),
                by_nuts=by_nuts,
            ),
        )
        for seed in range(REPLICATIONS)
    ]
    assert not any(by_nuts)
    rows = make_inputs(scenario, evidence, priors).priors
    informed = {
        name
        for name in truth
        if np.mean([draws[name].std() for _, draws in replications])
        < rows[name].standardised().distribution().std() / 2
    }
    assert {"trend_level", "trend_slope", "law_exponent_mean", "mfu_median"} <= informed
    for mass in (0.5, 0.9):
        counts = coverage(replications, mass)
        fewest, most = acceptance(mass, tests=2 * len(counts))
        missed = {
            name: n for name, n in counts.items() if n < fewest or (n > most and name in informed)
        }
        assert not missed, f"{mass:.0%} intervals should cover {fewest} to {most} times: {missed}"
