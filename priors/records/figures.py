"""Record of a number that the roadmap prints."""

from priors.records.row import Count, Finite, Row


class RoadmapFigureRow(Row):
    """A number that the roadmap prints, with the rule that recomputes it."""

    units = (
        *("FLOP", "EFLOP", "EFLOPS", "PFLOPS", "TFLOPS", "parameters", "tokens"),
        *("days", "year", "%", "1", "Gopher units", "tokens/parameter", "GCD"),
        *("parameters/FLOP^0.5", "tokens/FLOP^0.5"),
    )

    section: str
    quantity: str
    subject: str
    rule: str
    x: Finite | None = None
    x2: Finite | None = None
    printed: Finite
    digits: Count
    original: Finite | None = None
    original_source: str | None = None
    confidence: str
