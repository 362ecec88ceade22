"""Table of `eflops priors show`."""

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from analysis.words import say
from priors.prior_rows import Prior
from reports.tables.style import add_labels, add_names, new_table


def priors_table(set_name: str, rows: Mapping[str, Prior]) -> Table:
    """One set of priors, one row per parameter."""
    table = new_table(say("priors_show.title", name=set_name))
    add_labels(table, "parameter_and_unit", "prior_row")
    add_names(table, "rationale")
    for name, prior in rows.items():
        standardised = prior.standardised()
        quantiles = ", ".join(
            f"{prior.to_natural(standardised.quantile(p)):.3g}" for p in (0.05, 0.5, 0.95)
        )
        table.add_row(
            f"{name}\n  {prior.unit}",
            _family(prior) + ("" if prior.family == "fixed" else f"\n  {quantiles}"),
            Text(f"{prior.rationale} [{', '.join(prior.sources)}]"),
        )
    return table


def _family(prior: Prior) -> str:
    if prior.family == "fixed":
        return f"{prior.value:g}"
    made = prior.standardised()
    scale = "" if prior.transform == "identity" else f" on {prior.transform}"
    if prior.family == "lkj":
        return f"LKJ({made.shape:.3g})"
    if prior.family == "half-normal":
        return f"half-normal({made.scale:.3g}){scale}"
    return f"normal({made.loc:.4g}, {made.scale:.3g}){scale}"
