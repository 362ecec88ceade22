"""What is said of own runs beside their fit."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.evidence_import.remarks import (
    notes_on_reading,
    warnings_on_law,
    warnings_on_reading,
)
from analysis.evidence_import.study import IsoflopStudy, Treatment
from model.law.isoflop import LawFit
from model.law.loss_law import LossLaw
from priors.imports.isoflop_rows import LeftOut
from priors.imports.isoflop_runs import IsoflopRuns

LAW = LossLaw(1.82, 480.0, 2100.0, 0.347, 0.367)


@pytest.fixture
def runs():
    flop = np.repeat(np.logspace(18, 20, 4), 5)
    parameters = LAW.optimal_parameters(flop) * np.tile(np.logspace(-0.6, 0.6, 5), 4)
    tokens = flop / 6 / parameters
    return IsoflopRuns("ours.csv", parameters, tokens, LAW.loss(parameters, tokens))


def study_of(runs, law=LAW):
    fit = LawFit(law, np.zeros((1, 5)), 0.0, 0.0, 1, 1)
    return IsoflopStudy(Treatment(0, runs, fit, None), "no other")


def test_nothing_is_said_of_sound_runs(runs, evidence):
    assert notes_on_reading(runs) == []
    assert warnings_on_reading(runs) == []
    assert warnings_on_law(study_of(runs), evidence) == []


def test_rows_left_out_are_counted_by_reason(runs):
    left = tuple(LeftOut(row, "marked by 'state'", "'crashed'") for row in range(2, 9))
    found = notes_on_reading(replace(runs, left_out=left, unmet=3))
    assert found[0] == "3 rows do not fulfil the condition."
    assert found[1].startswith("Left out, marked by 'state': 7 (row 2: 'crashed', row 3:")
    assert found[1].endswith(", …).")


def test_clusters_are_said(runs):
    (note,) = notes_on_reading(
        replace(runs, runs=np.repeat(np.arange(4), 5), run_column="run_name")
    )
    assert note.startswith("20 rows of 4 runs, told by the column 'run_name'")


@pytest.mark.parametrize(("factor", "differs"), [(1.0, False), (1.05, False), (1.3, True)])
def test_stated_flop_are_compared_with_6nd(runs, factor, differs):
    with_flop = replace(runs, flop_over_6nd=np.full(len(runs), factor))
    said = (warnings_on_reading if differs else notes_on_reading)(with_flop)
    silent = (notes_on_reading if differs else warnings_on_reading)(with_flop)
    assert silent == []
    assert f"{factor:.3g}" in said[0]


@pytest.mark.parametrize(
    ("ignored", "rows", "warned"), [((), 5, False), ((), 8, True), (("step",), 2, True)]
)
def test_rows_that_share_their_size_may_be_checkpoints(runs, ignored, rows, warned):
    parameters = runs.parameters.copy()
    parameters[:rows] = parameters[0]
    alike = replace(runs, parameters=parameters, ignored=ignored)
    assert bool(warnings_on_reading(alike)) == warned
    named = replace(alike, runs=np.arange(len(runs)) // 2, run_column="run")
    assert warnings_on_reading(named) == []


def test_losses_that_are_none_of_text_are_doubted(runs):
    diverged = replace(runs, loss=np.append(runs.loss[:-1], 14.0))
    assert warnings_on_reading(diverged)[0].startswith("1 rows have a loss above 12.5")
    (low,) = warnings_on_reading(replace(runs, loss=runs.loss / 4))
    assert "Is it per byte or character?" in low


def test_a_floor_of_no_text_is_doubted(runs, evidence):
    (warning,) = warnings_on_law(study_of(runs, replace(LAW, irreducible=7.4)), evidence)
    assert warning.startswith("E = 7.4 nats per token")


@pytest.mark.parametrize(("factor", "warned"), [(1.0, False), (2.0, False), (30.0, True)])
def test_a_level_far_from_published_laws_asks_for_the_units(runs, evidence, factor, warned):
    """N times a factor moves the level by that factor to the power 1 − a."""
    shifted = replace(LAW, parameters_scale=LAW.parameters_scale * factor**0.347)
    scaled = replace(runs, parameters=runs.parameters * factor)
    found = warnings_on_law(study_of(scaled, shifted), evidence)
    assert [text.endswith("check the units of parameters and tokens.") for text in found] == (
        [True] if warned else []
    )


def test_columns_of_mixtures_are_doubted(runs):
    (warning,) = warnings_on_reading(replace(runs, ignored=("num_experts", "width")))
    assert warning.startswith("The column 'num_experts' speaks of mixtures of experts")
