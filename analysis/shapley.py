"""The Shapley value."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from math import comb

type Coalition = frozenset[str]


def coalitions(players: Sequence[str]) -> Iterator[Coalition]:
    """All subsets of the players, the empty one first and all of them last."""
    for size in range(len(players) + 1):
        yield from map(frozenset, combinations(players, size))


def shapley_values(value: Mapping[Coalition, float], players: Sequence[str]) -> dict[str, float]:
    """Mean over all orders of the step that a player makes (Shapley 1953).

    Parameters
    ----------
    value
        What each of the `coalitions` is worth.

    Returns
    -------
    dict
        Player → share; the shares add up to the worth of all less that of none.
    """
    count = len(players)
    shares = dict.fromkeys(players, 0.0)
    for player in players:
        for others in coalitions([name for name in players if name != player]):
            weight = 1 / (count * comb(count - 1, len(others)))
            shares[player] += weight * (value[others | {player}] - value[others])
    return shares
