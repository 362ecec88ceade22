"""Labels of a figure as they are drawn: which cover each other, and which are cut."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from reports.figures.style import overlap


def texts_that_overlap(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure that cover each other, as they are drawn."""
    figure.draw_without_rendering()
    hidden = {
        label
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for label in (tick.label1, tick.label2)
        if not _between(tick.get_loc(), axis.get_view_interval())
    }
    shown = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]
    boxes = [text.get_window_extent() for text in shown]
    return [
        (shown[i].get_text(), shown[j].get_text())
        for i in range(len(shown))
        for j in range(i)
        if overlap(boxes[i], boxes[j]) > 1
    ]


def texts_cut_off(figure: Figure) -> list[str]:
    """Texts of a figure that go beyond its edge."""
    figure.draw_without_rendering()
    frame = figure.bbox
    return [
        text.get_text()
        for axes in figure.axes
        for text in [*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label]
        if text.get_text().strip() and _beyond(text.get_window_extent(), frame)
    ]


def _beyond(box: BboxBase, frame: BboxBase) -> bool:
    return bool(
        box.x0 < frame.x0 - 1
        or box.x1 > frame.x1 + 1
        or box.y0 < frame.y0 - 1
        or box.y1 > frame.y1 + 1
    )


def _between(value: float, ends: Sequence[float]) -> bool:
    low, high = sorted(ends)
    reach = 1e-9 * (high - low)
    return bool(low - reach <= value <= high + reach)
