"""Terminal tables of the campaign hindcast."""

from collections.abc import Iterable, Iterator

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from priors.documents import Json
from reports.tables.style import failed_text, new_table


def print_campaigns(document: Json, console: Console) -> None:
    """Print every campaign, the held-out groups, and the verdict.

    Parameters
    ----------
    document
        From `analysis.backtest.campaigns.hindcast_campaigns`.
    """
    parts = [_campaigns(document["scenario"], document["campaigns"])]
    if document["groups"]:
        parts.append(_groups(document["groups"]))
    notes = (Text(f"· {note}", style="dim") for note in _notes(document))
    console.print(Group(*parts, *notes, *_verdicts(document["checks"])))


def _campaigns(scenario: str, rows: Iterable[Json]) -> Table:
    table = new_table(f"{scenario}: length of campaigns, each predicted without its own system")
    table.add_column("system", no_wrap=True)
    for heading in ("devices", "peak", "days", "median", "90 %", "factor", "PIT"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in rows:
        low, high = row["interval_90"]
        table.add_row(
            row["system"],
            f"{row['devices']:,}",
            row["precision"],
            f"{row['observed_days']:.0f}",
            f"{row['median']:.0f}",
            f"{low:.0f}–{high:.0f}",
            f"{row['width_factor']:.1f}",
            f"{row['pit']:.2f}",
            "inside" if row["inside_90"] else Text("outside", style="bold"),
        )
    return table


def _groups(groups: Iterable[Json]) -> Table:
    table = new_table("Step MFU of a group, predicted from systems without a row in it")
    table.add_column("left out", no_wrap=True)
    for heading in ("rows", "systems", "in fit", "in 50 %", "in 90 %", "bias, dex", "factor"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for group in groups:
        half, most = (group["coverage"][mass] for mass in ("0.5", "0.9"))
        table.add_row(
            f"{group['kind']}: {group['group']}",
            f"{group['rows']}",
            f"{group['systems']}",
            f"{group['systems_left']}",
            f"{half['inside']}/{half['of']}",
            f"{most['inside']}/{most['of']}",
            f"{group['error']['bias_dex']:+.2f}",
            f"{group['width_factor']:.1f}",
            "" if group["held"] else Text("missed", style="bold"),
        )
    return table


def _notes(document: Json) -> Iterator[str]:
    covered = ", ".join(
        f"{100 * float(mass):g} %: {entry['inside']}/{entry['of']}"
        for mass, entry in document["coverage"].items()
    )
    low, high = document["coverage"]["0.9"]["interval_95"]
    yield f"Campaigns inside their interval: {covered}; coverage of 90 %: {low:.2f} to {high:.2f}."
    error, width = document["error"], document["width_factor"]
    spread = ""
    if error["sd_dex"] is not None:
        spread = f" ± {error['standard_error_dex']:.3f} (sd {error['sd_dex']:.3f})"
    yield (
        f"Days over median: {error['bias_dex']:+.3f}{spread} dex; "
        f"CRPS {error['crps_dex']:.3f} dex. Upper over lower end of the 90 % interval: "
        f"{width['median']:.1f} (median), {width['largest']:.1f} (largest)."
    )
    if document["wider"]:
        yield f"Wider than the limit: {', '.join(document['wider'])}."
    missed = [
        f"{group['kind']} {group['group']}" for group in document["groups"] if not group["held"]
    ]
    if missed:
        yield (
            f"Not to be had from the other systems: step MFU of {'; '.join(missed)}. There the "
            "model is an extrapolation, and its interval too narrow."
        )
    reasons: dict[str, list[str]] = {}
    for name, reason in document["excluded"].items():
        reasons.setdefault(reason, []).append(name.removesuffix("-campaign"))
    for reason, names in reasons.items():
        yield f"Left out, {reason}: {', '.join(names)}."


def _verdicts(checks: list[Json]) -> Iterator[Text]:
    failed = [check for check in checks if not check["passed"]]
    for check in failed:
        yield Text(f"FAILED: {failed_text(check)}", style="bold red")
    if not failed:
        yield Text(f"· {len(checks)} checks passed", style="dim")
