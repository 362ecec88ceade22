"""Style of all figures: palette, sizes, fonts, labels, SVG."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from matplotlib.transforms import BboxBase

#: Colours that colour-blind readers tell apart, each dark enough to write with on white (AA).
PALETTE = ("#0072B2", "#C04A00", "#00795A", "#AA4499", "#8F6000", "#555555")
#: Line styles that go with the palette, so that lines differ in grey too.
LINES = ("-", "--", "-.", (0, (1, 1.2)), (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
#: Colour of what is no estimate: the roadmap's figures and a machine's.
RULE, MUTED = "#333333", "#767676"

type Array = np.ndarray
type Size = Literal["wide", "narrow"]
#: Width in inches and size of the text in points: beside text or on a slide, and on a telephone.
_FORMATS: dict[Size, tuple[float, float]] = {"wide": (7.4, 9.0), "narrow": (3.75, 8.0)}
#: A log axis of fewer decades has ticks between the powers of ten.
_FEW_DECADES = 1.7
#: A line of fewer points is no curve.
_CURVE = 10
#: Characters of a name that a figure shows.
_LONGEST_NAME = 24
#: Area, square pixels, that a point of a line under a label counts as much as.
_POINT = 40.0
#: How many times as bad it is to cover a text as to cover nothing else than the ground.
_TEXT = 10.0
#: Families by which a browser shows the text of a figure, where it has the first or not.
_FAMILIES = (
    "'DejaVu Sans', 'IPAexGothic', 'Hiragino Sans', 'Yu Gothic', 'Noto Sans CJK JP', sans-serif"
)


@contextmanager
def lettering() -> Iterator[None]:
    """Make text of the block in fonts that have every sign of both languages, as it stands.

    Also a decorator of a function that makes a figure.
    """
    import matplotlib as mpl

    _register_japanese()
    fonts = {"font.family": ["DejaVu Sans", "IPAexGothic"], "text.parse_math": False}
    with mpl.rc_context(fonts):  # type: ignore[arg-type] # names of parameters
        yield


@contextmanager
def drawing(size: Size = "wide", *, height: float, rows: int = 1) -> Iterator[Figure]:
    """Give an empty figure whose text is in the style of all.

    Parameters
    ----------
    height
        Inches at the wide format; the narrow one is as much higher as `rows` says.
    rows
        How many panels stand above each other in the narrow format for each in the wide one.
    """
    import matplotlib as mpl

    width, points = _FORMATS[size]
    style: dict[Any, Any] = {
        "font.size": points,
        "axes.titlesize": points + 1,
        "axes.labelsize": points,
        "xtick.labelsize": points - 1,
        "ytick.labelsize": points - 1,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlelocation": "left",
        "axes.edgecolor": MUTED,
    }
    with lettering(), mpl.rc_context(style):
        tall = height if size == "wide" else 0.85 * rows * height
        yield Figure(figsize=(width, tall), layout="constrained")


def panels(figure: Figure, size: Size, widths: Sequence[float]) -> list[Axes]:
    """Panels beside each other or, in the narrow format, above each other."""
    if size == "wide":
        grid = figure.subplots(1, len(widths), squeeze=False, width_ratios=list(widths))
        return list(grid[0])
    return list(figure.subplots(len(widths), 1, squeeze=False)[:, 0])


@cache
def _register_japanese() -> None:
    """Make the Japanese font known that `matplotlib-fontja` brings, without its own settings."""
    from matplotlib.font_manager import fontManager

    found = find_spec("matplotlib_fontja")
    if found is not None and found.submodule_search_locations:
        for path in sorted((Path(found.submodule_search_locations[0]) / "fonts").glob("*.ttf")):
            fontManager.addfont(path)


def wrapped_title(figure: Figure, text: str, size: Size) -> None:
    """Put a title over a whole figure, at its left, in lines that fit its width."""
    width, points = _FORMATS[size]
    # A wide character takes one em, and a narrow one a little more than half of it.
    room = width * 72 / (points + 2) * 0.97
    figure.suptitle("\n".join(_lines(text, room)), x=0.01, ha="left", fontsize=points + 2)


def _lines(text: str, room: float) -> list[str]:
    """Break a text where it has blanks, or after a Japanese comma, or anywhere in Japanese."""
    lines, line, used = [], "", 0.0
    for piece in re.findall(r"[^\s\u3000-\u9fff\uff00-\uffef]+\s*|.", text):
        ems = sum(1.0 if ord(char) > 0x2E80 else 0.64 for char in piece.rstrip())
        opening = piece in "、。）」・"
        if line and used + ems > room and not opening:
            lines.append(line.rstrip())
            line, used = "", 0.0
        line += piece
        used += ems + 0.33 * (len(piece) - len(piece.rstrip()))
    return [*lines, line.rstrip()]


def log_axis(axes: Axes, low: float, high: float, size: Size) -> None:
    """Scale the x axis by powers of ten between two ends, with ticks that keep apart."""
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    decades = math.log10(high / low)
    steps: tuple[float, ...] = (1.0, 2.0, 5.0) if decades < _FEW_DECADES else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=9 if size == "wide" else 5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def name_x(axes: Axes, text: str, size: Size) -> None:
    """Name the x axis; in the narrow format from its right end, so that the name has room."""
    axes.set_xlabel(text, loc="center" if size == "wide" else "right")


def power_of_ten(value: float) -> str:
    """Write a tick of a log axis."""
    if 1e-3 <= value < 1e5:
        return f"{value:,.10g}"
    return superscript_power(math.log10(value))


def superscript_power(exponent: float) -> str:
    """Write a power of ten with a raised exponent, such as 10²⁶."""
    return "10" + f"{exponent:.0f}".translate(_RAISED)


def typeset(text: str) -> str:
    """Write numbers such as 3.2e4 in a text as 3.2×10⁴."""
    return _POWER.sub(lambda found: f"{found[1]}×10{str(int(found[2])).translate(_RAISED)}", text)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_POWER = re.compile(r"(?<![\w.,])(\d+(?:\.\d+)?)e([+-]?\d+)(?!\w)", re.ASCII)


def short_name(name: str) -> str:
    """Cut a name that would leave no room for what it names; the page has it whole."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def halo(text: Text) -> Text:
    """Lay a text on a white ground, so that it can be read on lines."""
    text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.8})
    return text


