"""Which runs make the frontier: their rank on the day of their release."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priors.records.runs import RunRow
from priors.selection.frontier import by_date, running_top, select_runs


def run(name: str, day: date, flop: float, frontier_as_compiled: bool | None = None) -> RunRow:
    """Return a run of which only name, day and size matter."""
    return RunRow(
        id=name,
        published=day,
        unit="FLOP",
        verification="ours",
        definition="final training run",
        source="made-up",
        system=name,
        organization="nobody",
        training_flop=flop,
        confidence="Confident",
        vintage="made-up",
        frontier_as_compiled=frontier_as_compiled,
    )


def names(runs) -> list[str]:
    return [each.id for each in runs]


def runs_of(*figures: tuple[int, float]) -> list[RunRow]:
    """Return runs named a, b, ... on the days and of the sizes given."""
    start = date(2020, 1, 1)
    return [
        run(name, start + timedelta(days=day), flop)
        for name, (day, flop) in zip("abcdefghijklmnop", figures, strict=False)
    ]


#: Few days and sizes, so that ties and same-day releases are common.
histories = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from([1e20, 2e20, 3e20, 1e21, 1e22])), max_size=25
).map(
    lambda figures: [
        run(f"run-{index}", date(2020, 1, 1) + timedelta(days=day), flop)
        for index, (day, flop) in enumerate(figures)
    ]
)


def test_the_record_rises():
    assert names(running_top(runs_of((0, 1e20), (1, 3e20), (2, 2e20), (3, 4e20)), 1)) == [
        *("a", "b", "d")
    ]


def test_an_equal_later_run_is_no_record():
    assert names(running_top(runs_of((0, 1e20), (1, 1e20), (2, 2e20)), 1)) == ["a", "c"]


def test_of_one_day_only_the_largest_is_a_record():
    assert names(running_top(runs_of((0, 1e20), (1, 2e20), (1, 3e20)), 1)) == ["a", "c"]


def test_equal_runs_of_one_day_share_the_record():
    assert names(running_top(runs_of((0, 1e20), (1, 2e20), (1, 2e20)), 1)) == ["a", "b", "c"]


def test_the_order_of_the_table_does_not_matter():
    history = runs_of((3, 4e20), (0, 1e20), (2, 2e20), (1, 3e20))
    assert names(running_top(history, 1)) == ["b", "d", "a"]


def test_the_second_rank_keeps_the_runner_up():
    history = runs_of((0, 1e20), (1, 3e20), (2, 2e20), (3, 1e20), (4, 5e20))
    assert names(running_top(history, 2)) == ["a", "b", "c", "e"]


def test_nothing_comes_of_nothing():
    assert running_top([], 1) == ()


@given(history=histories)
def test_the_record_rises_strictly_from_day_to_day(history):
    best = {each.published: each.training_flop for each in running_top(history, 1)}
    sizes = [best[day] for day in sorted(best)]
    assert all(before < after for before, after in pairwise(sizes))


@given(history=histories)
def test_the_record_is_the_running_maximum(history):
    maxima = set()
    for each in history:
        up_to = [other.training_flop for other in history if other.published <= each.published]
        before = [other.training_flop for other in history if other.published < each.published]
        if each.training_flop == max(up_to) and each.training_flop > max(before, default=0):
            maxima.add(each.id)
    assert set(names(running_top(history, 1))) == maxima


@given(history=histories)
def test_a_record_is_among_the_ten_largest(history):
    assert set(running_top(history, 1)) <= set(running_top(history, 10))


@given(history=histories, rank=st.integers(1, 12), cut=st.integers(0, 12))
def test_later_runs_change_nothing_about_earlier_ones(history, rank, cut):
    last = date(2020, 1, 1) + timedelta(days=cut)
    earlier = [each for each in history if each.published <= last]
    kept = [each for each in running_top(history, rank) if each.published <= last]
    assert kept == list(running_top(earlier, rank))


@given(history=histories, rank=st.integers(1, 12))
def test_the_first_runs_are_all_kept_and_all_are_in_order(history, rank):
    top = running_top(history, rank)
    assert list(top) == by_date(top)
    first = min((each.published for each in history), default=None)
    of_first_day = [each for each in history if each.published == first]
    if len(of_first_day) <= rank:
        assert set(of_first_day) <= set(top)


def test_selections_of_the_evidence(evidence):
    record = select_runs(evidence, "record", since=2010)
    top = select_runs(evidence, "top-10", since=2010)
    assert 1 < len(record) < len(top) <= len(evidence.training_runs)
    assert set(record) <= set(top)
    assert select_runs(evidence, "large-scale", since=2010) == evidence.sevilla_large_scale
    assert select_runs(evidence, "none", since=2010) == ()


@pytest.mark.parametrize("selection", ["record", "top-10", "large-scale"])
@pytest.mark.parametrize("since", [2010.0, 2017.5, 2020.0])
def test_a_selection_starts_when_asked_and_is_by_date(evidence, selection, since):
    runs = select_runs(evidence, selection, since)
    assert runs
    assert all(each.year >= since for each in runs)
    assert list(runs) == by_date(runs)
    whole = select_runs(evidence, selection, since=1950)
    assert runs == tuple(each for each in whole if each.year >= since)


def test_top_10_trusts_the_compilers_rank_in_the_whole_database(evidence):
    top = set(select_runs(evidence, "top-10", since=1950))
    for each in evidence.training_runs:
        if each.frontier_as_compiled is not None:
            assert (each in top) == each.frontier_as_compiled, each.id


def test_ten_of_an_unranked_table_are_kept(evidence):
    falling = [run(f"run-{n:02}", date(2020, 1, n), 1e24 / n) for n in range(1, 15)]
    unranked = replace(evidence, training_runs=tuple(falling))
    assert select_runs(unranked, "top-10", since=2020.0) == tuple(falling[:10])
    assert select_runs(unranked, "record", since=2020.0) == tuple(falling[:1])


def test_a_run_that_was_not_ranked_is_ranked_in_the_table(evidence):
    unranked = [each for each in evidence.training_runs if each.frontier_as_compiled is None]
    ranked = set(running_top(evidence.training_runs, 10))
    top = set(select_runs(evidence, "top-10", since=1950))
    assert [each for each in unranked if each in top] == [
        each for each in unranked if each in ranked
    ]
