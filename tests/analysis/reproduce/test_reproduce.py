"""Every printed figure gets a verdict, and a changed figure another one."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from public_files import needs, public_file

from analysis.reproduce.recompute import recompute_figures
from priors.errors import EvidenceError

PRINTED = public_file("roadmap_figures.md")

MISPRINTS = {
    "1-3-2-parameters-2030",
    "1-3-3-coefficient-a-misprint",
    "1-3-3-example-10t-table-3",
    "table-2-approach-1-a-low",
    "table-3-175b-training-flop",
    "table-3-175b-reference-units",
    "table-3-10t-reference-units",
    "1-3-4-385-forge-s-efficiency",
    "1-3-4-385-forge-m-efficiency",
}


def test_no_figure_is_skipped(evidence):
    items = recompute_figures(evidence)
    assert [item.figure for item in items] == list(evidence.roadmap_figures)


def test_known_misprints_and_nothing_else(evidence):
    verdicts = {item.figure.id: item.verdict for item in recompute_figures(evidence)}
    assert {name for name, verdict in verdicts.items() if verdict == "misprint"} == MISPRINTS
    assert "differs" not in verdicts.values()


@pytest.mark.parametrize(
    ("row", "printed"),
    [
        ("1-3-1-effective-80-days", 43.5),
        ("1-3-1-peak-40-days", 218.0),
        ("1-3-3-example-2t", 4.95e26),
        ("table-2-approach-2-b-high", 0.539),
    ],
)
def test_another_figure_differs(evidence, row, printed):
    figures = tuple(
        figure.model_copy(update={"printed": printed}) if figure.id == row else figure
        for figure in evidence.roadmap_figures
    )
    verdicts = {
        i.figure.id: i.verdict
        for i in recompute_figures(replace(evidence, roadmap_figures=figures))
    }
    assert verdicts[row] == "differs"


def test_an_unknown_rule_is_an_error(evidence):
    first, *others = evidence.roadmap_figures
    figures = (first.model_copy(update={"rule": "by-guess"}), *others)
    with pytest.raises(EvidenceError, match="by-guess"):
        recompute_figures(replace(evidence, roadmap_figures=figures))


@needs(PRINTED)
def test_the_table_holds_every_number_of_the_document(evidence):
    """Numbers of the list that stand for figures, with their unit prefixes taken out."""
    text = PRINTED.read_text(encoding="utf-8").split("\n", 2)[2]
    text = re.sub(r"(?m)^Section [\d.]+ */? *(figure [\d.]+)?", "", text)
    text = re.sub(r"(figure|Table|approach) [\d.]+|\beq\. \d", "", text)
    stored = Counter()
    for row in evidence.roadmap_figures:
        for value in (row.printed, row.x, row.x2):
            if value is not None:
                stored[f"{value:.6g}"] += 1
                stored[f"{1 / value:.5g}" if value else ""] += 1
                for scale in (1e6, 1e9, 1e12):
                    stored[f"{value / scale:.6g}"] += 1
    numbers = re.findall(r"\d[\d,]*\.?\d*(?:e[+-]?\d+)?", text)
    missing = {
        number
        for number in numbers
        if f"{float(number.replace(',', '')):.6g}" not in stored
        and f"{float(number.replace(',', '')):.5g}" not in stored
    }
    # Left: the numbers of the approaches, of the percentiles, and of the misprint "9 x 10^2".
    assert missing <= {"1", "2", "3", "10", "90"}
