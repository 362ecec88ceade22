"""The costs of a wrong size: what comes with the project, and every way to state them wrongly."""

import pytest

from priors.costs import COSTS, load_loss
from priors.errors import PriorError

GOOD = """
[loss]
cost_too_small = 2.0
cost_too_large = 1.0
scale = "linear"
rationale = "A reason that is long enough."
"""


def test_the_choice_that_comes_with_the_project():
    choice = load_loss()
    assert (choice.cost_too_small, choice.cost_too_large, choice.scale) == (3.0, 1.0, "log10")
    assert choice.best_probability == 0.75
    assert "linear scale" in choice.rationale
    assert "\n" not in choice.rationale
    assert COSTS.name == "costs.toml"


def test_override_returns_a_copy():
    choice = load_loss()
    other = choice.override({"cost_too_large": 3.0})
    assert (choice.best_probability, other.best_probability) == (0.75, 0.5)


@pytest.mark.parametrize(
    ("line", "replacement", "where", "found", "expected"),
    [
        ("cost_too_small = 2.0", "cost_too_small = 0", "own.toml [loss] cost_too_small", "0", "gr"),
        (
            "cost_too_large = 1.0",
            "cost_too_large = inf",
            "own.toml [loss] cost_too_large",
            "inf",
            "",
        ),
        ("cost_too_large = 1.0", "", "own.toml [loss] cost_too_large", "nothing", "a value"),
        ('"linear"', '"log"', "own.toml [loss] scale", "'log'", "'log10' or 'linear'"),
        ("rationale", "reason", "own.toml [loss] rationale", "nothing", "a value"),
        (
            "rationale",
            "extra = 1\nrationale",
            "own.toml [loss] extra",
            "1",
            "one of the known keys",
        ),
        ("[loss]", "[losses]", "own.toml", "no table [loss]", "costs"),
        ("[loss]", "[loss", "own.toml", "", "a readable TOML file"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, line, replacement, where, found, expected):
    path = tmp_path / "own.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_loss(path).scale == "linear"
    path.write_text(GOOD.replace(line, replacement, 1), encoding="utf-8")
    with pytest.raises(PriorError) as caught:
        load_loss(path)
    assert caught.value.where == where
    assert found in caught.value.found
    assert expected in caught.value.expected
    assert len(str(caught.value).splitlines()) == 1


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(PriorError, match=r"none\.toml: found .* expected a readable TOML file"):
        load_loss(tmp_path / "none.toml")
