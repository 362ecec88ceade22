"""Sobol indices and Shapley shares of independent blocks."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from analysis.monte_carlo import BATCHES, batched, jackknife
from analysis.shapley import Coalition, coalitions
from model.blocks import BLOCKS, Prefixes, in_blocks, swap_blocks
from model.gaussian import Array

type Answer = Callable[[xr.Dataset], xr.DataArray]

#: Draws with which each draw swaps its blocks.
_EXCHANGES = 4
#: An interaction below this share of the variance is rounding.
_ROUNDING = 1e-12


def variance_shares(
    answer: Answer, inputs: xr.Dataset, blocks: Prefixes = BLOCKS, *, exchanges: int = _EXCHANGES
) -> xr.Dataset:
    """First-order, total and Shapley shares of the variance of an answer by block.

    The blocks must be independent; inputs within a block may depend on each other. For every set
    u of blocks, the part Υ_u of the variance that needs at least the blocks in u is
    2^(−|u|) E[(Σ_{v ⊆ u} (−1)^|u−v| y_v)²], where y_v has the blocks in v from another draw (Liu
    & Owen 2006, superset importance; Jansen 1999 for one block). The components of the ANOVA
    decomposition follow: V_u = Σ_{w ⊇ u} (−1)^|w−u| Υ_w. Where the answer is a sum of one
    function per block, every difference of two blocks vanishes draw by draw: the interactions are
    0 exactly and the shares those of the sum's terms.

    Parameters
    ----------
    answer
        From inputs to the answer, for any dims.
    inputs
        Draws, dims chain and draw, with attributes the answer needs.
    blocks
        Block → how the names of its variables begin; a block without variables has no share.
    exchanges
        Draws that each draw is paired with, in turn.

    Returns
    -------
    Dataset
        Over `block`: `first` (alone), `total` (with all its interactions; Sobol 1993, Homma &
        Saltelli 1996) and `shapley` (interactions split evenly; Owen 2014); over `interaction`,
        A×B: `joint`, what these blocks make only together; and `sum`, of all first-order and
        joint shares, which is 1 but for Monte Carlo error. NAME_mcse is the standard error of
        NAME. All are shares of the variance of the answer over the draws.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(0)
    >>> draws = xr.Dataset({x: (("chain", "draw"), rng.normal(size=(4, 5000))) for x in "abc"})
    >>> groups = {x: (x,) for x in "abc"}
    >>> shares = variance_shares(lambda x: 2 * x["a"] + x["b"] * x["c"], draws, groups)
    >>> shares["total"].round(1).values.tolist()  # 4, 1 and 1 of 5; b and c count their product
    [0.8, 0.2, 0.2]
    >>> shares["joint"].sel(interaction="b×c").round(1).item()
    0.2
    """
    names = [name for name in blocks if in_blocks(inputs, [name], blocks)]
    sets = [u for u in coalitions(names) if u]
    means = _means(answer, batched(inputs, BATCHES), blocks, names, exchanges)

    def components(at: Array) -> dict[Coalition, float]:
        needed = dict(zip(sets, at[2:] / (at[1] - at[0] ** 2), strict=True))
        needed = {u: float(part) if part > _ROUNDING else 0.0 for u, part in needed.items()}
        return {u: _component(u, needed) for u in sets}

    together = [u for u in sets if len(u) > 1]

    def shares(at: Array) -> Array:
        parts = components(at)
        return np.array(
            [parts[frozenset([name])] for name in names]
            + [sum(part for u, part in parts.items() if name in u) for name in names]
            + [sum(part / len(u) for u, part in parts.items() if name in u) for name in names]
            + [parts[u] for u in together]
            + [sum(parts.values())]
        )

    estimates = jackknife(shares, means)
    return _labelled(estimates, names, ["×".join(n for n in names if n in u) for u in together])


def _means(
    answer: Answer, draws: xr.Dataset, blocks: Prefixes, names: Sequence[str], exchanges: int
) -> Array:
    """Mean of y, of y² and of each set's squared difference; shape (batch, 2 + set).

    Each draw is paired with draws of its batch that are far enough away to be uncorrelated.
    """
    centre = float(answer(draws).mean())
    size = draws.sizes["place"]
    shifts = np.unique(np.linspace(0, size, exchanges + 2)[1:-1].round().astype(int))
    sets = list(coalitions(names))
    squares = np.zeros((len(sets), draws.sizes["batch"]))
    for shift in shifts:
        other = draws.roll(place=int(shift))
        mixed = {v: answer(swap_blocks(draws, other, v, blocks)) for v in sets}
        for row, u in enumerate(sets):
            within = [(-1.0) ** len(u - v) * (mixed[v] - centre) for v in sets if v <= u]
            square = np.sum([part.values for part in within], axis=0) ** 2
            squares[row] += square.mean(axis=1) / 2 ** len(u) / len(shifts)
    y = answer(draws) - centre
    columns = [y.mean("place").values, (y**2).mean("place").values, *squares[1:]]
    return np.stack(columns, axis=1)


def _component(u: Coalition, needed: Mapping[Coalition, float]) -> float:
    """ANOVA component of a set: what needs at least it, less what needs more."""
    return sum((-1.0) ** len(w - u) * part for w, part in needed.items() if u <= w)


def _labelled(
    estimates: tuple[Array, Array], names: Sequence[str], together: Sequence[str]
) -> xr.Dataset:
    count = len(names)
    ends = np.cumsum([count, count, count, len(together)])
    variables = {}
    for suffix, said, values in (
        ("", "", estimates[0]),
        ("_mcse", "standard error of ", estimates[1]),
    ):
        first, total, shapley, joint, whole = np.split(values, ends)
        for name, dims, value, meaning in (
            ("first", "block", first, "share of the variance, alone"),
            ("total", "block", total, "share of the variance, with interactions"),
            ("shapley", "block", shapley, "share of the variance, interactions split evenly"),
            ("joint", "interaction", joint, "share of the variance, only together"),
            ("sum", (), whole[0], "sum of all shares"),
        ):
            attrs = {"units": "1", "long_name": f"{said}{meaning}"}
            variables[f"{name}{suffix}"] = xr.Variable(dims, value, attrs)
    return xr.Dataset(variables, {"block": list(names), "interaction": list(together)})
