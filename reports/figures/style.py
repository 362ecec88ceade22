"""Palette of all figures, and figures as SVG."""

from io import StringIO

from matplotlib.figure import Figure

#: Okabe and Ito's palette: colour-blind-safe, and of different lightness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def svg(figure: Figure) -> str:
    """SVG element of a figure, the same bytes for the same figure."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "eflops", "svg.fonttype": "none"}):
        buffer = StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]
