"""Fingerprint of the points of a study, to find studies that overlap.

A bottom-k sketch (Broder 1997, "On the resemblance and containment of documents"): the smallest of
the hashes of the points. It tells which share of the points two studies have in common, and holds
none of them.
"""

import hashlib
import re
from collections.abc import Iterable

#: Hashes that are kept, and bytes of each.
_KEPT = 24
_BYTES = 3
#: Shared hashes below which two studies may agree by chance.
_FEWEST_SHARED = 3

#: A sketch as text: number of points, then hashes in hexadecimal.
PATTERN = re.compile(rf"\d+(?: [0-9a-f]{{{2 * _BYTES}}})+")


def sketch(*quantities: Iterable[float]) -> str:
    """Sketch of points whose coordinates are told to three significant digits.

    Parameters
    ----------
    quantities
        Shape (point,) each: parameters, tokens, loss.
    """
    points = {
        " ".join(f"{value:.2e}" for value in point) for point in zip(*quantities, strict=True)
    }
    hashes = sorted(
        hashlib.blake2b(point.encode(), digest_size=_BYTES).hexdigest() for point in points
    )
    return " ".join([str(len(points)), *hashes[:_KEPT]])


def overlap(first: str, second: str) -> float:
    """Estimate which share of the smaller study's points the other one has.

    The share of the smallest hashes of both together that both have estimates how alike two sets
    are, |A ∩ B| / |A ∪ B|; the numbers of points make the share of the smaller one of it.

    Returns
    -------
    float
        From 0 to 1; 0 where no more hashes are shared than chance explains.
    """
    (size, *hashes), (other_size, *others) = first.split(), second.split()
    smallest = sorted({*hashes, *others})[:_KEPT]
    shared = len({*hashes} & {*others} & {*smallest})
    if shared < min(_FEWEST_SHARED, len(hashes), len(others)):
        return 0.0
    alike = shared / len(smallest)
    sizes = int(size), int(other_size)
    return min(1.0, alike / (1 + alike) * sum(sizes) / min(sizes))
