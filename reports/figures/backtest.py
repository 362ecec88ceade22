"""Hindcasts: coverage, scores, records and lengths of campaigns."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.words import say
from priors.documents import Json
from reports.figures.style import PALETTE, lettering

_COMBINED, _OTHER, _OBSERVED = PALETTE[0], "0.65", PALETTE[1]
#: A score this far behind, nats, is drawn at the edge, with its value beside it.
_FARTHEST = 1.0
#: Years by which intervals of one year from several origins stand apart.
_APART = 0.12


@lettering()
def hindcasts(document: Json) -> Figure:
    """Four panels of what was foretold and what came.

    Coverage of yearly means against what it should be; log scores less the combination's; the
    record of later years from earlier ones; campaign lengths without their own machine or team.

    Parameters
    ----------
    document
        As `backtest --json` prints it.
    """
    figure = Figure(figsize=(11, 8.5), layout="constrained")
    grid = figure.subplots(2, 2)
    _coverage(grid[0, 0], document["trend"])
    _scores(grid[0, 1], document["trend"])
    _records(grid[1, 0], document["record"])
    _campaigns(grid[1, 1], document["campaigns"])
    figure.suptitle(say("hindcasts.hindcasts", scenario=document["trend"]["scenario"]), fontsize=12)
    return figure


def _coverage(axes: Axes, trend: Json) -> None:
    low, high = trend["horizons"]["weighed"]
    axes.plot([0.45, 1], [0.45, 1], color="0.4", linewidth=0.8, linestyle=":")
    for name, found in trend["forecasters"].items():
        covered = found["weighed"]["coverage"]
        nominal = [float(mass) for mass in covered]
        share = [one["share"] for one in covered.values()]
        if name != "combined":
            label = say("hindcasts.other") if name == "linear" else None
            axes.plot(nominal, share, color=_OTHER, linewidth=1, marker=".", label=label)
            continue
        ends = [one["interval_90"] for one in covered.values()]
        below = [max(0.0, one - end[0]) for one, end in zip(share, ends, strict=True)]
        above = [max(0.0, end[1] - one) for one, end in zip(share, ends, strict=True)]
        axes.errorbar(
            nominal,
            share,
            yerr=[below, above],
            color=_COMBINED,
            marker="o",
            capsize=3,
            zorder=3,
            label=say("hindcasts.combination"),
        )
    axes.set(xlim=(0.45, 1), ylim=(0, 1.03))
    axes.set_xlabel(say("hindcasts.nominal"))
    axes.set_ylabel(say("hindcasts.inside"))
    axes.set_title(say("hindcasts.yearly", low=low, high=high), fontsize=10)
    # Above the line of the forecaster that covers least.
    axes.legend(fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 0.15))


def _scores(axes: Axes, trend: Json) -> None:
    names = [name for name in trend["forecasters"] if name != "combined"]
    for place, name in enumerate(names):
        behind = trend["forecasters"][name]["weighed"]["behind"]["log_score"]
        if behind["mean"] > _FARTHEST:
            axes.plot(_FARTHEST, place, marker=">", color=_OTHER)
            text = f"{behind['mean']:.1f} ± {behind['error']:.1f}"
            axes.annotate(
                text, (_FARTHEST, place), (-8, 0), textcoords="offset points", ha="right",
                va="center", fontsize=8,
            )  # fmt: skip
            continue
        axes.errorbar(
            behind["mean"], place, xerr=behind["error"], color=_COMBINED, marker="o", capsize=3
        )
    axes.axvline(0, color="0.4", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(names)), [say(f"forecasters.{name}") for name in names], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(right=_FARTHEST * 1.05)
    axes.set_xlabel(say("hindcasts.below"))
    axes.set_title(say("hindcasts.scores"), fontsize=10)


def _records(axes: Axes, record: Json) -> None:
    rows = record["records"]
    origins = sorted({row["origin"] for row in rows})
    for number, origin in enumerate(origins):
        mine = [row for row in rows if row["origin"] == origin]
        at = [row["year"] + _APART * (number - (len(origins) - 1) / 2) for row in mine]
        axes.errorbar(
            at,
            [row["median"] for row in mine],
            yerr=_ends(mine, "median"),
            fmt=".",
            color=PALETTE[number % len(PALETTE)] if number != 1 else "0.4",
            capsize=2,
            label=say("hindcasts.known", origin=origin),
        )
    came = {row["year"]: row["training_flop"] for row in rows}
    values = list(came.values())
    axes.plot(
        list(came), values, "D", color="black", markersize=5, label=say("hindcasts.came"), zorder=3
    )
    axes.set_yscale("log")
    axes.set_xticks(sorted(came))
    axes.set_xlabel("1 January of the year")
    axes.set_ylabel(say("hindcasts.largest"))
    axes.set_title(say("hindcasts.record"), fontsize=10)
    axes.legend(fontsize=7, loc="upper left")


def _campaigns(axes: Axes, campaigns: Json) -> None:
    rows = sorted(campaigns["campaigns"], key=lambda row: row["observed_days"])
    places = range(len(rows))
    axes.errorbar(
        [row["median"] for row in rows],
        places,
        xerr=_ends(rows, "median"),
        fmt="o",
        color=_COMBINED,
        capsize=3,
        label=say("hindcasts.predicted"),
    )
    axes.plot(
        [row["observed_days"] for row in rows],
        places,
        "D",
        color=_OBSERVED,
        label=say("hindcasts.took"),
        zorder=3,
    )
    axes.set_yticks(places, [row["system"] for row in rows], fontsize=8)
    axes.set_xscale("log")
    smallest = min(row["interval_90"][0] for row in rows)
    largest = max(row["interval_90"][1] for row in rows)
    ticks = [days for days in (5, 10, 20, 50, 100, 200, 500) if smallest / 2 < days < largest * 2]
    axes.set_xticks(ticks, [str(days) for days in ticks])
    axes.minorticks_off()
    axes.set_xlim(10 ** (math.log10(smallest) - 0.05), 10 ** (math.log10(largest) + 0.05))
    axes.set_xlabel("days")
    axes.set_title(say("hindcasts.campaigns"), fontsize=10)
    axes.legend(fontsize=8, loc="lower right")


def _ends(rows: list[Json], centre: str) -> list[list[float]]:
    """Lengths of the 90 % intervals' two sides."""
    return [
        [row[centre] - row["interval_90"][0] for row in rows],
        [row["interval_90"][1] - row[centre] for row in rows],
    ]
