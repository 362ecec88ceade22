"""A scenario is the baseline with a short list of reasoned changes."""

import shutil
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from model.inputs import make_inputs
from priors.errors import ScenarioError
from priors.parameters import PARAMETERS
from priors.scenario import (
    BASELINE,
    SCENARIOS,
    Scenario,
    baseline_digest,
    builtin_scenarios,
    load_scenario,
)

#: Every key a scenario may change, with a value that is not the baseline's.
OTHER = {
    "as_of": date(2024, 3, 8),
    "trend.form": "linear",
    "trend.priors": "roadmap",
    "trend.selection": "record",
    "trend.since": 2012.0,
    "trend.stacking": {
        "since": 2015,
        "horizons": [2, 5],
        "window_years": 3.0,
        "fewest_runs": 6,
        "fewest_entrants": 4,
        "origins_per_block": 2,
    },
    "trend.first_knot": 2012,
    "trend.last_knot": 2040,
    "law.priors": "roadmap",
    "law.studies": "none",
    "law.datum": "exponent",
    "efficiency.priors": "roadmap",
    "efficiency.data": "none",
    "efficiency.precisions": ["BF16"],
    "campaign.priors": "roadmap",
    "campaign.data": "included",
    "levers.targets": ["frontier"],
    "record.priors": "other",
    "record.data": "none",
    "record.since": 2019,
    "lag.priors": "other",
    "lag.data": "none",
    "length.priors": "other",
    "length.data": "none",
    "length.since": 2018.0,
    "workload.parameters": 1e12,
    "workload.coefficient": 0.1,
    "workload.exponent": 0.49,
    "levers.years": [2028.0],
    "levers.days": [60.0],
    "levers.run_length": "frontier",
    "levers.walls": "truncate",
    "levers.wall_spread": 0.3,
    "levers.lag_years": 1.0,
    "levers.national_funding": "public",
    "levers.national_lag": "constant",
    "levers.tokens_ratio": 2.0,
    "levers.precisions": ["FP8"],
    "levers.devices": 20000,
    "levers.device": {"name": "H100", "tflops": {"BF16": 989.0, "FP8": 1979.0}, "kilowatts": 1.3},
    "levers.device_range": [1e3, 1e5],
    "levers.moe": True,
    "levers.open_hpc_stack": True,
    "levers.uptime": 0.9,
    "levers.goodput": 0.9,
    "levers.scale_penalty": "none",
    "levers.fp8_gain": 1.2,
}


def content(scenario: Scenario) -> dict[str, object]:
    """Return what a scenario says, its name and title left out."""
    return scenario.model_dump(exclude={"name", "title"})


def value(scenario: Scenario, key: str) -> object:
    """Return what a scenario has under a dotted key."""
    at: object = scenario.model_dump(mode="json")
    for part in key.split("."):
        at = at[part]
    return at


