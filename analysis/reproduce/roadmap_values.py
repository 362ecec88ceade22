"""The roadmap's value for a year and a length of campaign."""

import re
from dataclasses import dataclass

from model import chain
from priors.evidence import Evidence
from priors.records.figures import RoadmapFigureRow

_SUBJECT = re.compile(r"^(?P<year>\d{4})(?:, (?P<days>\d+) days)?$")
_SECTIONS = ("1.3.1", "1.3.2")


@dataclass(frozen=True)
class RoadmapValue:
    """A figure of the roadmap.

    Attributes
    ----------
    value
        As printed, or by the roadmap's own equation from what it prints.
    ceiling
        A requirement up to here is met by the figure: half a unit of its last printed digit
        above it, so that the figure suffices for itself.
    printed
        Whether the roadmap prints it.
    """

    value: float
    ceiling: float
    printed: bool


class RoadmapValues:
    """Look-up of the roadmap's figures by quantity, year and days."""

    def __init__(self, evidence: Evidence) -> None:
        self._figures: dict[tuple[str, float, float | None], RoadmapFigureRow] = {}
        for row in evidence.roadmap_figures:
            subject = _SUBJECT.match(row.subject)
            if subject is None or row.section not in _SECTIONS:
                continue
            days = subject["days"]
            key = row.quantity, float(subject["year"]), None if days is None else float(days)
            known = self._figures.get(key)
            if known is None or row.digits >= known.digits:
                self._figures[key] = row

    def find(self, quantity: str, year: float, days: float | None) -> RoadmapValue | None:
        """Return what the roadmap says; None where it says nothing, not even by its equations.

        Of a campaign of unknown `days` it says how many FLOP it takes, and nothing else.
        """
        row = self._figures.get((quantity, year, days)) or self._figures.get((quantity, year, None))
        if row is not None and quantity != "efficiency":
            return RoadmapValue(row.printed, row.printed + _half_unit(row), printed=True)
        flop = self._figures.get(("training_flop", year, None))
        if flop is None or days is None or quantity not in {"effective_eflops", "peak_eflops"}:
            return None
        value, ceiling = (
            self._by_equation(quantity, amount, days)
            for amount in (flop.printed, flop.printed + _half_unit(flop))
        )
        return RoadmapValue(value, ceiling, printed=False)

    def _by_equation(self, quantity: str, flop: float, days: float) -> float:
        effective = float(chain.effective_eflops(flop, days))
        if quantity == "effective_eflops":
            return effective
        (efficiency,) = (
            row.printed / 100 for key, row in self._figures.items() if key[0] == "efficiency"
        )
        return float(chain.peak_eflops(effective, efficiency))


def _half_unit(row: RoadmapFigureRow) -> float:
    """Half a unit of the last printed digit."""
    exponent = int(f"{row.printed:e}".partition("e")[2])
    return float(10.0 ** (exponent - row.digits + 1)) / 2
