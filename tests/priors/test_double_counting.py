"""The systems behind a published interval, and the data that must not go with it."""

import pytest

from priors.double_counting import refuse_double_counting, systems_behind
from priors.errors import PriorError, ScenarioError


def test_a_system_is_known_by_its_later_name_too(evidence):
    behind = systems_behind("sevilla_large_scale", evidence)
    revised = {run.id: run.system for run in evidence.training_runs}
    names = [(run.system, revised[run.revised_id]) for run in evidence.sevilla_large_scale]
    assert {name for pair in names for name in pair} == behind
    assert [pair for pair in names if len(set(pair)) == 2], "no system was renamed"


def test_a_definition_narrows_a_table(evidence):
    forge = systems_behind("utilisation:FORGE", evidence)
    assert forge == {row.system for row in evidence.utilisation if row.definition == "FORGE"}
    assert forge < systems_behind("utilisation", evidence)


def test_data_of_other_systems_may_be_used(evidence, priors):
    beliefs = priors.block("roadmap", "efficiency")
    forge = systems_behind("utilisation:FORGE", evidence)
    others = [row for row in evidence.utilisation if row.system not in forge]
    refuse_double_counting(beliefs, others, evidence, "made-up")
    one = next(row for row in evidence.utilisation if row.system in forge)
    with pytest.raises(ScenarioError, match="with 1 of its systems"):
        refuse_double_counting(beliefs, [*others, one], evidence, "made-up")


def test_weak_priors_go_with_any_data(evidence, priors):
    refuse_double_counting(
        priors.sets["updated"],
        [*evidence.training_runs, *evidence.sevilla_large_scale, *evidence.utilisation],
        evidence,
        "made-up",
    )


def test_a_definition_that_no_row_has_is_a_typo(evidence):
    with pytest.raises(PriorError, match="utilisation:FORG'"):
        systems_behind("utilisation:FORG", evidence)
