"""A machine against the needs."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from analysis.numbers import significant
from analysis.words import say
from priors.documents import Json
from reports.figures.style import (
    LINES,
    PALETTE,
    Size,
    drawing,
    halo,
    interval_row,
    log_axis,
    name_x,
    rows_of_names,
    short_name,
    typeset,
    wrapped_title,
)


def machine(
    found: Json,
    needs: Mapping[str, Json],
    *,
    title: str | None = None,
    size: Size = "wide",
) -> Figure:
    """Effective EFLOPS that targets need, and what the machine delivers at each precision.

    Parameters
    ----------
    found
        From `analysis.assess.assess.assess_machine`.
    needs
        Name of a target → quantiles of its effective EFLOPS, by probability.
    """
    delivers = found["delivers"]
    with drawing(size, height=1.7 + 0.42 * (len(needs) + len(delivers))) as figure:
        axes = figure.subplots()
        rows = [
            *((name, one, PALETTE[0]) for name, one in needs.items()),
            *(
                (
                    say(
                        "figures.delivers",
                        name=short_name(found["machine"]["name"]),
                        precision=one["precision"],
                    ),
                    one["effective_eflops"]["quantiles"],
                    PALETTE[1],
                )
                for one in delivers
            ),
        ]
        low = min(ends["0.025"] for _, ends, _ in rows)
        high = max(ends["0.975"] for _, ends, _ in rows)
        log_axis(axes, low / 2, high * 2, size)
        for number, (_, ends, color) in enumerate(rows):
            interval_row(axes, len(rows) - 1 - number, ends, color)
        for number, one in enumerate(delivers):
            median = one["effective_eflops"]["quantiles"]["0.5"]
            axes.axvline(median, color=PALETTE[1], linewidth=1, linestyle=LINES[1 + number])
            halo(
                axes.annotate(
                    f"{median:.0f} ({one['precision']})",
                    (median, 1.0),
                    xycoords=("data", "axes fraction"),
                    xytext=(-3 if number == 0 else 3, -2),
                    textcoords="offset points",
                    ha="right" if number == 0 else "left",
                    va="top",
                    color=PALETTE[1],
                    fontsize="small",
                )
            )
        axes.set_yticks(range(len(rows))[::-1], [name for name, _, _ in rows])
        axes.set_ylim(-0.6, len(rows) + 0.1)
        rows_of_names(axes)
        name_x(axes, say("figures.x_effective"), size)
        medians = sorted(one["0.5"] for one in needs.values())
        said = say(
            "figures.machine_title",
            name=short_name(found["machine"]["name"]),
            median=significant(delivers[0]["effective_eflops"]["quantiles"]["0.5"], 2),
            precision=delivers[0]["precision"],
            low=typeset(significant(medians[0], 2)),
            high=typeset(significant(medians[-1], 2)),
        )
        wrapped_title(figure, title or said, size)
    return figure
