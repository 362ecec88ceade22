"""Test quantities by hand, and each way in which evidence can be unlike the model is seen."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.priors_check.predictive import predictive_checks, thin
from analysis.priors_check.predictive_quantities import quantities
from model.given_line.rows import LagLaw, observed_rows, replicate_rows
from model.inputs import make_inputs
from model.posterior import dataset, draw_prior
from model.replicate import replicate, with_rows
from priors.scenario import load_scenario

LAW = LagLaw("public+sovereign", "growing")
TRUTH = {
    "trend_level": 22.5,
    "trend_slope": 0.6,
    "trend_noise": 0.3,
    "trend_grade_factor": 0.3,
    "trend_drift": 0.0,
    "law_pivot_parameters": 11.75,
    "law_exponent_mean": 0.5,
    "law_size_spread": 0.06,
    "law_exponent_spread": 0.03,
    "law_correlation": 0.3,
    "mfu_median": -0.5,
    "mfu_fp8": -0.5,
    "mfu_moe": -0.3,
    "mfu_hpc": -0.8,
    "mfu_devices": -0.15,
    "mfu_system_spread": 0.4,
    "mfu_run_spread": 0.1,
    "campaign_counting": -0.1,
    "campaign_counting_spread": 0.1,
    "campaign_goodput": 3.0,
    "campaign_goodput_devices": 1.0,
    "campaign_goodput_moe": 0.0,
    "campaign_goodput_spread": 0.5,
    "record_excess": 0.5,
    "record_spread": 0.3,
    "record_persistence": 0.0,
    "lag_level": 3.0,
    "lag_growth": 0.2,
    "lag_programme_spread": 0.3,
    "lag_run_spread": 0.5,
    "length_level": 1.8,
    "length_growth": 0.1,
    "length_spread": 0.2,
}


@pytest.fixture(scope="module")
def world(evidence, priors):
    """A design, draws that all are the truth, and rows that it produced."""
    inputs = make_inputs(load_scenario("updated"), evidence, priors)
    shape = (2, 500)
    draws = dataset(draw_prior("drifting", inputs, shape, rng=np.random.default_rng(0)), inputs)
    for name, value in TRUTH.items():
        draws[name] = draws[name] * 0 + value
    draws["trend_steps"] = draws["trend_steps"] * 0
    first, rng = draws.isel(draw=slice(0, 1)), np.random.default_rng(12)
    rows = replicate(first, inputs, rng).isel(chain=0, draw=0)
    beside = {name: one[0, 0] for name, one in replicate_rows(first, inputs, LAW, rng).items()}
    return draws, with_rows_beside(with_rows(inputs, rows), beside)


def with_rows_beside(inputs, rows):
    """Rows of record, flagships and lengths in place of the observed ones."""
    flagships = replace(inputs.flagships[LAW.funding], log10_flop=rows["flagship_rows"])
    return replace(
        inputs,
        records=replace(inputs.records, log10_flop=rows["record_rows"]),
        flagships={**inputs.flagships, LAW.funding: flagships},
        lengths=replace(inputs.lengths, log10_days=rows["length_rows"]),
    )


def beside(name, change):
    """The same, of one of record, flagships and lengths."""

    def changed(inputs):
        rows = observed_rows(inputs, LAW)
        return with_rows_beside(inputs, {**rows, name: change(rows[name])})

    return changed


def late_jump(rows):
    """The order of records is that of years."""
    return rows + np.where(np.arange(len(rows)) < len(rows) // 2, -0.8, 0.8)


def standing_still(rows):
    return np.full_like(rows, rows.mean())


def checked(draws, inputs, kind="posterior"):
    found = predictive_checks(draws, inputs, kind, np.random.default_rng(1), LAW)
    return found, {(row["likelihood"], row["quantity"]): row for row in found["rows"]}


def test_rows_of_the_model_itself_are_as_expected(world):
    found, rows = checked(*world)
    assert {row["verdict"] for row in rows.values()} <= {"as expected", "unusual"}
    assert found["checks"][0]["passed"]
    assert {likelihood for likelihood, _ in rows} == {
        *("trend_runs", "law_studies", "law_sizes", "mfu_rows", "campaign_rows"),
        *("goodput_rows", "record_rows", "flagship_rows", "length_rows"),
    }


def bent(inputs):
    t = inputs.trend_years - inputs.trend_years.mean()
    return replace(inputs, trend_log10_flop=inputs.trend_log10_flop + 0.03 * (t**2 - t.var()))


def stepped(inputs):
    late = inputs.trend_years > np.median(inputs.trend_years)
    return replace(inputs, trend_log10_flop=inputs.trend_log10_flop + 0.4 * late)


def correlated(inputs):
    """Neighbours in time are off together, as rows of one maker might be."""
    order = np.argsort(inputs.trend_years, kind="stable")
    rows = inputs.trend_log10_flop.copy()
    rows[order] += 0.4 * np.sign(np.sin(np.arange(len(order)) / 3))
    return replace(inputs, trend_log10_flop=rows)


def with_outlier(inputs):
    rows = inputs.trend_log10_flop.copy()
    rows[40] += 3
    return replace(inputs, trend_log10_flop=rows)


def scattered(name, factor):
    def change(inputs):
        rows = getattr(inputs, name)
        return replace(inputs, **{name: rows.mean() + factor * (rows - rows.mean())})

    return change


def shifted(name, by):
    return lambda inputs: replace(inputs, **{name: getattr(inputs, name) + by})


def of_studies(change):
    """The same, of the scaling studies."""
    return lambda inputs: replace(inputs, studies=change(inputs.studies))


def of_campaigns(change):
    return lambda inputs: replace(inputs, campaigns=change(inputs.campaigns))


def goodput_of_none(campaigns):
    """Half of the time is lost everywhere, and no bound is kept."""
    values = np.where(np.isfinite(campaigns.bounds), -1.0, -2.0)
    return replace(campaigns, goodput=values)


def like_nothing(name, value):
    def change(inputs):
        rows = getattr(inputs, name).copy()
        rows[0] = value
        return replace(inputs, **{name: rows})

    return change


@pytest.mark.parametrize(
    ("change", "likelihood", "quantity"),
    [
        (shifted("trend_log10_flop", 0.3), "trend_runs", "mean"),
        (scattered("trend_log10_flop", 1.4), "trend_runs", "sd"),
        (stepped, "trend_runs", "late_minus_early"),
        (bent, "trend_runs", "curvature"),
        (with_outlier, "trend_runs", "largest"),
        (correlated, "trend_runs", "lag_one"),
        (of_studies(shifted("exponents", 0.2)), "law_studies", "mean"),
        (of_studies(scattered("exponents", 5.0)), "law_studies", "sd"),
        (of_studies(scattered("exponents", 12.0)), "law_studies", "chi_squared"),
        (of_studies(shifted("sizes", 3.0)), "law_sizes", "mean"),
        (of_studies(scattered("sizes", 12.0)), "law_sizes", "sd"),
        (shifted("mfu_logit", 0.4), "mfu_rows", "mean"),
        (scattered("mfu_logit", 2.0), "mfu_rows", "sd"),
        (scattered("mfu_logit", 2.0), "mfu_rows", "between_systems"),
        (like_nothing("mfu_logit", -5.0), "mfu_rows", "smallest"),
        (like_nothing("mfu_logit", 3.0), "mfu_rows", "largest"),
        (of_campaigns(shifted("log_ratios", -1.0)), "campaign_rows", "mean"),
        (of_campaigns(scattered("log_ratios", 9.0)), "campaign_rows", "sd"),
        (of_campaigns(like_nothing("log_ratios", -3.0)), "campaign_rows", "smallest"),
        (of_campaigns(goodput_of_none), "goodput_rows", "mean"),
        (of_campaigns(goodput_of_none), "goodput_rows", "smallest"),
        (beside("record_rows", lambda rows: rows + 1.0), "record_rows", "mean"),
        (beside("record_rows", late_jump), "record_rows", "late_minus_early"),
        (beside("record_rows", standing_still), "record_rows", "rises"),
        (beside("record_rows", lambda rows: rows + 4 * (rows > rows[-2])), "record_rows", "sd"),
        (
            beside("record_rows", lambda rows: rows + 4 * (rows > rows[-2])),
            "record_rows",
            "largest_rise",
        ),
        (beside("flagship_rows", lambda rows: rows + 2.0), "flagship_rows", "mean"),
        (beside("flagship_rows", lambda rows: 3 * (rows - 23) + 23), "flagship_rows", "sd"),
        (beside("length_rows", lambda rows: rows + 0.5), "length_rows", "mean"),
        (beside("length_rows", lambda rows: 3 * (rows - 1.8) + 1.8), "length_rows", "sd"),
    ],
)
def test_evidence_unlike_the_model_is_seen(world, change, likelihood, quantity):
    draws, inputs = world
    found, rows = checked(draws, change(inputs))
    assert rows[likelihood, quantity]["verdict"] == "the model does not produce it"
    assert not found["checks"][0]["passed"]
    assert found["checks"][0]["value"] == min(row["tail"] for row in rows.values())
    _, prior = checked(draws, change(inputs), kind="prior")
    assert prior[likelihood, quantity]["verdict"] == "the prior rules it out"


def test_bounds_that_none_keeps_are_seen(world):
    """Where the draws have a goodput of 99.7 %."""
    draws, inputs = world
    sure = draws.assign(campaign_goodput=draws["campaign_goodput"] * 0 + 6.0)
    _, rows = checked(sure, of_campaigns(goodput_of_none)(inputs))
    kept = rows["goodput_rows", "kept"]
    assert (kept["observed"], kept["verdict"]) == (0.0, "the model does not produce it")


def test_a_prior_check_has_no_verdict_of_its_own(world):
    """A prior that the evidence contradicts is said; it does not close the gate."""
    assert checked(*world, kind="prior")[0]["checks"] == []


def test_p_is_the_share_above_with_ties_half(world):
    """A goodput that keeps every bound in every replication."""
    draws, inputs = world
    sure = draws.assign(campaign_goodput=draws["campaign_goodput"] * 0 + 60.0)
    bounded = np.isfinite(inputs.campaigns.bounds)

    def kept(goodput):
        changed = replace(inputs, campaigns=replace(inputs.campaigns, goodput=goodput))
        return checked(sure, changed)[1]["goodput_rows", "kept"]

    all_kept = np.where(bounded, 1.0, inputs.campaigns.goodput)
    assert kept(all_kept)["p"] == 0.5
    all_kept[np.flatnonzero(bounded)[0]] = -1.0
    assert kept(all_kept)["p"] == 1.0


def test_no_rows_no_quantities(world, evidence, priors):
    inputs = make_inputs(load_scenario("roadmap-point"), evidence, priors)
    found, rows = checked(world[0], inputs)
    assert rows == {}
    assert found["checks"][0]["passed"]
    assert found["checks"][0]["value"] is None


# -------------------------------------------------------------------------------- the quantities


def line(years):
    return 22.0 + 0.5 * (years - 2020)


@pytest.fixture(scope="module")
def by_name(world):
    _, inputs = world
    path = line(inputs.trend_years)

    def of(likelihood, name, rows):
        (found,) = (q for q in quantities(inputs, line, LAW)[likelihood] if q.name == name)
        return found.of(np.asarray(rows))

    return inputs, path, of


def test_deviations_are_from_the_path(by_name):
    _, path, of = by_name
    assert of("trend_runs", "sd", path) == 0
    assert of("trend_runs", "largest", path + 0.2) == pytest.approx(0.2)


def test_curvature_is_the_quadratic_coefficient(by_name):
    inputs, path, of = by_name
    t = inputs.trend_years - 2018
    assert of("trend_runs", "curvature", path + 1 + 0.3 * t + 0.07 * t**2) == pytest.approx(0.07)


def test_late_less_early_and_neighbours_go_by_date(by_name):
    inputs, path, of = by_name
    order = np.argsort(inputs.trend_years, kind="stable")
    rows = path.copy()
    rows[order[len(order) // 2 :]] += 0.6
    assert of("trend_runs", "late_minus_early", rows) == pytest.approx(0.6)
    sign = np.empty(len(order))
    sign[order] = (-1.0) ** np.arange(len(order))
    assert of("trend_runs", "lag_one", path + sign) == pytest.approx(-1, abs=0.03)
    assert of("trend_runs", "lag_one", rows) == pytest.approx(1, abs=0.03)


def test_chi_squared_is_about_the_weighted_mean(by_name):
    inputs, _, of = by_name
    weight = inputs.studies.exponent_sd**-2
    rows = inputs.studies.exponents
    mean = np.average(rows, weights=weight)
    assert of("law_studies", "chi_squared", rows) == pytest.approx(
        (((rows - mean) / inputs.studies.exponent_sd) ** 2).sum()
    )


def test_between_systems_sees_means_only(by_name):
    inputs, _, of = by_name
    systems = np.arange(inputs.mfu_membership.shape[1], dtype=float)
    rows = inputs.mfu_membership @ systems
    assert of("mfu_rows", "between_systems", rows) == pytest.approx(systems.std(ddof=1))


def test_quantities_take_many_replications(by_name):
    """The last axis is that of the rows, and each replication is treated as it would be alone."""
    inputs, path, _ = by_name
    rng = np.random.default_rng(0)
    sizes = {
        "trend_runs": len(path),
        "law_studies": len(inputs.studies.exponents),
        "law_sizes": len(inputs.studies.sizes),
        "mfu_rows": len(inputs.mfu_logit),
        "campaign_rows": len(inputs.campaigns.log_ratios),
        "goodput_rows": len(inputs.campaigns.goodput),
        **{name: len(rows) for name, rows in observed_rows(inputs, LAW).items()},
    }
    for likelihood, checked_quantities in quantities(inputs, line, LAW).items():
        rows = rng.uniform(size=(2, 3, sizes[likelihood]))
        for quantity in checked_quantities:
            together = quantity.of(rows)
            assert together.shape == (2, 3)
            assert quantity.of(rows[1, 2]) == pytest.approx(together[1, 2])


def test_rises_of_the_record_are_counted_by_year(by_name):
    inputs, _, of = by_name
    rows = np.array([22.0, 22.0, 22.5, 22.4, 24.0, *[24.0] * (len(inputs.records.years) - 5)])
    assert of("record_rows", "rises", rows) == 2
    assert of("record_rows", "largest_rise", rows) == pytest.approx(1.6)


def test_thinning_keeps_all_chains(world):
    draws, _ = world
    thinned = thin(draws, 100)
    assert (thinned.sizes["chain"], thinned.sizes["draw"]) == (2, 50)
    assert int(thinned["draw"][1]) == 10
    assert thin(draws, 10**6).sizes == draws.sizes
