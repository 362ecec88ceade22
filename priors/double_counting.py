"""Refusal of an interval used together with its own systems."""

from collections.abc import Iterable, Mapping

from priors.errors import PriorError, ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Prior
from priors.records.machines import CampaignRow, UtilisationRow
from priors.records.runs import RunRow


def refuse_double_counting(
    priors: Mapping[str, Prior],
    data: Iterable[RunRow | UtilisationRow | CampaignRow],
    evidence: Evidence,
    scenario: str,
) -> None:
    """Compare the systems behind a block's priors with the systems in its data.

    Raises
    ------
    ScenarioError
        A prior row's `computed_from` shares a system with the data.
    """
    systems = {row.system for row in data}
    for name, prior in priors.items():
        for table in prior.computed_from:
            shared = sorted(systems & systems_behind(table, evidence))
            if shared:
                raise ScenarioError(
                    f"scenario {scenario}",
                    f"prior {name} computed from {table} together with {len(shared)} of its "
                    f"systems as data ({shared[0]}, ...)",
                    "one or the other: the interval stands for its systems (double counting)",
                )


def systems_behind(table: str, evidence: Evidence) -> set[str]:
    """Systems of a table, or of its rows of one definition (`table:definition`).

    Raises
    ------
    PriorError
        The table has rows, but none of that definition.
    """
    name, _, definition = table.partition(":")
    rows = [row for row in evidence.tables[name] if definition in {"", row.definition}]
    if evidence.tables[name] and not rows:
        definitions = sorted({row.definition for row in evidence.tables[name]})
        raise PriorError(
            "priors.toml computed_from", repr(table), f"{name}: and one of {', '.join(definitions)}"
        )
    revised = {row.revised_id for row in rows if isinstance(row, RunRow)}
    names = {run.system for run in evidence.training_runs if run.id in revised}
    return names | {row.system for row in rows if isinstance(row, RunRow | UtilisationRow)}
