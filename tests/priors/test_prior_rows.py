"""The rows of priors.toml say what their sources say, and achieve what they state."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.special import logit

from priors.double_counting import systems_behind
from priors.errors import PriorError
from priors.evidence import load_evidence
from priors.parameters import CONSTANTS, PARAMETERS, READ_OFF
from priors.prior_rows import Prior, load_priors, parse_prior
from priors.units import FLOP_PER_PARAMETER_TOKEN

SETS = load_priors(load_evidence().sources).sets
ROWS = {f"{name}.{key}": row for name, rows in SETS.items() for key, row in rows.items()}
UNCERTAIN = {key: row for key, row in ROWS.items() if row.family != "fixed"}
BY_QUANTILES = {key: row for key, row in ROWS.items() if row.quantiles is not None}


def quantile(key: str, probability: float) -> float:
    """Return a quantile of a row in its natural unit."""
    return ROWS[key].to_natural(ROWS[key].standardised().quantile(probability))


def test_the_sets_are_complete():
    assert set(SETS) == {"point", "roadmap", "updated"}
    constants = {name for name, one in CONSTANTS.items() if one.block in {"lag", "length"}}
    read_off = {*READ_OFF, *constants}
    every = PARAMETERS.keys() | CONSTANTS.keys()
    for name, rows in SETS.items():
        assert rows.keys() == (every | read_off if name == "updated" else every - read_off), name


@pytest.mark.parametrize(
    "block", ["trend", "law", "efficiency", "campaign", "record", "lag", "length"]
)
def test_a_block_holds_its_parameters_and_constants(priors, block):
    rows = priors.block("updated", block)
    assert rows == {
        name: SETS["updated"][name]
        for name, item in {**PARAMETERS, **READ_OFF, **CONSTANTS}.items()
        if item.block == block
    }


def test_the_blocks_are_all_of_a_set(priors):
    blocks = [priors.block("roadmap", b) for b in ("trend", "law", "efficiency", "campaign")]
    assert sum(len(block) for block in blocks) == len(SETS["roadmap"])


def test_no_parameter_is_a_constant():
    assert not PARAMETERS.keys() & CONSTANTS.keys()


def test_an_unknown_set_lists_the_known_ones(priors):
    with pytest.raises(PriorError, match="found set 'weak'; expected one of point, roadmap, upda"):
        priors.block("weak", "trend")


def test_the_point_set_has_no_uncertainty():
    assert not [key for key in UNCERTAIN if key.startswith("point.")]
    assert UNCERTAIN


@pytest.mark.parametrize("key", BY_QUANTILES)
def test_stated_quantiles_are_achieved(key):
    prior = ROWS[key]
    for probability, value in prior.quantiles.items():
        assert quantile(key, probability) == pytest.approx(value, abs=1e-9)
    if prior.transform == "logit":
        standardised = prior.standardised()
        masses = stats.norm.cdf(
            logit(list(prior.quantiles.values())), standardised.loc, standardised.scale
        )
        assert masses == pytest.approx(list(prior.quantiles), abs=1e-9)


@pytest.mark.parametrize("key", UNCERTAIN)
def test_a_prior_is_proper_and_within_its_support(key):
    prior = ROWS[key]
    standardised = prior.standardised()
    assert standardised.family == prior.family
    assert 0 < standardised.scale < math.inf
    low, high = prior.support
    assert low <= quantile(key, 1e-4) < quantile(key, 0.5) < quantile(key, 1 - 1e-4) <= high


@pytest.mark.parametrize("key", [key for key in ROWS if key not in UNCERTAIN])
def test_a_fixed_value_is_itself_and_within_its_support(key):
    prior = ROWS[key]
    assert prior.standardised().scale == 0
    assert quantile(key, 0.3) == pytest.approx(prior.value, rel=1e-9)
    assert prior.support[0] <= prior.value <= prior.support[1]


def test_stored_quantiles_are_achieved():
    for key, prior in ROWS.items():
        for probability, value in prior.achieved.items():
            assert quantile(key, probability) == pytest.approx(value, rel=5e-3, abs=5e-4), key


@pytest.mark.parametrize("key", ROWS)
def test_a_published_interval_names_systems_that_exist(key, evidence):
    for table in ROWS[key].computed_from:
        assert systems_behind(table, evidence), table


# ------------------------------------------------------------------------ what the sources say


def test_the_roadmaps_mfu_is_16_to_40_per_cent():
    assert quantile("roadmap.mfu_median", 0.05) == pytest.approx(0.16, abs=1e-12)
    assert quantile("roadmap.mfu_median", 0.95) == pytest.approx(0.40, abs=1e-12)


def test_the_roadmaps_slope_is_the_published_doubling_time(evidence):
    months = 30 / 365.25
    published = {s.id: s for s in evidence.trend_studies}["sevilla-2022-large-scale"]
    assert published.doubling_months == 9.9
    median = quantile("roadmap.trend_slope", 0.5)
    assert median == pytest.approx(math.log10(2) / (9.9 * months), rel=0.01)
    assert median == pytest.approx(published.slope, rel=0.01)


def test_the_roadmaps_slope_is_as_uncertain_as_published(evidence):
    months = 30 / 365.25
    low, high = math.log10(2) / (17.1 * months), math.log10(2) / (7.7 * months)
    width = quantile("roadmap.trend_slope", 0.975) - quantile("roadmap.trend_slope", 0.025)
    assert width == pytest.approx(high - low, rel=0.01)


def test_the_roadmaps_level_is_the_mean_of_the_large_scale_systems(evidence):
    years = np.array([run.year for run in evidence.sevilla_large_scale])
    levels = np.log10([run.training_flop for run in evidence.sevilla_large_scale])
    fit = stats.linregress(years, levels)
    residuals = levels - fit.intercept - fit.slope * years
    error = math.sqrt((residuals**2).sum() / (len(years) - 2) / len(years))
    prior = ROWS["roadmap.trend_level"].standardised()
    assert ROWS["roadmap.trend_pivot"].value == pytest.approx(years.mean(), abs=1e-3)
    assert prior.loc == pytest.approx(levels.mean(), abs=5e-4)
    assert prior.scale == pytest.approx(error, abs=5e-4)


def test_the_point_is_that_of_the_roadmap():
    assert quantile("point.trend_level", 0.5) == pytest.approx(3e26, rel=1e-12)
    assert quantile("point.mfu_median", 0.5) == pytest.approx(0.40, rel=1e-12)
    assert ROWS["point.trend_pivot"].value == 2030


def test_the_points_slope_joins_the_roadmaps_two_readings():
    assert ROWS["point.trend_slope"].value == pytest.approx(math.log10(3e26 / 9e25) / 2, rel=1e-12)


def test_the_points_law_is_that_of_the_roadmap():
    pivot = ROWS["point.law_pivot_flop"].value
    assert ROWS["point.law_pivot_parameters"].value == pytest.approx(9e-2 * pivot**0.5, rel=1e-12)
    exponent = ROWS["point.law_exponent_mean"].value
    optimum = quantile("point.law_pivot_parameters", 0.5) * (3e26 / pivot) ** exponent
    assert optimum == pytest.approx(1.56e12, rel=0.01)
    tokens = 3e26 / (FLOP_PER_PARAMETER_TOKEN * optimum)
    assert tokens / optimum == pytest.approx(20.6, rel=0.01)


def test_the_published_laws_agree_at_the_pivot(evidence):
    """Tables 3 and A3 of Hoffmann et al. put the optimum inside the roadmap's 95 % interval."""
    pivot = ROWS["roadmap.law_pivot_flop"].value
    low = quantile("roadmap.law_pivot_parameters", 0.025)
    high = quantile("roadmap.law_pivot_parameters", 0.975)
    near = [
        line.parameters * (pivot / line.training_flop) ** 0.5
        for line in evidence.scaling_projections
        if line.source == "hoffmann-2022" and 0.5 < line.training_flop / pivot < 2
    ]
    assert len(near) >= 3
    assert all(low < parameters < high for parameters in near)


