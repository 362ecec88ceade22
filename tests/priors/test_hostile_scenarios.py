"""Scenario files as an attacker or a slip of the hand writes them."""

import pytest
from case_files import CASES

from priors.errors import ScenarioError
from priors.scenario import load_scenario
from reports.run import dump_scenarios

SCENARIOS = CASES / "scenarios"
#: File → what is said of it.
REFUSED = {
    "=1+1": "scenario file: found the name '=1+1'; expected a letter",
    "ext-days": "levers.days.0: found 1e-300; expected greater than or equal to 0.001",
    "ext-dup": "levers.years: found [2030, 2030]; expected each value once",
    "ext-n1e15": "found key 'workload.kind'; expected levers.targets",
    "ext-n1e9": "found key 'workload.kind'; expected levers.targets",
    "ext-ratio": "levers.tokens_ratio: found 1e+300; expected less than or equal to 10000",
    "ext-tiny": "levers.days.0: found 5e-324; expected greater than or equal to 0.001",
    "last-knot": "trend.last_knot: found 300000000; expected less than or equal to 2200",
}
ACCEPTED = {"ext-linear", "ext-years", "support-inf", "title-u007f"}


def test_every_case_has_its_test():
    assert {path.stem for path in SCENARIOS.iterdir()} == {*REFUSED, *ACCEPTED}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_machine_can_be_is_refused_in_a_line(name):
    with pytest.raises(ScenarioError) as error:
        load_scenario(str(SCENARIOS / f"{name}.toml"))
    assert REFUSED[name] in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_what_is_legal_is_read_and_written_back(name, tmp_path):
    scenario = load_scenario(str(SCENARIOS / f"{name}.toml"))
    assert scenario.title.isprintable()
    path = tmp_path / "again.toml"
    path.write_text(dump_scenarios({name: scenario}), encoding="utf-8")
    import tomllib

    assert tomllib.loads(path.read_text(encoding="utf-8"))[name]["title"] == scenario.title
