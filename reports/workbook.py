"""Workbook for a spreadsheet: results, assumptions and sources."""

from collections.abc import Iterable, Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from analysis.levels import ASSURANCE, QUANTILES
from analysis.words import say
from priors.documents import Json, visible

type Cell = str | float | None

#: Widths of columns, characters: of numbers, and at most of texts.
_NUMBER_WIDTH, _WIDEST = 14, 60


def workbook(page: Json, summary: Json) -> bytes:
    """Write the results of a run as an Excel workbook.

    Parameters
    ----------
    page
        From `analysis.report.page.page_of`.
    summary
        The object that `estimate --json` prints.

    Returns
    -------
    bytes
        Sheets of results, assurance, the assessed machine, assumptions and sources, of every
        scenario or of the page's own. Units stand in the headers; numbers are numbers, unrounded;
        a text that begins like a formula is text.
    """
    book = Workbook()
    book.remove(book.active)
    _sheet(book, say("workbook.results"), *_results(summary))
    _sheet(book, say("workbook.assurance"), *_assurance(summary))
    if page["assessed"] is not None:
        _sheet(book, say("workbook.assessed"), *_assessed(page["assessed"]))
    _sheet(book, say("workbook.assumptions"), *_assumptions(page))
    _sheet(book, say("workbook.sources"), *_sources(page))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


_PLACE = ("scenario", "year", "days", "target", "quantity", "precision", "unit")
_UNITS = {
    "effective_eflops": "EFLOPS",
    "peak_eflops": "EFLOPS",
    "training_flop": "FLOP",
    "parameters": "parameters",
    "tokens": "tokens",
}


def _place(scenario: str, row: Json) -> list[Cell]:
    return [
        scenario,
        *(row[name] for name in ("year", "days", "target", "quantity", "precision")),
        _UNITS[row["quantity"]],
    ]


def _place_headings() -> list[str]:
    return [say(f"workbook.{name}") for name in _PLACE]


def _rows(summary: Json) -> Iterable[tuple[str, Json]]:
    for name, scenario in summary["scenarios"].items():
        for row in scenario["results"]:
            yield name, row


def _results(summary: Json) -> tuple[list[str], list[list[Cell]]]:
    """Quantiles of every result, in the unit of its row."""
    quantiles = [f"{p:g}" for p in QUANTILES]
    headings = [
        *_place_headings(),
        *(say("workbook.quantile", percent=100 * p) for p in QUANTILES),
        say("workbook.roadmap"),
        say("workbook.suffices"),
        say("workbook.mcse"),
    ]
    table = [
        [
            *_place(name, row),
            *(row["quantiles"][key] for key in quantiles),
            row["roadmap_value"],
            row["probability_roadmap_suffices"],
            row["mcse_log10"]["0.5"],
        ]
        for name, row in _rows(summary)
    ]
    return headings, table


def _assurance(summary: Json) -> tuple[list[str], list[list[Cell]]]:
    """Sizes that suffice with stated probabilities."""
    headings = [
        *_place_headings(),
        *(say("workbook.sure", percent=100 * level) for level in ASSURANCE),
    ]
    table = [
        [*_place(name, row), *(row["assurance"][f"{level:g}"] for level in ASSURANCE)]
        for name, row in _rows(summary)
        if row["quantity"] in {"effective_eflops", "peak_eflops"}
    ]
    return headings, table


def _assessed(found: Json) -> tuple[list[str], list[list[Cell]]]:
    """Whether the assessed machine meets each need."""
    names = ("machine", "target", "year", "days", "precision", "met", "mcse_probability")
    table = [
        [
            found["machine"]["name"],
            *(row[name] for name in ("target", "year", "days", "precision")),
            row["probability"],
            row["probability_mcse"],
        ]
        for row in found["targets"]
    ]
    return [say(f"workbook.{name}") for name in names], table


def _assumptions(page: Json) -> tuple[list[str], list[list[Cell]]]:
    """Priors with their rationale and sources."""
    names = ("parameter", "meaning", "family", "unit", "value", "low", "median", "high")
    table: list[list[Cell]] = []
    for prior in page["priors"]:
        ends = prior["quantiles"] or {}
        table.append(
            [
                *(prior[name] for name in ("name", "meaning", "family", "unit", "value")),
                *(ends.get(key) for key in ("0.05", "0.5", "0.95")),
                prior["rationale"],
                ", ".join(prior["sources"]),
            ]
        )
    return [say(f"workbook.{name}") for name in (*names, "rationale", "of_sources")], table


def _sources(page: Json) -> tuple[list[str], list[list[Cell]]]:
    """List the sources with their marks."""
    names = ("source", "title", "producer", "published", "kind", "licence", "address")
    marks = ("primary", "secondary", "ours", "unchecked")
    table = [
        [
            *(one[name] for name in ("id", "title", "producer", "published", "kind", "licence")),
            one["url"],
            *(one["marks"].get(mark, 0) for mark in marks),
        ]
        for one in page["sources"]
    ]
    headings = [say(f"workbook.{name}") for name in names]
    return [*headings, *(say("workbook.rows", mark=say(f"marks.{mark}")) for mark in marks)], table


def _sheet(book: Workbook, title: str, headings: Sequence[str], rows: list[list[Cell]]) -> None:
    """Add a sheet with a header that stays, and a filter."""
    sheet: Worksheet = book.create_sheet(title)
    header: list[Cell] = list(headings)
    for number, row in enumerate([header, *rows], start=1):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(number, column)
            if isinstance(value, str):
                cell.value = visible(value)
                cell.data_type = "s"  # a text that begins with = is no formula
            else:
                cell.value = value
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for column in range(1, len(headings) + 1):
        texts = [str(row[column - 1]) for row in rows if isinstance(row[column - 1], str)]
        width = min(_WIDEST, max(map(len, texts), default=0) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = max(_NUMBER_WIDTH, width)