def raw(name: str) -> dict[str, object]:
    """Return the TOML document of a built-in scenario."""
    return tomllib.loads((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load_scenario(BASELINE)


# --------------------------------------------------------------------------- built-in scenarios


def test_the_built_in_scenarios():
    assert set(builtin_scenarios()) >= {"roadmap-point", "roadmap", "updated"}
    assert BASELINE not in builtin_scenarios()


@pytest.mark.parametrize("name", [BASELINE, *builtin_scenarios()])
def test_a_built_in_scenario_loads_and_can_be_answered(name, evidence, priors):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert make_inputs(scenario, evidence, priors)


@pytest.mark.parametrize("name", builtin_scenarios())
def test_every_change_has_its_reason(name):
    for change in load_scenario(name).changes:
        assert len(change.reason.split()) >= 2, change.key
        assert change.reason.endswith("."), change.key


@pytest.mark.parametrize("name", builtin_scenarios())
def test_every_change_is_made_and_changes_something(name, baseline):
    scenario = load_scenario(name)
    document = scenario.model_dump(mode="json")
    assert len(document["changes"]) == len(raw(name).get("change", []))
    for change in document["changes"]:
        assert value(scenario, change["key"]) == change["value"]
        assert value(baseline, change["key"]) != change["value"]


@pytest.mark.parametrize("name", builtin_scenarios())
def test_what_is_not_changed_is_the_baselines(name, baseline):
    scenario = load_scenario(name)
    changed = {change.key for change in scenario.changes}
    for key in OTHER.keys() - changed:
        assert value(scenario, key) == value(baseline, key), key


@pytest.mark.parametrize("name", builtin_scenarios())
def test_a_scenario_was_written_against_the_present_baseline(name):
    assert raw(name)["baseline"] == baseline_digest()


def test_titles_and_contents_are_distinct():
    scenarios = [load_scenario(name) for name in builtin_scenarios()]
    assert len({scenario.title for scenario in scenarios}) == len(scenarios)
    assert len({scenario.digest for scenario in scenarios}) == len(scenarios)


def test_updated_is_the_baseline(baseline):
    updated = load_scenario("updated")
    assert content(updated) == content(baseline)
    assert updated.digest == baseline.digest
    assert updated.name != baseline.name


def test_the_baseline_states_every_key_but_the_day():
    sections = {key: part for key, part in raw(BASELINE).items() if isinstance(part, dict)}
    keys = {f"{section}.{name}" for section, part in sections.items() for name in part}
    assert keys | {"as_of", "levers.lag_years", "levers.fp8_gain"} == OTHER.keys()


# ----------------------------------------------------------------------------- a scenario's file


@pytest.mark.parametrize("name", builtin_scenarios())
def test_a_scenario_given_by_path_is_the_same(name, tmp_path):
    shutil.copy(SCENARIOS / f"{name}.toml", tmp_path)
    assert load_scenario(str(tmp_path / f"{name}.toml")) == load_scenario(name)
    assert load_scenario(str(SCENARIOS / f"{name}.toml")) == load_scenario(name)


def write(folder, text: str, name: str = "mine.toml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


CHANGE = '[[change]]\nkey = "levers.days"\nvalue = [20.0]\nreason = "A short campaign."\n'


def test_a_users_file_is_called_by_its_own_name(tmp_path, baseline):
    mine = load_scenario(write(tmp_path, CHANGE))
    assert (mine.name, mine.title) == ("mine", "mine")
    assert mine.levers.days == (20.0,)
    assert mine.changes[0].reason == "A short campaign."
    assert content(mine) != content(baseline)


def test_a_users_baseline_is_not_the_built_in_one(tmp_path):
    assert load_scenario(write(tmp_path, CHANGE, "baseline.toml")).levers.days == (20.0,)


def test_a_title_alone_is_the_baseline(tmp_path, baseline):
    found = content(load_scenario(write(tmp_path, 'title = "Nothing else"\n')))
    assert {**found, "title": None} == {**content(baseline), "title": None}


def test_a_file_may_change_a_prior(tmp_path, evidence, priors):
    line = (
        '[[change]]\nkey = "prior.trend_noise"\nreason = "What if runs scatter less?"\n'
        'value = { family = "half-normal", scale = 0.1, unit = "dex", support = [0.0, inf], '
        'rationale = "As an example.", sources = ["judgement-2026"] }\n'
    )
    scenario = load_scenario(write(tmp_path, line))
    assert scenario.prior["trend_noise"]["scale"] == 0.1
    assert make_inputs(scenario, evidence, priors).priors["trend_noise"].scale == 0.1
    later = scenario.override({"levers.days": [20.0]})
    assert later.prior == scenario.prior
    assert make_inputs(later, evidence, priors).priors["trend_noise"].scale == 0.1


# ------------------------------------------------------------------------------------- override


@pytest.fixture
def undemanding(baseline):
    """The baseline with a target that takes neither record nor lag: each key alone may change."""
    return baseline.override({"levers.targets": ["model-size"]})


@pytest.mark.parametrize(("part", "target"), [("record", "record"), ("lag", "national")])
def test_a_target_of_which_nothing_is_known_is_refused(part, target, baseline):
    silent = {f"{part}.data": "none"}
    assert baseline.override({**silent, "levers.targets": ["frontier"]})
    with pytest.raises(ScenarioError, match=f"without {target}.*{part}.data is none"):
        baseline.override({**silent, "levers.targets": ["frontier", target]})


@pytest.mark.parametrize("key", OTHER)
def test_override_sets_one_key_in_a_copy(key, undemanding):
    baseline = undemanding
    before = baseline.model_dump_json()
    changed = baseline.override({key: OTHER[key]})
    assert baseline.model_dump_json() == before
    assert {other for other in OTHER if value(changed, other) != value(baseline, other)} == {key}
    shown = OTHER[key].isoformat() if key == "as_of" else OTHER[key]
    assert value(changed, key) == shown


def test_override_sets_several_keys(baseline):
    changed = baseline.override({"levers.days": [20.0], "levers.years": [2028.0]})
    assert (changed.levers.days, changed.levers.years) == ((20.0,), (2028.0,))
    assert changed.levers.devices == baseline.levers.devices


@pytest.mark.parametrize("name", builtin_scenarios())
def test_override_of_nothing_is_equal(name):
    scenario = load_scenario(name)
    assert scenario.override({}) == scenario
    assert scenario.override({}).digest == scenario.digest


def test_override_keeps_the_reasons():
    roadmap = load_scenario("roadmap")
    assert roadmap.override({"levers.days": [20.0]}).changes == roadmap.changes


@given(days=st.lists(st.floats(1, 1000), min_size=1, max_size=5, unique=True))
def test_override_keeps_the_numbers_exactly(baseline, days):
    changed = baseline.override({"levers.days": days})
    assert changed.levers.days == tuple(days)
    assert (changed.digest == baseline.digest) == (tuple(days) == baseline.levers.days)


def test_override_adds_a_prior(baseline):
    record = {"family": "fixed", "value": 0.4, "transform": "logit", "unit": "logit"}
    changed = baseline.override({"prior.mfu_median": record})
    assert changed.prior == {"mfu_median": record}
    assert baseline.prior == {}
    both = changed.override({"prior.mfu_fp8": record})
    assert set(both.prior) == {"mfu_median", "mfu_fp8"} <= PARAMETERS.keys()
    assert set(changed.prior) == {"mfu_median"}


@pytest.mark.parametrize(
    "key",
    [
        *("levers.gpus", "lever.days", "days", "levers", "levers.", "levers.days.0", ""),
        *("name", "title", "changes", "as_of.day", "Levers.days"),
    ],
)
def test_override_refuses_an_unknown_key(key, baseline):
    with pytest.raises(ScenarioError) as caught:
        baseline.override({key: 1})
    assert caught.value.found == f"key {key!r}"
    assert "levers.days" in caught.value.expected


@pytest.mark.parametrize(
    ("key", "bad"),
    [
        *(("levers.days", []), ("levers.days", [0.0]), ("levers.days", [float("inf")])),
        *(("levers.devices", 0), ("levers.devices", 1.5), ("levers.moe", "maybe")),
        *(("levers.uptime", 0.0), ("levers.uptime", 1.01), ("levers.lag_years", -1.0)),
        *(("levers.tokens_ratio", 0.0), ("levers.precisions", []), ("levers.years", [])),
        *(
            ("levers.targets", ["llm"]),
            ("levers.targets", ["lag"]),
            ("workload.parameters", -1.0),
            ("workload.exponent", 1.5),
        ),
        *(("trend.form", "logistic"), ("law.studies", "some"), ("campaign.data", "none")),
        *(("prior.mfu_median", 0.4), ("prior.mfu", {}), ("as_of", "soon")),
    ],
)
def test_override_refuses_a_value_that_breaks_the_schema(key, bad, baseline):
    with pytest.raises(ScenarioError):
        baseline.override({key: bad})


def test_a_scenario_cannot_be_changed_in_place(baseline):
    with pytest.raises(ValidationError):
        baseline.levers.days = (1.0,)
    with pytest.raises(ValidationError):
        baseline.levers = None


# ------------------------------------------------------------------------------------- digest


def test_every_key_changes_the_digest(undemanding):
    baseline = undemanding
    digests = {baseline.digest}
    digests |= {baseline.override({key: other}).digest for key, other in OTHER.items()}
    assert len(digests) == 1 + len(OTHER)


def test_a_change_undone_has_the_digest_it_had(baseline):
    there = baseline.override({"levers.days": [20.0]})
    assert there.override({"levers.days": list(baseline.levers.days)}).digest == baseline.digest


def test_name_and_title_do_not_change_the_digest(tmp_path):
    first = load_scenario(write(tmp_path, CHANGE, "first.toml"))
    second = load_scenario(write(tmp_path, f'title = "Second"\n{CHANGE}', "second.toml"))
    assert first.digest == second.digest


def test_a_reason_changes_the_digest(tmp_path):
    first = load_scenario(write(tmp_path, CHANGE, "first.toml"))
    second = load_scenario(write(tmp_path, CHANGE.replace("short", "swift"), "second.toml"))
    assert first.digest != second.digest


# ------------------------------------------------------------- what a drifting trend can answer


def of_lag(years, lag):
    return {"levers.targets": ["lag"], "levers.years": years, "levers.lag_years": lag}


@pytest.mark.parametrize(
    ("years", "lag"), [([2010.0], 0.0), ([2046.0], 0.0), ([2050.0], 4.0), ([2011.0, 2030.0], 1.0)]
)
def test_years_up_to_one_beyond_the_knots_can_be_asked(years, lag, baseline):
    assert baseline.override(of_lag(years, lag))


@pytest.mark.parametrize(
    ("years", "lag"), [([2009.9], 0.0), ([2046.1], 0.0), ([2050.0], 3.9), ([2011.0, 2030.0], 1.1)]
)
def test_years_further_from_the_knots_cannot(years, lag, baseline):
    with pytest.raises(ScenarioError, match="between 2010 and 2046"):
        baseline.override(of_lag(years, lag))


def test_a_lag_adds_its_target_and_moves_no_other(baseline):
    behind = baseline.override({"levers.lag_years": 2.0}).levers
    assert behind.asked == (*baseline.levers.asked, "lag")
    assert behind.targets == baseline.levers.targets
    assert baseline.override({"levers.lag_years": 0.0}).levers.asked[-1] == "lag"
    assert baseline.override(of_lag([2030.0], 2.0)).levers.asked == ("lag",)


def test_the_kind_of_workload_of_earlier_files_is_refused_with_its_replacement(baseline):
    with pytest.raises(ScenarioError, match="roadmap-chain for llm-of-the-year"):
        baseline.override({"workload.kind": "frontier"})


@pytest.mark.parametrize("escape", [("trend.form", "linear"), ("levers.targets", ["model-size"])])
def test_without_a_drifting_trend_any_year_can_be_asked(escape, baseline):
    assert baseline.override(dict([escape]) | {"levers.years": [2060.0]})
