"""Studies on the same points are recognised by their fingerprints."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from public_files import needs, public_file

from priors.errors import EvidenceError
from priors.imports.isoflop_runs import read_isoflop_runs
from priors.imports.point_sketch import PATTERN, overlap, sketch
from priors.own.overlapping import refuse_overlapping_studies

FIGURE_4 = public_file("chinchilla_figure4_points.csv")


def points(seed, count):
    rng = np.random.default_rng(seed)
    return (
        10 ** rng.uniform(7, 10, count),
        10 ** rng.uniform(9, 11, count),
        rng.uniform(2, 4, count),
    )


def some(of, kept):
    return tuple(values[kept] for values in of)


@given(st.integers(0, 1000), st.integers(5, 300))
def test_the_order_of_the_points_does_not_matter(seed, count):
    one = points(seed, count)
    order = np.random.default_rng(seed + 1).permutation(count)
    assert sketch(*one) == sketch(*some(one, order))
    assert PATTERN.fullmatch(sketch(*one))
    assert overlap(sketch(*one), sketch(*one)) == 1.0


@given(st.integers(0, 1000), st.integers(5, 300), st.integers(5, 300))
def test_other_points_do_not_overlap(seed, count, other):
    first, second = sketch(*points(seed, count)), sketch(*points(seed + 5000, other))
    assert overlap(first, second) == overlap(second, first) == 0.0


@pytest.mark.parametrize(("shared", "own"), [(240, 5), (120, 0), (120, 120), (60, 180)])
def test_the_share_of_the_smaller_study_is_estimated(shared, own):
    """Over 200 pairs the mean lies within 4 standard errors; rounding does not matter."""
    estimates = []
    for seed in range(200):
        whole = points(seed, 240)
        part = some(whole, slice(0, shared))
        more = points(seed + 9000, own)
        other = tuple(
            np.concatenate([values, extra]) * 1.00001
            for values, extra in zip(part, more, strict=True)
        )
        estimates.append(overlap(sketch(*whole), sketch(*other)))
    true = shared / min(240, shared + own)
    error = np.std(estimates) / np.sqrt(len(estimates))
    # the estimate is a ratio of counts of 24, cut at 1: a bias of a few hundredths is its price
    assert np.mean(estimates) == pytest.approx(true, abs=4 * error + 0.05)


def test_two_studies_of_the_same_points_are_refused(evidence):
    first = next(row for row in evidence.scaling_studies if row.id == "besiroglu-2024")
    again = first.model_copy(update={"id": "again", "computed_from": "another-name"})
    with pytest.raises(EvidenceError, match=r"again: found 100% of its points in besiroglu-2024"):
        refuse_overlapping_studies([*evidence.scaling_studies, again])
    refuse_overlapping_studies(
        [first, again.model_copy(update={"set": "listed", "reason": "the same points"})]
    )
    refuse_overlapping_studies([first, again.model_copy(update={"points": None})])


@needs(FIGURE_4)
def test_the_stored_fingerprints_are_those_of_the_public_points(evidence):
    runs = read_isoflop_runs(FIGURE_4)
    stored = {row.id: row.points for row in evidence.scaling_studies if row.points}
    for name, dropped in (("besiroglu-2024", 5), ("besiroglu-2024-n245", 0)):
        kept = runs.without_highest_loss(dropped)
        assert stored[name] == sketch(kept.parameters, kept.tokens, kept.loss)
    half = runs.take(np.arange(0, len(runs), 2))
    of_half = sketch(half.parameters, half.tokens, half.loss)
    assert overlap(of_half, stored["besiroglu-2024"]) > 0.6
    shifted = replace(half, loss=half.loss * 1.1)
    of_shifted = sketch(shifted.parameters, shifted.tokens, shifted.loss)
    assert overlap(of_shifted, stored["besiroglu-2024"]) == 0.0
