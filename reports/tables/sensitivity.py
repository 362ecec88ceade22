"""Tables of `eflops sensitivity`."""

import math
from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from analysis.numbers import by_mcse, significant
from analysis.words import say
from priors.documents import Json
from reports.tables.style import add_labels, add_names, add_numbers, new_table, note

#: An interaction below this share goes without saying.
_SAID = 5e-4
#: Sentences that stand before the tables.
_FIRST = 3
_LOW, _HIGH = "0.05", "0.95"


def print_sensitivity(found: Json, console: Console) -> None:
    """Print what drives the width in words, then by block, input and lever, then the decision."""
    said = list(in_words(found))
    console.print(
        Group(
            Text(f"{found['scenario']}: {found['title']}", style="bold"),
            *(Text(sentence) for sentence in said[:_FIRST]),
            Text(),
            _block_table(found),
            _input_table(found),
            *map(note, [*said[_FIRST:], *_notes(found)]),
            Text(),
            _lever_table(found["levers"]),
            *_study_table(found["studies"]),
            *_form_table(found),
            _size_table(found["decision"]),
            note(say("sensitivity.tail", share=found["decision"]["share_of_largest_losses"])),
        )
    )


def in_words(found: Json) -> Iterator[str]:
    """Say what drives the width, most first, and what the costs make of it."""
    need, decision = found["need"], found["decision"]
    low, middle, high = (
        by_mcse(need["quantiles"][key], need["mcse_log10"][key]) for key in (_LOW, "0.5", _HIGH)
    )
    factor = need["quantiles"][_HIGH] / need["quantiles"][_LOW]
    yield say(
        "sensitivity.need",
        asked=_asked(found["question"]),
        median=middle,
        low=low,
        high=high,
        factor=significant(factor, 2),
    )
    blocks = sorted(found["blocks"], key=lambda row: -row["shapley"])
    shares = [
        f"{_block(row['block'])} {percent(row['shapley'], row['shapley_mcse'])}"
        for row in blocks
        if row["shapley"] > 0
    ]
    yield say("sensitivity.variance", shares=", ".join(shares))
    most = max(found["inputs"], key=lambda row: row["share"])
    share = percent(most["share"], most["share_mcse"])
    yield say("sensitivity.most", input=most["long_name"], share=share)
    if found["form"] is not None:
        form = found["form"]
        yield say(
            "sensitivity.form_is_worth" if _told(form) else "sensitivity.form",
            share=percent(form["share"], form["share_mcse"]),
            evppi=_by_error(form, "evppi") if _told(form) else "",
        )
    unit = "sensitivity.dex" if decision["loss_unit"] == "dex" else "sensitivity.eflops"
    yield say(
        "sensitivity.best",
        unit=say(unit),
        too_small=decision["cost_too_small"],
        too_large=decision["cost_too_large"],
        size=by_mcse(decision["best_eflops"], decision["best_mcse_log10"]),
        probability=decision["best_probability"],
    )
    learnt = max(found["inputs"], key=lambda row: row["evppi"])
    yield say(
        "sensitivity.worth_of_input" if _told(learnt) else "sensitivity.worth",
        evpi=_by_error(decision, "evpi"),
        input=learnt["long_name"],
        evppi=_by_error(learnt, "evppi") if _told(learnt) else "",
    )


def _block(name: str) -> str:
    return say(f"blocks.{name}")


def percent(share: float, mcse: float) -> str:
    """Write a share in per cent, with the decimals that its standard error leaves standing."""
    shown = 100 * max(share, 0.0)
    digits = min(2, max(0, math.floor(-math.log10(100 * mcse)))) if mcse > 0 else 0
    smallest = 10.0**-digits
    if 0 < shown < smallest:
        return f"<{smallest:g} %"
    return f"{shown:.{digits}f} %"


def _asked(question: Json) -> str:
    quantity = question["quantity"].removesuffix("_eflops")
    if question["precision"] is not None:
        quantity = f"{quantity} {question['precision']}"
    return say(
        "sensitivity.asked",
        quantity=quantity,
        target=question["target"],
        year=question["year"],
        days=question["days"],
    )


def _block_table(found: Json) -> Table:
    table = new_table(say("sensitivity.blocks"))
    add_labels(table, "block")
    add_numbers(table, "share", "at_5", "at_95", "evppi")
    for row in found["blocks"]:
        share = percent(row["shapley"], row["shapley_mcse"])
        table.add_row(_block(row["block"]), share, *_ends(row), _worth(row))
    return table


