"""The Shapley value on games whose shares are known, and its axioms on games that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.shapley import coalitions, shapley_values

PLAYERS = ("a", "b", "c", "d")


@st.composite
def games(draw):
    worth = st.floats(-10, 10)
    return {u: draw(worth) for u in coalitions(PLAYERS)}


def test_all_coalitions_once_from_none_to_all():
    found = list(coalitions(PLAYERS))
    assert len(found) == len(set(found)) == 16
    assert (found[0], found[-1]) == (frozenset(), frozenset(PLAYERS))


def test_gloves():
    """One left glove and two right ones: the left is 2/3 of a pair (Shapley & Shubik 1969)."""
    players = ("left", "right", "other right")
    value = {u: float("left" in u and len(u) > 1) for u in coalitions(players)}
    shares = shapley_values(value, players)
    assert shares == pytest.approx({"left": 2 / 3, "right": 1 / 6, "other right": 1 / 6})


@given(games())
def test_shares_add_up(value):
    shares = shapley_values(value, PLAYERS)
    assert sum(shares.values()) == pytest.approx(
        value[frozenset(PLAYERS)] - value[frozenset()], abs=1e-9
    )


@given(games(), st.floats(-3, 3))
def test_who_adds_the_same_to_all_gets_just_that(value, step):
    added = {u: value[u - {"d"}] + step * ("d" in u) for u in coalitions(PLAYERS)}
    assert shapley_values(added, PLAYERS)["d"] == pytest.approx(step, abs=1e-9)


@given(games())
def test_who_does_the_same_gets_the_same(value):
    swap = {"a": "b", "b": "a"}
    even = {
        u: value[u] + value[frozenset(swap.get(name, name) for name in u)]
        for u in coalitions(PLAYERS)
    }
    shares = shapley_values(even, PLAYERS)
    assert shares["a"] == pytest.approx(shares["b"], abs=1e-9)