# ---------------------------------------------------------------------------- parsing a row


RECORD = {
    "family": "fixed",
    "value": 0.4,
    "transform": "logit",
    "unit": "logit",
    "rationale": "As an example.",
    "sources": ["roadmap-2024"],
}


def test_any_parameter_may_be_fixed(evidence):
    prior = parse_prior("mfu_median", RECORD, "here", evidence.sources)
    assert prior.standardised().scale == 0
    assert prior.to_natural(prior.standardised().loc) == pytest.approx(0.4)


@pytest.mark.parametrize("stored", [0.2627, 0.263, 0.2621])
def test_achieved_quantiles_may_be_rounded(stored):
    assert Prior.model_validate(with_achieved(stored)).achieved == {0.5: stored}


@pytest.mark.parametrize("stored", [0.26, 0.267, 0.0, 26.27])
def test_achieved_quantiles_must_be_achieved(stored):
    with pytest.raises(ValueError, match=r"achieved 0.5 = 0.2627, not"):
        Prior.model_validate(with_achieved(stored))


def with_achieved(stored: float) -> dict[str, object]:
    """Return a row that states 16 and 40 %, and stores a median."""
    return {
        **{key: value for key, value in RECORD.items() if key != "value"},
        "family": "normal",
        "quantiles": {"0.05": 0.16, "0.95": 0.40},
        "achieved": {"0.5": stored},
    }


