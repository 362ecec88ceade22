"""Refusal of evidence that would speak twice."""

from collections.abc import Iterable, Mapping

from priors.errors import PriorError, ScenarioError
from priors.evidence import Evidence
from priors.prior_rows import Prior
from priors.records.laws import StudyRow
from priors.records.machines import CampaignRow, UtilisationRow
from priors.records.runs import NationalRunRow, RunRow

type Datum = RunRow | UtilisationRow | CampaignRow | StudyRow | NationalRunRow


def refuse_double_counting(
    priors: Mapping[str, Prior], data: Iterable[Datum], evidence: Evidence, scenario: str
) -> None:
    """Look for systems that stand behind two things at once.

    Raises
    ------
    ScenarioError
        A prior row's `computed_from` shares a system, or the runs of a scaling study, with the
        data; a study enters beside its correction; a national run is a run of the trend as well.
    """
    rows = list(data)
    _refuse_superseded([row for row in rows if isinstance(row, StudyRow)], scenario)
    _refuse_runs_of_the_line(rows, scenario)
    systems = {_behind(row) for row in rows}
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

    Of scaling studies, the sets of runs that they were computed from.

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
    return names | {_behind(row) for row in rows if isinstance(row, Datum.__value__)}


def _behind(row: Datum) -> str:
    """Name of what a row is computed from: two rows that share it are not independent."""
    return row.computed_from if isinstance(row, StudyRow) else row.system


def _refuse_superseded(studies: Iterable[StudyRow], scenario: str) -> None:
    by_id = {row.id: row for row in studies}
    for row in by_id.values():
        if row.superseded_by in by_id:
            raise ScenarioError(
                f"scenario {scenario}",
                f"study {row.id} together with {row.superseded_by}, which corrects it",
                "one or the other: both speak of the same runs (double counting)",
            )


def _refuse_runs_of_the_line(rows: Iterable[Datum], scenario: str) -> None:
    rows = list(rows)
    in_trend = {row.id for row in rows if isinstance(row, RunRow)}
    for row in rows:
        if isinstance(row, NationalRunRow) and row.training_run_id in in_trend:
            raise ScenarioError(
                f"scenario {scenario}",
                f"national run {row.id} together with {row.training_run_id} of the trend",
                "one or the other: they are one run (double counting)",
            )
