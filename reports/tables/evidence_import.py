"""What an import says in the terminal."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from priors.documents import Json
from priors.records import RunRow
from reports.numbers import significant
from reports.tables.evidence_list import evidence_table
from reports.tables.style import new_table

#: Rows named for each reason; `--json` names them all.
_NAMED = 10
_RUN_COLUMNS = ("published", "system", "training_flop", "confidence", "frontier_as_compiled")


def print_isoflop(document: Json, console: Console) -> None:
    """Print both treatments, what they say of the row, and the columns that were read."""
    columns = ", ".join(f"{meaning} from {name!r}" for meaning, name in document["columns"].items())
    _line(console, f"{document['file']}: {columns}")
    if document["ignored_columns"]:
        _line(console, f"Columns not used: {', '.join(map(repr, document['ignored_columns']))}")
    console.print(_treatments_table(document["treatments"]))
    prior = document["prior"]
    _line(
        console,
        f"· The prior puts log10 N_opt at {prior['training_flop']:.3g} FLOP at "
        f"{prior['log10_parameters']:.4g} ± {prior['sd']:.2g}. The level is not part of a row: a "
        "study enters by a alone.",
        style="dim",
    )
    for note in document["notes"]:
        _line(console, f"· {note}", style="dim")
    if document["row"] is None:
        _line(console, "· Give --source to make a row of scaling_studies.csv of it.", style="dim")
    else:
        row = document["row"]
        _line(
            console,
            f"· Row {row['id']}: a = {row['a']} ({row['a_low']}–{row['a_high']}, "
            f"{row['interval_mass']:.0%} {row['interval_kind']}), computed from "
            f"{row['computed_from']}",
            style="dim",
        )
    for warning in document["warnings"]:
        _line(console, f"! {warning}", style="bold")


def _treatments_table(treatments: Sequence[Json]) -> Table:
    table = new_table("L(N, D) = E + A / N^α + B / D^β; ± is the bootstrap's standard error")
    for heading in ("", *(f"{treatment['dropped']} dropped" for treatment in treatments)):
        table.add_column(heading, no_wrap=True)
    pivot = treatments[0]["pivot"]["training_flop"]
    rows: dict[str, Callable[[Json], str]] = {
        "runs": lambda item: f"{item['runs']}",
        "a, of N_opt ∝ C^a": lambda item: f"{item['a']['value']:.3f} ± {item['a']['sd']:.3f}",
        "a, central 90 %": lambda item: f"{item['a']['0.05']:.3f}–{item['a']['0.95']:.3f}",
        f"log10 N_opt at {pivot:.3g} FLOP": lambda item: _with_sd(
            {"value": item["pivot"]["log10_parameters"], "sd": item["pivot"]["sd"]}
        ),
        "E": lambda item: _with_sd(item["law"]["irreducible"]),
        "A": lambda item: _with_sd(item["law"]["parameters_scale"]),
        "B": lambda item: _with_sd(item["law"]["tokens_scale"]),
        "α": lambda item: _with_sd(item["law"]["parameters_exponent"]),
        "β": lambda item: _with_sd(item["law"]["tokens_exponent"]),
        "gradient": lambda item: f"{item['convergence']['gradient']:.1e} of its size",
        "starts at the optimum": lambda item: (
            f"{item['convergence']['starts_at_optimum']} of {item['convergence']['starts']}"
        ),
        "resamples, unconverged": lambda item: (
            f"{item['convergence']['resamples']}, {item['convergence']['resamples_unconverged']}"
        ),
    }
    for label, cell in rows.items():
        table.add_row(label, *(cell(treatment) for treatment in treatments))
    return table


def _with_sd(figure: Mapping[str, float | None]) -> str:
    value, sd = figure["value"], figure["sd"]
    assert value is not None
    spread = "undetermined" if sd is None else f"± {significant(sd, 2)}"
    return f"{significant(value, 4)} {spread}"


def print_epoch(document: Json, runs: Sequence[RunRow] | None, console: Console) -> None:
    """Print the runs, if given, then what was imported, left out and to be looked at."""
    if runs is not None:
        console.print(evidence_table("training_runs", runs, _RUN_COLUMNS))
    _line(
        console,
        f"{document['file']}: columns of the edition of {document['edition']}, taken as vintage "
        f"{document['vintage']} of {document['source']}",
    )
    _line(
        console,
        f"{document['records']} models listed, {len(document['rows'])} imported, "
        f"{document['frontier']} of them among the {document['top']} largest at their release",
    )
    for title, reasons in (
        ("Left out", document["skipped"]),
        ("Kept, to be looked at", document["remarks"]),
    ):
        total = sum(len(remarks) for remarks in reasons.values())
        _line(console, f"{title}: {total}")
        for reason, remarks in reasons.items():
            _line(console, f"· {len(remarks)} {reason}: {_named(remarks)}", style="dim")
    for warning in document["warnings"]:
        _line(console, f"! {warning}", style="bold")


def _named(remarks: Iterable[Json]) -> str:
    listed = list(remarks)
    names = [
        f"row {remark['row']} {remark['model']}"
        + (f" ({remark['detail']})" if remark["detail"] else "")
        for remark in listed[:_NAMED]
    ]
    more = len(listed) - len(names)
    return ", ".join(names) + (f" and {more} more (--json names them)" if more else "")


def _line(console: Console, text: str, style: str = "") -> None:
    """Print a line whose names of others are no markup."""
    console.print(Text(text, style=style))
