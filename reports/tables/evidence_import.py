"""Tables of `eflops evidence import`."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.numbers import significant
from analysis.words import say
from priors.documents import Json
from priors.records.runs import RunRow
from reports.tables.evidence_list import evidence_table
from reports.tables.style import new_table

#: Rows named for each reason; `--json` names them all.
_NAMED = 10
_RUN_COLUMNS = ("published", "system", "training_flop", "confidence", "frontier_as_compiled")


def print_isoflop(document: Json, console: Console) -> None:
    """Print both treatments, what they say of the row, and the columns that were read."""
    columns = ", ".join(
        say("evidence_import.column", meaning=meaning, name=name)
        for meaning, name in document["columns"].items()
    )
    _line(console, say("evidence_import.columns", file=document["file"], columns=columns))
    if document["ignored_columns"]:
        ignored = ", ".join(map(repr, document["ignored_columns"]))
        _line(console, say("evidence_import.ignored", columns=ignored))
    console.print(_treatments_table(document["treatments"]))
    console.print(_next_table(document["next_runs"]))
    _line(console, f"· {_next_text(document['next_runs'])}", style="dim")
    prior = document["prior"]
    level = say(
        "evidence_import.prior",
        flop=prior["training_flop"],
        level=prior["log10_parameters"],
        sd=prior["sd"],
    )
    for sentence in (level, *document["notes"], _row_text(document["row"])):
        _line(console, f"· {sentence}", style="dim")
    for warning in document["warnings"]:
        _line(console, f"! {warning}", style="bold")


def _next_table(found: Json) -> Table:
    """Show candidates for the next run, that which narrows a the most first."""
    table = new_table(say("evidence_import.next"))
    headings = ("next_n", "next_d", "next_flop", "next_cost", "next_a", "next_sd", "next_size")
    for key in headings:
        table.add_column(say(f"evidence_import.{key}"), justify="right", no_wrap=True)
    for one in found["candidates"]:
        mark = f" {say('evidence_import.next_best')}" if one["best_per_flop"] else ""
        table.add_row(
            significant(one["parameters"], 2),
            significant(one["tokens"], 2),
            significant(one["training_flop"], 2),
            _per_cent(one["cost"]),
            _per_cent(one["a"]["variance_reduction"]) + mark,
            significant(one["a"]["sd"], 2),
            _per_cent(one["flop"]["variance_reduction"]),
        )
    return table


def _per_cent(share: float) -> str:
    return say("evidence_import.per_cent", share=significant(100 * share, 2))


def _next_text(found: Json) -> str:
    spread = found["sd_dex"]
    key = "evidence_import.next_undetermined" if spread is None else "evidence_import.next_of"
    return say(key, parameters=found["parameters"], sd=spread)


def print_groups(documents: Mapping[str, Json], console: Console) -> None:
    """Print the fit of each data set under its name."""
    for name, document in documents.items():
        _line(console, say("evidence_import.group", name=name), style="bold")
        print_isoflop(document, console)


def _row_text(row: Json | None) -> str:
    if row is None:
        return say("evidence_import.give_source")
    return say(
        "evidence_import.row",
        id=row["id"],
        a=row["a"],
        low=row["a_low"],
        high=row["a_high"],
        mass=row["interval_mass"],
        kind=row["interval_kind"],
        computed_from=row["computed_from"],
    )


def _treatments_table(treatments: Sequence[Json]) -> Table:
    table = new_table(say("evidence_import.treatments"))
    dropped = [say("evidence_import.dropped", count=one["dropped"]) for one in treatments]
    for heading in ("", *dropped):
        table.add_column(heading, no_wrap=True)
    pivot = treatments[0]["pivot"]["training_flop"]
    rows: dict[str, Callable[[Json], str]] = {
        say("evidence_import.runs"): lambda item: f"{item['runs']}",
        say("evidence_import.exponent"): lambda item: (
            f"{item['a']['value']:.3f} ± {item['a']['sd']:.3f}"
        ),
        say("evidence_import.exponent_90"): lambda item: (
            f"{item['a']['0.05']:.3f}–{item['a']['0.95']:.3f}"
        ),
        say("evidence_import.level", flop=pivot): lambda item: _with_sd(
            {"value": item["pivot"]["log10_parameters"], "sd": item["pivot"]["sd"]}
        ),
        "E": lambda item: _with_sd(item["law"]["irreducible"]),
        "A": lambda item: _with_sd(item["law"]["parameters_scale"]),
        "B": lambda item: _with_sd(item["law"]["tokens_scale"]),
        "α": lambda item: _with_sd(item["law"]["parameters_exponent"]),
        "β": lambda item: _with_sd(item["law"]["tokens_exponent"]),
        say("evidence_import.gradient"): lambda item: say(
            "evidence_import.of_its_size", gradient=item["convergence"]["gradient"]
        ),
        say("evidence_import.starts"): lambda item: say(
            "evidence_import.part_of",
            part=item["convergence"]["starts_at_optimum"],
            whole=item["convergence"]["starts"],
        ),
        say("evidence_import.resamples"): lambda item: (
            f"{item['convergence']['resamples']}, {item['convergence']['resamples_unconverged']}"
        ),
    }
    for label, cell in rows.items():
        table.add_row(label, *(cell(treatment) for treatment in treatments))
    return table


def _with_sd(figure: Mapping[str, float | None]) -> str:
    value, sd = figure["value"], figure["sd"]
    assert value is not None
    spread = say("evidence_import.undetermined") if sd is None else f"± {significant(sd, 2)}"
    return f"{significant(value, 4)} {spread}"


def print_epoch(document: Json, runs: Sequence[RunRow] | None, console: Console) -> None:
    """Print the runs, if given, then what was imported, left out and to be looked at."""
    if runs is not None:
        console.print(evidence_table("training_runs", runs, _RUN_COLUMNS))
    keys = ("file", "edition", "vintage", "source")
    _line(console, say("evidence_import.edition", **{key: document[key] for key in keys}))
    _line(
        console,
        say(
            "evidence_import.imported",
            records=document["records"],
            rows=len(document["rows"]),
            frontier=document["frontier"],
            top=document["top"],
        ),
    )
    for what in ("skipped", "remarks"):
        total = sum(len(remarks) for remarks in document[what].values())
        _line(console, say(f"evidence_import.{what}", count=total))
        for reason, remarks in document[what].items():
            listed = say(
                "evidence_import.reason", count=len(remarks), reason=reason, names=_named(remarks)
            )
            _line(console, f"· {listed}", style="dim")
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
    shown = ", ".join(names)
    return say("evidence_import.and_more", names=shown, more=more) if more else shown


def _line(console: Console, text: str, style: str = "") -> None:
    """Print a line whose names of others are no markup."""
    console.print(Text(text, style=style))
