"""Columns and units of each edition of Epoch AI's CSV."""

from dataclasses import dataclass

from priors.errors import EvidenceError
from priors.imports.foreign_table import ForeignTable

DATE = "Publication date"
COMPUTE = "Training compute (FLOP)"
ORGANIZATION = "Organization"
CONFIDENCE = "Confidence"
PARAMETERS = "Parameters"
PARAMETERS_NOTES = "Parameters notes"
COMPUTE_NOTES = "Training compute notes"
DOMAIN = "Domain"
EPOCHS = "Epochs"
BASE_MODEL = "Base model"
FINETUNE_COMPUTE = "Finetune compute (FLOP)"
REFERENCE = "Reference"

#: Columns that every edition has and no import can do without.
_REQUIRED = (DATE, COMPUTE, ORGANIZATION, CONFIDENCE)


@dataclass(frozen=True)
class Layout:
    """Columns of one edition of the file that other editions name differently.

    Attributes
    ----------
    edition
        When files of this layout were published.
    model, data_size
        Columns of the model's name and of the size of its training data.
    counts_tokens
        Whether that size is in tokens for language models (of one epoch); else a row may have
        words or tokens, and does not say which.
    source
        Id of the edition that the built-in evidence rests on; None for any other.
    """

    edition: str
    model: str
    data_size: str
    counts_tokens: bool
    source: str | None = None


#: Read from published files: `datapoints` are words on most rows of 2024 and 2025 and tokens on
#: others (ESM3 in June 2024, Pangu Ultra in May 2025), the later columns are tokens.
LAYOUTS = (
    Layout("2024", "System", "Training dataset size (datapoints)", counts_tokens=False),
    Layout("2025", "Model", "Training dataset size (datapoints)", counts_tokens=False),
    Layout(
        edition="January 2026",
        model="Model",
        data_size="Training dataset size (gradients)",
        counts_tokens=True,
        source="epoch-models-2026-01",
    ),
    Layout(
        edition="January 2026, large-scale models only",
        model="Model",
        data_size="(DEPRECATED) Training dataset size (datapoints)",
        counts_tokens=False,
    ),
    Layout("April 2026 or later", "Model", "Training dataset size (total)", counts_tokens=True),
)

_MODEL_COLUMNS = tuple(dict.fromkeys(layout.model for layout in LAYOUTS))
_SIZE_COLUMNS = tuple(dict.fromkeys(layout.data_size for layout in LAYOUTS))


def recognise(table: ForeignTable) -> Layout:
    """Tell the edition of a file by its columns.

    Raises
    ------
    EvidenceError
        A column that every edition has is missing, no edition fits, or columns of two editions
        stand side by side.
    """
    where = f"{table.file}, header"
    for column in _REQUIRED:
        if column not in table.header:
            raise EvidenceError(
                where, f"no column {column!r}", "Epoch AI's CSV of models as it is downloaded"
            )
    names = [column for column in _MODEL_COLUMNS if column in table.header]
    sizes = [column for column in _SIZE_COLUMNS if column in table.header]
    for found, possible in ((names, _MODEL_COLUMNS), (sizes, _SIZE_COLUMNS)):
        if not found:
            raise EvidenceError(
                where,
                f"no column {' or '.join(map(repr, possible))}",
                "Epoch AI's CSV of models as it is downloaded",
            )
    for layout in LAYOUTS:
        if [layout.model] == names and [layout.data_size] == sizes:
            return layout
    raise EvidenceError(
        where,
        f"columns of two editions among {', '.join(map(repr, [*names, *sizes]))}",
        "one edition a file: values are revised between them",
    )