def interval_row(axes: Axes, y: float, ends: Mapping[str, float], color: str) -> None:
    """Draw a median with its 80 and 95 % intervals in a row.

    Parameters
    ----------
    ends
        Probability → quantile, as a summary has them: "0.025", "0.1", "0.5", "0.9", "0.975".
    """
    axes.plot([ends["0.025"], ends["0.975"]], [y, y], color=color, linewidth=1.5)
    axes.plot(
        [ends["0.1"], ends["0.9"]],
        [y, y],
        color=color,
        linewidth=5,
        alpha=0.6,
        solid_capstyle="butt",
    )
    axes.plot([ends["0.5"]], [y], marker="o", color="white", markeredgecolor=color, markersize=6)


def rows_of_names(axes: Axes) -> None:
    """Leave of the y axis the names of its rows alone, with a grid of values behind them."""
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", alpha=0.2)


@dataclass(frozen=True)
class Place:
    """Where a label may stand: a point, its offset in points, and its alignment."""

    x: float
    y: float
    offset: tuple[float, float]
    ha: Literal["left", "right", "center"] = "left"
    va: Literal["bottom", "top", "center"] = "center"


def label_apart(axes: Axes, text: str, places: Sequence[Place], **style: object) -> Text:
    """Write a label at the first place where it covers neither text nor curve, within the panel.

    Where there is none, it stands where it covers least. The figure is laid out before
    (`Figure.draw_without_rendering`), its title included.
    """
    frame = axes.get_window_extent()
    taken = [one.get_window_extent() for one in axes.texts if one.get_text()]
    points = [point for line in axes.lines for point in _drawn(line)]
    tried: list[tuple[float, int, Place]] = []
    made = halo(axes.annotate(text, (0, 0), (0, 0), textcoords="offset points", **style))  # type: ignore[arg-type]
    made.set_in_layout(False)
    for number, place in enumerate(places):
        _move(made, place)
        box = made.get_window_extent()
        covered = _TEXT * sum(overlap(box, other) for other in taken)
        covered += _POINT * sum(box.contains(*point) for point in points)
        outside = box.width * box.height - overlap(box, frame)
        tried.append((covered + outside, number, place))
        if covered + outside <= 1:
            return made
    _move(made, min(tried)[2])
    return made


def _drawn(line: Line2D) -> Array:
    """Points along a line, close together, in pixels; none of a line through the whole panel."""
    points: Array = line.get_transform().transform(line.get_xydata())
    return points if len(points) >= _CURVE else points[:0]


def _move(text: Text, place: Place) -> None:
    text.xy = (place.x, place.y)  # type: ignore[attr-defined]
    text.set_position(place.offset)
    text.set_horizontalalignment(place.ha)
    text.set_verticalalignment(place.va)


def overlap(one: BboxBase, other: BboxBase) -> float:
    """Area that two boxes share, square pixels."""
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(max(0.0, wide) * max(0.0, high))


def rule(axes: Axes, value: float, text: str, *, top: bool = False) -> None:
    """Mark a value on the x axis by a line and its name beside it."""
    axes.axvline(value, color=RULE, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    halo(
        axes.annotate(
            text,
            (value, 1.0 if top else 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(-2, -3 if top else 3),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="top" if top else "bottom",
            color=RULE,
            fontsize="small",
        )
    )


def svg(figure: Figure, salt: str = "eflops") -> str:
    """SVG element of a figure, the same bytes for the same figure and salt.

    Parameters
    ----------
    salt
        Figures of one page need one each, so that no two of their ids are the same.
    """
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "none"}):
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"'DejaVu Sans'(, 'IPAexGothic')?", _FAMILIES, text)
    name = re.sub(r"[^a-z0-9]+", "-", salt.lower())
    return re.sub(r'(<g id=")([^"]+)"', rf'\g<1>{name}-\g<2>"', text)
