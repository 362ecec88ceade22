"""Tornado: one input at a time at its 5 and 95 %."""

from collections.abc import Sequence

import xarray as xr

from analysis.monte_carlo import DRAWS
from analysis.sensitivity.variance_shares import Answer

#: Where an input is put.
ENDS = (0.05, 0.95)


def tornado(answer: Answer, inputs: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Change of an answer as each input goes from its median to its 5 and 95 % quantiles.

    Inputs that depend on each other are moved as if they did not: what they do together is told
    by `analysis.sensitivity.shapley_effects`.

    Parameters
    ----------
    answer
        From inputs to the answer in log10 units, for inputs that broadcast.
    inputs
        Draws, dims chain and draw, with the attributes that the answer needs.
    names
        The inputs to move.

    Returns
    -------
    Dataset
        `at` (the input's own unit) and `change` (dex), over `input` and `probability`, and
        `at_medians`, the answer with every input at its median.

    Examples
    --------
    >>> from analysis.need import need_at
    >>> need = need_at(fit, target="model-size")
    >>> bars = tornado(need.value, need.inputs, ["law_a", "mfu_median"])
    >>> (bars["change"].sel(probability=0.95) < 0).values.tolist()  # more of either, less is needed
    [True, True]
    """
    middle = inputs.median(DRAWS).assign_attrs(inputs.attrs)
    ends = inputs[list(names)].quantile(list(ENDS), DRAWS).rename(quantile="probability")
    here = xr.DataArray(list(names), {"input": list(names)}, "input")
    moved = middle.assign({name: middle[name].where(here != name, ends[name]) for name in names})
    median = answer(middle)
    return xr.Dataset(
        {
            "at": ends.to_dataarray("input").assign_attrs(
                units="of the input", long_name="where the input is put"
            ),
            "change": (answer(moved) - median).assign_attrs(
                units="dex", long_name="change of the answer from that at the medians"
            ),
            "at_medians": median,
        }
    )
