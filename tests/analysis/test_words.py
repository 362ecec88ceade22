"""The catalogue has every sentence that the code asks for, and none that nobody asks for."""

import ast
import re
import string
import tomllib

import pytest
from architecture_map import PACKAGES, ROOT

from analysis.assess.assess import FACTORS
from analysis.backtest.yearly import FORECASTERS
from analysis.calibrate.replication import BROKEN
from analysis.priors_check.power_scaling import EVIDENCE_OF
from analysis.words import CATALOGUE, LANGUAGES, catalogue, say, scenario_title, speaking
from model.blocks import BLOCKS
from model.stacking.weights import FORMS
from priors.levers import Target
from priors.scenario import builtin_scenarios, load_scenario
from priors.selection.flagships import CLASSES, GROWTHS
from priors.sources import Verification
from priors.thresholds import thresholds

TREES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
KEYS = {f"{section}.{name}" for section, names in catalogue().items() for name in names}
#: Sections whose keys are made in the code from a name that varies.
TEMPLATES = [
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "reports" / "page" / "templates").iterdir())
    if path.suffix == ".html"
]
BY_NAME = {
    "short": Target.__value__.__args__,
    "titles": builtin_scenarios(),
    "marks": Verification.__value__.__args__,
    "bridge": (*FACTORS, "peak", "efficiency"),
    "ceiling_names": ("epoch-2024-feasible", "epoch-latency-wall"),
    "blocks": BLOCKS,
    "likelihoods": EVIDENCE_OF,
    "diagnosis": EVIDENCE_OF,
    "sensitivity": ("days", "uptime", "tokens_ratio", "devices", "years", "lag_years"),
    "evidence_import": (
        *("skipped", "remarks"),
        *("next_n", "next_d", "next_flop", "next_cost", "next_a", "next_sd", "next_size"),
    ),
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
    strings = constants() | {
        name for text in TEMPLATES for name in re.findall(r'(?="([\w.-]+)")', text)
    }
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
        if key not in {
            "sensitivity.and",
            "diagnosis.surprise",
            "page.list_separator",
            "answer.separator",
        }:
            assert text == text.strip(), key


def test_numbers_are_filled_in():
    text = say("targets.model-size", parameters=1.59e12)
    assert "1.59 trillion parameters" in text


def test_a_missing_number_is_an_error():
    with pytest.raises(KeyError, match="parameters"):
        say("targets.model-size")


def test_an_unknown_sentence_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        say("notes.nothing")


def test_there_is_a_catalogue_per_language():
    assert sorted(path.name for path in CATALOGUE.iterdir()) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_section_stands_in_two_files(language):
    sections = [
        section
        for path in (CATALOGUE / language).glob("*.toml")
        for section in tomllib.loads(path.read_text(encoding="utf-8"))
    ]
    assert sorted(sections) == sorted(catalogue(language))


def fields_of(text):
    """Names and formats that a sentence fills in."""
    return {
        (field, form) for _, field, form, _ in string.Formatter().parse(text) if field is not None
    }


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_sentence_is_there_in_every_language(language):
    """The same keys, and the same numbers in each sentence."""
    other = catalogue(language)
    keys = {f"{section}.{name}" for section, names in other.items() for name in names}
    assert keys == KEYS
    for key in KEYS:
        section, _, name = key.partition(".")
        names = {field for field, _ in fields_of(catalogue()[section][name])}
        assert {field for field, _ in fields_of(other[section][name])} == names, key


def key_is_prose(section, name):
    """Whether a sentence has words, and not only symbols and numbers."""
    return (section, name) != ("diagnosis", "surprise")


@pytest.mark.parametrize("name", builtin_scenarios())
def test_a_built_in_scenario_has_its_own_title(name):
    title = load_scenario(name).title
    assert scenario_title(name, title) == say(f"titles.{name}") == title
    with speaking("ja"):
        assert scenario_title(name, title) == say(f"titles.{name}") != title
        assert scenario_title(name, "Our own") == "Our own"


def test_japanese_is_japanese():
    """Hardly a sentence of more than two words is left as it is in English."""
    japanese = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
    english = {
        key
        for section, names in catalogue("ja").items()
        for name, text in names.items()
        if key_is_prose(section, name)
        and len(re.sub(r"{[^}]*}", "", text).split()) > 3
        and not japanese.search(text)
        for key in [f"{section}.{name}"]
    }
    assert english == set()


def test_numbers_and_days_are_localised():
    with speaking("ja"):
        assert "1.59兆" in say("short.model-size", parameters=1.59e12)
        assert "2026年8月31日" in say("page.subtitle", scenario="x", title="y", as_of="2026-08-31")
    assert "31 August 2026" in say("page.subtitle", scenario="x", title="y", as_of="2026-08-31")