def test_the_digest_changes_with_the_file(evidence, priors, tmp_path):
    text = '[point.trend_pivot]\nfamily = "fixed"\nvalue = 2030.0\nunit = "decimal year"\n'
    text += 'rationale = "The year of the roadmap."\nsources = ["roadmap-2024"]\n'
    digests = {priors.digest}
    for content in (text, text.replace("2030.0", "2031.0")):
        path = tmp_path / "priors.toml"
        path.write_text(content, encoding="utf-8")
        digests.add(load_priors(evidence.sources, path).digest)
    assert len(digests) == 3


# ------------------------------------------------------------------------------- changed beliefs

REASON = "A belief of this test alone."


def test_a_changed_belief_takes_the_place_of_the_row(priors):
    changed = priors.override(
        {"updated.trend_slope": {"loc": 0.3, "scale": 0.1, "rationale": REASON}}
    )
    row = changed.sets["updated"]["trend_slope"]
    assert (row.standardised().loc, row.standardised().scale) == (0.3, 0.1)
    assert row.rationale == REASON
    assert changed.sets["roadmap"] == priors.sets["roadmap"]
    assert priors.sets["updated"]["trend_slope"].rationale != REASON


def test_quantiles_take_the_place_of_parameters(priors):
    change = {"quantiles": {0.05: 0.1, 0.95: 0.5}, "rationale": REASON}
    row = priors.override({"updated.trend_slope": change}).sets["updated"]["trend_slope"]
    assert row.standardised().quantile(0.5) == pytest.approx(0.3)
    assert row.loc is None


def test_the_digest_follows_a_change(priors):
    one, other = (
        priors.override({"updated.trend_slope": {"scale": s, "loc": 0.3, "rationale": REASON}})
        for s in (0.1, 0.2)
    )
    assert len({priors.digest, one.digest, other.digest}) == 3


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("updated.trend_slope", {"loc": 0.3, "scale": 0.1}, "rationale: found nothing"),
        ("nowhere.trend_slope", {"rationale": REASON}, "set 'nowhere'"),
        ("updated.slope", {"loc": 0.3, "rationale": REASON}, "'slope'"),
        ("updated.trend_slope", {"scale": -0.1, "rationale": REASON}, "greater than 0"),
        ("updated.trend_slope", {"width": 1.0, "rationale": REASON}, "width"),
        ("updated.mfu_median", {"unit": "%", "rationale": REASON}, "unit"),
    ],
)
def test_a_bad_change_is_refused(priors, key, change, said):
    with pytest.raises(PriorError, match=said):
        priors.override({key: change})
