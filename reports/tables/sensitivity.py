"""Terminal tables of what drives a requirement and of the size to choose."""

import math
from collections.abc import Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from priors.documents import Json
from reports.numbers import by_mcse, significant
from reports.tables.style import new_table

_BLOCKS = {
    "trend": "trend of the frontier",
    "law": "scaling law",
    "efficiency": "step MFU",
    "campaign": "campaign ratio",
}
_LEVERS = {
    "days": "1 % more days",
    "uptime": "1 % more uptime",
    "tokens_ratio": "1 % more tokens a parameter",
    "devices": "1 % more devices",
    "years": "a year later",
    "lag_years": "a year more behind the frontier",
}
#: An interaction below this share goes without saying.
_SAID = 5e-4
_LOW, _HIGH = "0.05", "0.95"


def print_sensitivity(found: Json, console: Console) -> None:
    """Print what drives the width in words, then by block, input and lever, then the decision."""
    console.print(
        Group(
            Text(f"{found['scenario']}: {found['title']}", style="bold"),
            *(Text(sentence) for sentence in in_words(found)),
            Text(),
            _block_table(found),
            _input_table(found),
            *(Text(f"· {note}", style="dim") for note in _notes(found)),
            Text(),
            _lever_table(found["levers"]),
            _size_table(found["decision"]),
            Text(f"· {_curves(found)}", style="dim"),
        )
    )


def in_words(found: Json) -> Iterator[str]:
    """Say what drives the width, most first, and what the costs make of it."""
    need, decision = found["need"], found["decision"]
    low, middle, high = (
        by_mcse(need["quantiles"][key], need["mcse_log10"][key]) for key in (_LOW, "0.5", _HIGH)
    )
    factor = need["quantiles"][_HIGH] / need["quantiles"][_LOW]
    yield (
        f"Required {_asked(found['question'])}: median {middle} EFLOPS; the central 90 % run from "
        f"{low} to {high}, a factor of {significant(factor, 2)}."
    )
    blocks = sorted(found["blocks"], key=lambda row: -row["shapley"])
    shares = [
        f"{_BLOCKS[row['block']]} {percent(row['shapley'], row['shapley_mcse'])}"
        for row in blocks
        if row["shapley"] > 0
    ]
    yield f"Of the variance of its log10: {', '.join(shares)}."
    most = max(found["inputs"], key=lambda row: row["share"])
    learnt = max(found["inputs"], key=lambda row: row["evppi"])
    yield (
        f"The most of any one input: {most['long_name']}, "
        f"{percent(most['share'], most['share_mcse'])}."
    )
    unit = "a dex" if decision["loss_unit"] == "dex" else "an EFLOPS"
    best = by_mcse(decision["best_eflops"], decision["best_mcse_log10"])
    known = f"; to know {learnt['long_name']}, {_by_error(learnt, 'evppi')} (EVPPI)"
    yield (
        f"If {unit} too small costs {decision['cost_too_small']:g} and {unit} too large "
        f"{decision['cost_too_large']:g}, the best size is {best} EFLOPS, which suffices with a "
        f"probability of {decision['best_probability']:.2g}. To know the need would save "
        f"{_by_error(decision, 'evpi')} (EVPI){known if _told(learnt) else ''}."
    )


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
    return f"{quantity}, {question['year']:g}, {question['days']:g} days"


def _block_table(found: Json) -> Table:
    table = new_table("Blocks: shares of the variance of log10; need at 5 and 95 %")
    table.add_column("block", no_wrap=True)
    for heading in ("alone", "with others", "share", "at 5 %", "at 95 %", "EVPPI"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in found["blocks"]:
        shares = (percent(row[key], row[f"{key}_mcse"]) for key in ("first", "total", "shapley"))
        table.add_row(_BLOCKS[row["block"]], *shares, *_ends(row), _worth(row))
    return table


def _input_table(found: Json) -> Table:
    table = new_table("Inputs: the same; elasticity is the % that 1 % of the input makes")
    table.add_column("input", overflow="fold")
    table.add_column("block", no_wrap=True)
    for heading in ("share", "at 5 %", "at 95 %", "elasticity", "EVPPI"):
        table.add_column(heading, justify="right", no_wrap=True)
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
    table = new_table("Levers: what a small change does to the requirement")
    table.add_column("change", no_wrap=True)
    for heading in ("median", "5 %", "95 %"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in levers:
        cells = (row["slope"][key] for key in ("0.5", _LOW, _HIGH))
        if row["unit"] == "1":
            table.add_row(_LEVERS[row["lever"]], *(f"{value:+.2f} %" for value in cells))
        else:
            table.add_row(_LEVERS[row["lever"]], *(_factor(value) for value in cells))
    return table


def _size_table(decision: Json) -> Table:
    table = new_table(f"Sizes and expected losses, {decision['loss_unit']} × cost")
    for heading in ("suffices with", "EFLOPS", "expected loss", "over the best"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in decision["sizes"]:
        best = row["probability"] == decision["best_probability"]
        table.add_row(
            f"{100 * row['probability']:.4g} %",
            by_mcse(row["eflops"], row["mcse_log10"]),
            _by_error(row, "loss"),
            "best" if best else f"+{significant(row['loss'] - decision['evpi'], 2)}",
        )
    return table


def _notes(found: Json) -> Iterator[str]:
    total = found["sum_of_shares"]
    yield f"First-order and joint shares add up to {total['value']:.3f} ± {total['mcse']:.3f}."
    for row in found["interactions"]:
        if row["joint"] > _SAID:
            yield (
                f"{' and '.join(_BLOCKS[block] for block in row['blocks'])} multiply each other: "
                f"{percent(row['joint'], row['joint_mcse'])} they make only together."
            )
    dummies = [abs(row["share"]) for row in found["dummies"]["share_in_block"].values()]
    if dummies:
        yield f"An input that does nothing reads up to {max(dummies):.1%} of its block."
    if found["not_entering"]:
        yield f"Not entering: {', '.join(found['not_entering'])}."


def _curves(found: Json) -> str:
    largest = found["decision"]["share_of_largest_losses"]
    return (
        f"The hundredth of the draws with the largest losses makes {largest:.0%} of the expected "
        "loss. --json has the curves of exceedance and expected loss."
    )


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