def _input_table(found: Json) -> Table:
    table = new_table(say("sensitivity.inputs"))
    add_names(table, "input")
    add_labels(table, "block")
    add_numbers(table, "share", "at_5", "at_95", "elasticity", "evppi")
    for row in sorted(found["inputs"], key=lambda row: -row["share"]):
        elasticity = row["elasticity"]["0.5"]
        table.add_row(
            row["long_name"],
            row["block"],
            percent(row["share"], row["share_mcse"]),
            *_ends(row),
            "–" if elasticity is None else f"{elasticity:.2f}",
            _worth(row),
        )
    return table


def _lever_table(levers: list[Json]) -> Table:
    table = new_table(say("sensitivity.levers"))
    add_labels(table, "change")
    add_numbers(table, "median", "low", "high")
    for row in levers:
        cells = (row["slope"][key] for key in ("0.5", _LOW, _HIGH))
        change = say(f"sensitivity.{row['lever']}")
        if row["unit"] == "1":
            table.add_row(change, *(f"{value:+.2f} %" for value in cells))
        else:
            table.add_row(change, *(_factor(value) for value in cells))
    return table


def _form_table(found: Json) -> Iterator[Table]:
    """Show the need under each form of the trend."""
    if found["form"] is None:
        return
    table = new_table(say("sensitivity.forms"))
    add_labels(table, "form")
    add_numbers(table, "weight", "median", "low", "high")
    for row in found["form"]["forms"]:
        cells = (significant(row["quantiles"][key], 2) for key in ("0.5", _LOW, _HIGH))
        table.add_row(say(f"forms.{row['form']}"), f"{row['weight']:.2f}", *cells)
    yield table


def _study_table(studies: list[Json]) -> Iterator[Table]:
    """Show what the law requires without each study, the one that moves most first."""
    if not studies:
        return
    table = new_table(
        say("sensitivity.studies", whole=significant(studies[0]["whole"]["0.975"], 3))
    )
    add_names(table, "study")
    add_numbers(table, "median", "at_97_5", "change")
    for row in sorted(studies, key=lambda row: -abs(row["change"])):
        without = row["without"]
        table.add_row(
            row["study"],
            significant(without["0.5"], 3),
            significant(without["0.975"], 3),
            f"{row['change']:+.0%}",
        )
    yield table


def _size_table(decision: Json) -> Table:
    table = new_table(say("sensitivity.sizes", unit=decision["loss_unit"]))
    add_numbers(table, "suffices_with", "eflops", "expected_loss", "over_the_best")
    for row in decision["sizes"]:
        best = row["probability"] == decision["best_probability"]
        table.add_row(
            f"{100 * row['probability']:.4g} %",
            by_mcse(row["eflops"], row["mcse_log10"]),
            _by_error(row, "loss"),
            say("verdicts.best") if best else f"+{significant(row['loss'] - decision['evpi'], 2)}",
        )
    return table


def _notes(found: Json) -> Iterator[str]:
    total = found["sum_of_shares"]
    yield say("sensitivity.sum", value=total["value"], mcse=total["mcse"])
    for row in found["interactions"]:
        if row["joint"] > _SAID:
            yield say(
                "sensitivity.interaction",
                blocks=say("sensitivity.and").join(map(_block, row["blocks"])),
                share=percent(row["joint"], row["joint_mcse"]),
            )
    dummies = [abs(row["share"]) for row in found["dummies"]["share_in_block"].values()]
    if dummies:
        yield say("sensitivity.noise_floor", share=max(dummies))
    if found["not_entering"]:
        yield say("sensitivity.not_entering", inputs=", ".join(found["not_entering"]))


def _ends(row: Json) -> tuple[str, str]:
    return _factor(row["change_log10"][_LOW]), _factor(row["change_log10"][_HIGH])


def _factor(dex: float) -> str:
    return f"×{significant(10**dex, 2)}"


def _worth(row: Json) -> str:
    """EVPPI, as far as it can be told from 0."""
    if _told(row):
        return _by_error(row, "evppi")
    return "0" if row["evppi_mcse"] == 0 else f"<{significant(2 * row['evppi_mcse'], 1)}"


def _told(row: Json) -> bool:
    """Whether an EVPPI is two standard errors above 0."""
    return bool(row["evppi"] > 2 * row["evppi_mcse"])


def _by_error(row: Json, name: str) -> str:
    """Write a value with the digits that its standard error leaves standing."""
    return by_mcse(row[name], row[f"{name}_mcse"] / row[name] / math.log(10))
