"""One record of Epoch AI's CSV as a training run, or why it is none."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from priors.imports import epoch_editions as columns
from priors.imports.epoch_editions import Layout
from priors.imports.epoch_experts import mixture
from priors.imports.foreign_table import Record
from priors.imports.quantities import positive_number
from priors.records.row import Grade
from priors.records.runs import RunRow
from priors.sources import slug
from priors.thresholds import thresholds
from priors.units import FLOP_PER_PARAMETER_TOKEN

_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.]|年)(?P<month>\d{1,2})(?:(?P=mark)|月)(?P<day>\d{1,2})日?"
)

#: Epoch AI's grade in the file → ours.
GRADES: dict[str, Grade] = {
    "Confident": "Confident",
    "Likely": "Likely",
    "Speculative": "Speculative",
    "Unknown": "ungraded",
    "": "ungraded",
}


@dataclass(frozen=True)
class Remark:
    """A row of the file and what there is to say of it.

    Attributes
    ----------
    row
        Row in a spreadsheet.
    model
        Name of the model.
    reason
        The same words for all rows that share it, so that they can be counted.
    detail
        What stands in this row; empty where the reason says all.
    """

    row: int
    model: str
    reason: str
    detail: str = ""


def reason_to_skip(
    record: Record, layout: Layout, closed: date, edition: date, *, skip_fine_tunes: bool
) -> Remark | None:
    """Say why a record is no dated training run; None if it is one.

    Parameters
    ----------
    record, layout
        The record, and the columns of its edition.
    closed
        Day the evidence was closed: later models are left out.
    edition
        Day the edition was published: a later date is a misprint.
    skip_fine_tunes
        Leave out models most of whose FLOP is that of their base model.
    """
    model, compute = record.text(layout.model), record.text(columns.COMPUTE)
    written, grade = record.text(columns.DATE), record.text(columns.CONFIDENCE)
    day = day_of(record)
    why: tuple[str, ...] | None = None
    if not compute:
        why = ("no training compute",)
    elif positive_number(compute) is None:
        why = "training compute is not a positive number", repr(compute)
    elif not model:
        why = ("no name",)
    elif day is None:
        why = "date is not a day, YYYY-MM-DD", repr(written) if written else "nothing"
    elif day > edition:
        why = f"dated after {edition}, when its edition was published", written
    elif day > closed:
        why = f"published after {closed}, when the evidence was closed", written
    elif grade not in GRADES:
        why = "confidence is no grade", repr(grade)
    elif skip_fine_tunes and _repeats_base(record):
        why = "fine-tune: most of its FLOP is its base model's", record.text(columns.BASE_MODEL)
    return None if why is None else Remark(record.number, model, *why)


def day_of(record: Record) -> date | None:
    """Day of publication; None unless it is written as a whole date, the year first.

    2020-05-28, and as a spreadsheet in Japan saves it 2020/5/28, 2020.5.28 or 2020年5月28日: with
    the year first, month and day cannot be taken for each other.
    """
    found = _YEAR_FIRST.fullmatch(record.text(columns.DATE))
    if found is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def run_of(record: Record, layout: Layout, *, source: str, vintage: str) -> RunRow:
    """Return the row of training_runs.csv, its id and its rank still to be settled."""
    model = record.text(layout.model)
    parameters = positive_number(record.text(columns.PARAMETERS))
    architecture, active = mixture(
        model,
        record.text(columns.PARAMETERS_NOTES),
        record.text(columns.COMPUTE_NOTES),
        parameters,
    )
    return RunRow.model_validate(
        {
            "id": slug(model) or f"row-{record.number}",
            "published": str(day_of(record)),
            "unit": "FLOP",
            "verification": "secondary",
            "definition": "final training run",
            "source": source,
            "system": model,
            "organization": record.text(columns.ORGANIZATION) or "not stated",
            "architecture": architecture,
            "parameters": parameters,
            "active_parameters": active,
            "tokens": _tokens(record, layout),
            "training_flop": positive_number(record.text(columns.COMPUTE)),
            "confidence": GRADES[record.text(columns.CONFIDENCE)],
            "vintage": vintage,
            "reference": record.text(columns.REFERENCE) or None,
            "note": _note(record),
        }
    )


def remarks_on(record: Record, layout: Layout, run: RunRow) -> list[Remark]:
    """Say what a reader should look at in a row that is kept."""
    return [Remark(record.number, run.system, *said) for said in _said(record, layout, run)]


def _repeats_base(record: Record) -> bool:
    """Whether less than half of a row's FLOP is the model's own."""
    own = record.text(columns.FINETUNE_COMPUTE)
    total = positive_number(record.text(columns.COMPUTE))
    if not record.text(columns.BASE_MODEL) or total is None or not own:
        return False
    return (positive_number(own) or 0.0) < total / 2


def _tokens(record: Record, layout: Layout) -> float | None:
    """Tokens trained on, repeats counted; None where the file does not say so many tokens.

    Of models that are not of language alone it counts images, games or hours, and of fine-tunes
    the data of the last stage.
    """
    if not layout.counts_tokens or not _of_language(record) or _repeats_base(record):
        return None
    size = positive_number(record.text(layout.data_size))
    epochs = record.text(columns.EPOCHS)
    repeats = positive_number(epochs) if epochs else 1.0
    return None if size is None or repeats is None else size * repeats


def _of_language(record: Record) -> bool:
    return record.text(columns.DOMAIN) == "Language"


def _note(record: Record) -> str | None:
    if not _repeats_base(record):
        return None
    return f"most of the FLOP is that of its base model, {record.text(columns.BASE_MODEL)}"


def _said(record: Record, layout: Layout, run: RunRow) -> Iterator[tuple[str, str]]:
    size, parameters = record.text(layout.data_size), record.text(columns.PARAMETERS)
    if slug(run.system) is None:
        yield "name that would lose letters as an id: called by its row in the file", run.id
    if _repeats_base(record):
        yield "most of its FLOP is its base model's", record.text(columns.BASE_MODEL)
    if run.architecture == "moe" and run.active_parameters is None:
        yield "mixture of experts whose active parameters no note settles", ""
    if parameters and run.parameters is None:
        yield "parameters are not one positive number, left out", repr(parameters)
    if size and not layout.counts_tokens and _of_language(record):
        yield "size of the data left out: this edition has words on some rows, tokens on others", ""
    elif size and positive_number(size) is None:
        yield "size of the data is not one positive number, left out", repr(size)
    yield from _against_six_n_d(run)


def _against_six_n_d(run: RunRow) -> Iterator[tuple[str, str]]:
    """C = 6ND holds for dense models trained on D tokens (Kaplan et al. 2020, section 2.1)."""
    if run.architecture == "moe" or run.parameters is None or run.tokens is None:
        return
    ratio = run.training_flop / (FLOP_PER_PARAMETER_TOKEN * run.parameters * run.tokens)
    allowed = math.log1p(thresholds("evidence")["six_n_d_runs"])
    if math.log(ratio) < -allowed:
        yield "FLOP far below 6ND: perhaps a mixture of experts, its parameters a total", _c(ratio)
    elif math.log(ratio) > allowed:
        yield "FLOP far above 6ND: perhaps words, or data of one stage only", _c(ratio)


def _c(ratio: float) -> str:
    return f"C / 6ND = {ratio:.3g}"
