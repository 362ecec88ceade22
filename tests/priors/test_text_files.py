"""A byte order mark and Windows line ends change neither what a file says nor its digest."""

import codecs
import shutil
from pathlib import Path

import pytest

from priors.documents import DATA
from priors.evidence import load_evidence
from priors.prior_rows import load_priors
from priors.records.runs import GradeRow
from priors.scenario import SCENARIOS, load_scenario
from priors.tables import digest, read_table

ACCEPTED = Path(__file__).parents[1] / "bad" / "accepted"

VARIANTS = {
    "byte order mark": lambda text: codecs.BOM_UTF8 + text,
    "CRLF": lambda text: text.replace(b"\n", b"\r\n"),
    "both": lambda text: codecs.BOM_UTF8 + text.replace(b"\n", b"\r\n"),
}


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS)
def saved_elsewhere(request, tmp_path):
    """Return a copy of all data files, as another editor would have saved them."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    for path in folder.rglob("*.*"):
        text = path.read_bytes()
        assert b"\r" not in text, path
        path.write_bytes(request.param(text))
    return folder


def test_evidence_and_its_digests_are_the_same(saved_elsewhere, evidence):
    assert load_evidence(saved_elsewhere / "evidence") == evidence


def test_priors_and_their_digest_are_the_same(saved_elsewhere, evidence, priors):
    assert load_priors(evidence.sources, saved_elsewhere / "priors.toml") == priors


@pytest.mark.parametrize("name", ["roadmap", "updated"])
def test_scenario_and_its_digest_are_the_same(saved_elsewhere, name):
    original = load_scenario(name)
    copy = load_scenario(str(saved_elsewhere / SCENARIOS.name / f"{name}.toml"))
    assert copy == original
    assert copy.digest == original.digest


def test_blank_lines_and_spaces_around_cells_are_ignored(tmp_path, evidence):
    shutil.copytree(DATA, tmp_path / "data")
    table = tmp_path / "data" / "evidence" / "confidence_grades.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace(",Confident,", ", Confident ,") + "\n\n",
        encoding="utf-8",
    )
    loaded = load_evidence(tmp_path / "data" / "evidence")
    assert loaded.confidence_grades == evidence.confidence_grades


@pytest.mark.parametrize(
    "name", ["byte-order-mark.csv", "crlf.csv", "byte-order-mark-and-crlf.csv"]
)
def test_a_table_saved_by_a_spreadsheet_simply_works(name, evidence):
    table = ACCEPTED / name
    raw = table.read_bytes()
    assert raw.startswith(codecs.BOM_UTF8) == ("byte-order-mark" in name)
    assert (b"\r\n" in raw) == ("crlf" in name)
    assert read_table(table, GradeRow) == evidence.confidence_grades
    assert digest(table) == evidence.digests["confidence_grades"]
