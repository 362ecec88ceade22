"""A scenario file to start from loads, and lists every key that there is."""

import tomllib

import pytest

from priors.errors import ScenarioError
from priors.scenario import load_scenario
from priors.scenario_file import scenario_keys, scenario_template


def test_the_template_is_a_scenario(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(scenario_template(), encoding="utf-8")
    found = load_scenario(str(path))
    assert found.levers.days == (60.0,)
    assert (
        found.override({"levers.days": [40.0, 60.0, 80.0]}).levers
        == load_scenario("updated").levers
    )


def test_every_key_is_listed_with_its_value_in_the_baseline():
    baseline = load_scenario("baseline")
    document = baseline.model_dump()
    expected = {
        f"{section}.{key}"
        for section, items in document.items()
        if isinstance(items, dict) and section != "prior"
        for key in items
    } - {"levers.device", "trend.stacking"}
    listed = {one.key: one.value for one in scenario_keys()}
    assert set(listed) == expected
    for key, text in listed.items():
        section, name = key.split(".")
        value = tomllib.loads(f"value = {text}")["value"]
        stands = document[section][name]
        stands = list(stands) if isinstance(stands, tuple) else stands
        assert stands in (value, None)  # an example, where the baseline leaves it out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file; expected a title and [[change]] tables"),
        ("# nothing but a comment\n", "an empty file"),
        ('[[change]]\nkey = "levers.dayz"\nvalue = [1]\nreason = "long enough"\n', "levers.days?"),
        ('[[change]]\nkey = "levers.days"\nvalue = 60\nreason = "long enough"\n', "such as [60]"),
        ('[[change]]\nkey = "levers.days"\nvalue = [60]\nreason = "short"\n', "10 characters"),
        ('[[change]]\nkey = "levers.moe"\nvalue = "x"\nreason = "long enough"\n', "true or false"),
        ('[[change]]\nkey = "levers.uptime"\nvalue = "x"\nreason = "long enough"\n', "a number"),
        ('[[change]]\nkey = "levers.goodput"\nvalue = 1.5\nreason = "long enough"\n', "goodput"),
    ],
)
def test_a_slip_is_told_in_the_words_of_the_file(tmp_path, text, said):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load_scenario(str(path))
    assert said in str(refused.value)
    assert "tuple" not in str(refused.value)
    assert "String" not in str(refused.value)
