"""What the roadmap says, printed or by its own equation."""

import pytest

from analysis.reproduce.roadmap_values import RoadmapValues


@pytest.fixture(scope="module")
def roadmap(evidence):
    return RoadmapValues(evidence)


@pytest.mark.parametrize(
    ("quantity", "days", "value"),
    [
        ("effective_eflops", 80, 43.4),
        ("effective_eflops", 40, 86.8),
        ("peak_eflops", 80, 108.5),
        ("peak_eflops", 40, 217.0),
        ("training_flop", 60, 3.0e26),
        ("parameters", 60, 1.59e12),
    ],
)
def test_printed_figures(roadmap, quantity, days, value):
    found = roadmap.find(quantity, 2030.0, days)
    assert found.value == value
    assert found.printed
    assert value < found.ceiling < 1.02 * value


def test_sixty_days_follow_from_the_equations(roadmap):
    effective = roadmap.find("effective_eflops", 2030.0, 60.0)
    peak = roadmap.find("peak_eflops", 2030.0, 60.0)
    assert not effective.printed
    assert effective.value == pytest.approx(3e26 / (60 * 86_400) / 1e18)
    assert peak.value == pytest.approx(effective.value / 0.4)


def test_years_it_does_not_speak_of(roadmap):
    assert roadmap.find("effective_eflops", 2031.0, 80.0) is None
    assert roadmap.find("tokens", 2030.0, 80.0) is None
