"""The systems behind a published interval, and the data that must not go with it."""

from datetime import date

import pytest

from priors.double_counting import refuse_double_counting, systems_behind
from priors.errors import PriorError, ScenarioError
from priors.selection.studies import select_studies


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


def test_a_prior_computed_from_studies_does_not_go_with_them(evidence, priors):
    """The refusal sees the runs behind a study, whatever the study is called."""
    studies = select_studies(evidence.scaling_studies, "all")
    beliefs = dict(priors.block("updated", "law"))
    refuse_double_counting(beliefs, studies, evidence, "made-up")
    stated = beliefs["law_exponent_mean"]
    beliefs["law_exponent_mean"] = stated.model_copy(update={"computed_from": ["scaling_studies"]})
    with pytest.raises(ScenarioError, match="law_exponent_mean computed from scaling_studies"):
        refuse_double_counting(beliefs, studies, evidence, "made-up")


def test_a_study_does_not_enter_beside_its_correction(evidence):
    rows = [row for row in evidence.scaling_studies if row.set != "listed"]
    with pytest.raises(ScenarioError, match="hoffmann-2022-approach-3 together with besiroglu"):
        refuse_double_counting({}, rows, evidence, "made-up")
    left = select_studies(evidence.scaling_studies, "all")
    assert {row.id for row in rows} - {row.id for row in left} == {"hoffmann-2022-approach-3"}
    refuse_double_counting({}, left, evidence, "made-up")


def test_before_a_correction_is_known_the_first_row_counts(evidence):
    early = evidence.known_on(date(2024, 4, 14)).scaling_studies
    assert "hoffmann-2022-approach-3" in {row.id for row in select_studies(early, "all")}
    later = evidence.known_on(date(2024, 4, 15)).scaling_studies
    assert "hoffmann-2022-approach-3" not in {row.id for row in select_studies(later, "all")}


def test_a_national_run_of_the_line_does_not_speak_of_the_lag(evidence):
    national = [row for row in evidence.national_runs if row.training_run_id is not None]
    refuse_double_counting({}, national, evidence, "made-up")
    with pytest.raises(ScenarioError, match="ernie-3-titan together with ernie-3-0-titan"):
        refuse_double_counting({}, [*evidence.training_runs, *national], evidence, "made-up")
