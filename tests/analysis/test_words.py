"""The catalogue has every sentence that the code asks for, and none that nobody asks for."""

import ast
import string
import tomllib

import pytest
from architecture_map import PACKAGES, ROOT

from analysis.backtest.yearly import FORECASTERS
from analysis.calibrate.replication import BROKEN
from analysis.priors_check.power_scaling import EVIDENCE_OF
from analysis.words import CATALOGUE, catalogue, say
from model.blocks import BLOCKS
from model.stacking.weights import FORMS
from priors.levers import Target
from priors.selection.flagships import CLASSES, GROWTHS
from priors.thresholds import thresholds

TREES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
KEYS = {f"{section}.{name}" for section, names in catalogue().items() for name in names}
#: Sections whose keys are made in the code from a name that varies.
BY_NAME = {
    "blocks": BLOCKS,
    "likelihoods": EVIDENCE_OF,
    "diagnosis": EVIDENCE_OF,
    "sensitivity": ("days", "uptime", "tokens_ratio", "devices", "years", "lag_years"),
    "evidence_import": ("skipped", "remarks"),
    "targets": (*Target.__value__.__args__, *(f"national_{growth}" for growth in GROWTHS)),
    "growth": GROWTHS,
    "funding": CLASSES,
    "forms": (*FORMS, "stacked"),
    "forecasters": FORECASTERS,
    "broken": BROKEN,
    "remedies": thresholds("sampling"),
}


def constants():
    """Every string of the code, whole."""
    return {
        node.value
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def asked():
    """Keys that stand as they are in a call of `say`, or in the arms of a condition in it."""
    found = set()
    for tree in TREES.values():
        for node in ast.walk(tree):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            if named and node.func.id in {"say", "noted"}:
                found |= {
                    part.value
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and "." in str(part.value)
                }
    return found


def test_every_sentence_that_is_asked_for_is_there():
    whole = {key for key in asked() if not key.endswith(".")}
    assert len(whole) > 60
    assert whole <= KEYS


@pytest.mark.parametrize("section", BY_NAME)
def test_every_name_has_its_sentence(section):
    assert {f"{section}.{name}" for name in BY_NAME[section]} <= KEYS


def test_no_sentence_is_left_over():
    """A key stands in the code whole, or its name does (headings, checks, verdicts)."""
    strings = constants()
    by_name = {f"{section}.{name}" for section, names in BY_NAME.items() for name in names}
    assert {
        key for key in KEYS - by_name if {key, key.partition(".")[2]}.isdisjoint(strings)
    } == set()


def test_every_sentence_is_well_formed():
    """Braces in pairs, each with a name; no blank at an end that a formatted line would show."""
    for key in KEYS:
        section, _, name = key.partition(".")
        text = catalogue()[section][name]
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
        assert all(field.isidentifier() for field in fields), key
        if key not in {"sensitivity.and", "diagnosis.surprise"}:
            assert text == text.strip(), key


def test_numbers_are_filled_in():
    text = say("targets.model-size", parameters=1.59e12)
    assert "1.59e+12 parameters" in text


def test_a_missing_number_is_an_error():
    with pytest.raises(KeyError, match="parameters"):
        say("targets.model-size")


def test_an_unknown_sentence_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        say("notes.nothing")


def test_there_is_a_catalogue_per_language():
    assert [path.name for path in CATALOGUE.iterdir()] == ["en"]
    sections = [
        section
        for path in (CATALOGUE / "en").glob("*.toml")
        for section in tomllib.loads(path.read_text(encoding="utf-8"))
    ]
    assert sorted(sections) == sorted(catalogue()), "a section stands in two files"
