"""Tables of `eflops specify`."""

from rich.console import Console, Group
from rich.text import Text

from analysis.numbers import by_mcse, probability, significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_numbers, new_table, note, verdict_lines


def print_specification(document: Json, console: Console) -> None:
    """Print what `analysis.specify.specify.specify_machine` found, the paragraph first."""
    asked, test = document["question"], document["test"]
    target = say(f"trained.{asked['target']}", **asked)
    table = new_table(say("specify.missed_table"))
    add_labels(table, "result")
    add_numbers(table, "tokens_per_second", "mfu", "met")
    table.add_column(
        say("specify.days_for", assurance=asked["assurance"]), justify="right", no_wrap=True
    )
    rows = [(say("specify.missed_by", by=row["missed_by"]), row) for row in document["missed"]]
    if document["committed"] is not None:
        rows.append((say("specify.committed_row"), document["committed"]))
    if test["mfu"] is not None:
        table.add_row(
            say("specify.passed"),
            significant(test["tokens_per_second"], 3),
            f"{test['mfu']:.3f}",
            f"{asked['assurance']:g}",
            f"{asked['days']:g}",
        )
    for name, row in rows:
        rate = row["mfu"] / test["mfu"] * test["tokens_per_second"] if test["mfu"] else None
        table.add_row(
            name,
            "–" if rate is None else significant(rate, 3),
            f"{row['mfu']:.3f}",
            probability(row["probability"], row["probability_mcse"]),
            by_mcse(row["days_for_assurance"], row["days_mcse_log10"]),
        )
    levels = test["expected"]["quantiles"]
    said = say(
        "specify.scale",
        devices=test["devices"],
        median=levels["0.5"],
        low=levels["0.1"],
        high=levels["0.9"],
    )
    title = say("specify.title", scenario=document["scenario"], target=target)
    console.print(
        Group(
            Text(title, style="bold"),
            *(Text(one["text"]) for one in document["paragraph"]),
            Text(),
            *([table] if table.row_count else []),
            note(said),
            *verdict_lines(document["checks"]),
        )
    )
