"""Epoch AI's CSV becomes rows of training_runs.csv; what is left out is listed and counted."""

import csv
import shutil
from datetime import date
from io import StringIO

import pytest
from public_files import needs, public_file

from priors.documents import DATA
from priors.errors import EvidenceError, ScenarioError
from priors.evidence import load_evidence
from priors.imports.epoch import count, import_epoch, missing_references
from priors.imports.epoch_editions import LAYOUTS
from priors.selection.frontier import select_runs
from priors.tables import table_text

PUBLISHED = public_file("epoch_notable_models_2026-01.csv")
needs_file = needs(PUBLISHED)
SOURCE = "epoch-models-2026-01"
SIZES = {layout.edition: layout.data_size for layout in LAYOUTS}
TOKENS = SIZES["January 2026"]

MODEL = {
    "Model": "Big",
    "Organization": "Lab",
    "Publication date": "2024-05-06",
    "Training compute (FLOP)": "6e24",
    "Confidence": "Likely",
    "Domain": "Language",
    "Parameters": "1e11",
    TOKENS: "1e13",
}


def write(path, models, columns=None):
    columns = columns or list(dict.fromkeys(name for model in models for name in model))
    text = StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(models)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.fixture
def imported(tmp_path, evidence):
    """Import rows that differ from `MODEL` as said."""

    def run(*changes, top=10, **options):
        path = write(tmp_path / "models.csv", [MODEL | change for change in changes])
        return import_epoch(path, evidence, top=top, **options)

    return run


# ---------------------------------------------------------------------------------- what is kept


def test_a_row_says_what_the_file_says(imported):
    (run,) = imported({"Epochs": "2", "Reference": "A\npaper"}).runs
    assert run.id == "big"
    assert (run.system, run.organization, run.published) == ("Big", "Lab", date(2024, 5, 6))
    assert (run.training_flop, run.parameters, run.tokens) == (6e24, 1e11, 2e13)
    assert (run.confidence, run.architecture, run.active_parameters) == ("Likely", "unknown", None)
    assert (run.source, run.vintage, run.unit) == (SOURCE, "2026-01", "FLOP")
    assert run.reference == "A paper"
    assert run.frontier_as_compiled is True


@pytest.mark.parametrize(
    ("grade", "expected"),
    [("Confident", "Confident"), ("Speculative", "Speculative"), ("Unknown", "ungraded")],
)
def test_grades(imported, grade, expected):
    assert imported({"Confidence": grade}).runs[0].confidence == expected
    assert imported({"Confidence": ""}).runs[0].confidence == "ungraded"


def test_the_frontier_is_ranked_at_release(imported):
    """Of 5 runs: the second is below the first two sizes, and what came later does not count."""
    days = [f"2024-0{month}-01" for month in range(1, 6)]
    flop = ["3e24", "1e24", "2e24", "9e24", "2.5e24"]
    models = [
        {"Model": f"M{i}", "Publication date": day, "Training compute (FLOP)": c}
        for i, (day, c) in enumerate(zip(days, flop, strict=True))
    ]
    ranked = imported(*reversed(models), top=2).runs
    assert [run.system for run in ranked] == ["M0", "M1", "M2", "M3", "M4"]
    assert [run.frontier_as_compiled for run in ranked] == [True, True, True, True, False]
    assert [run.frontier_as_compiled for run in imported(*models, top=1).runs] == [
        *(True, False, False, True, False)
    ]


def test_the_total_of_a_mixture_is_not_taken_as_active(imported):
    note = {"Parameters notes": "100B, of which 10B active", "Training compute (FLOP)": "6e23"}
    (run,) = imported(note).runs
    assert (run.architecture, run.parameters, run.active_parameters) == ("moe", 1e11, 1e10)
    said = count(imported(note | {"Parameters notes": "MoE"}).remarks)
    assert list(said) == ["mixture of experts whose active parameters no note settles"]
    (said,) = imported({"Training compute (FLOP)": "6e23"}).remarks
    assert "perhaps a mixture of experts" in said.reason
    assert said.detail == "C / 6ND = 0.1"


def test_flop_far_above_6nd_is_said(imported):
    (said,) = imported({TOKENS: "1e12"}).remarks
    assert (said.row, said.model) == (2, "Big")
    assert "perhaps words" in said.reason


def test_a_size_that_counts_no_tokens_is_left_out(imported):
    assert imported({"Domain": "Vision"}).runs[0].tokens is None
    two = imported({TOKENS: "2260275840,2290000001"})
    assert two.runs[0].tokens is None
    assert two.remarks[0].detail == "'2260275840,2290000001'"


def test_fine_tunes_are_said_or_skipped(imported):
    tuned = {"Model": "Tuned", "Base model": "Big", "Finetune compute (FLOP)": "1e22"}
    tuned["Publication date"] = "2024-06-01"
    kept = imported({}, tuned)
    assert [run.system for run in kept.runs] == ["Big", "Tuned"]
    assert kept.runs[1].tokens is None
    assert kept.runs[1].note == "most of the FLOP is that of its base model, Big"
    skipped = imported({}, tuned, skip_fine_tunes=True)
    assert [run.system for run in skipped.runs] == ["Big"]
    assert skipped.skipped[0].detail == "Big"
    own = tuned | {"Finetune compute (FLOP)": "6e24"}
    assert len(imported({}, own, skip_fine_tunes=True).runs) == 2


def test_known_systems_keep_their_ids(imported, evidence):
    known = {run.id: run for run in evidence.training_runs}["gpt-3-175b"]
    renamed = {
        "Model": "GPT-3 175B (davinci)",
        "Publication date": str(known.published),
        "Training compute (FLOP)": "3.14e+23",
    }
    other = {"Model": "GPT-3 175B!", "Publication date": "2021-01-01"}
    named = {"Model": "T5-11B", "Publication date": "2019-10-30"}
    ids = {run.system: run.id for run in imported(renamed, other, named).runs}
    assert ids["GPT-3 175B (davinci)"] == "gpt-3-175b"
    assert ids["GPT-3 175B!"] == "gpt-3-175b-2021-01-01"
    assert ids["T5-11B"] == "t5-11b"


def test_names_that_share_a_slug_get_ids_of_their_own(imported):
    same = [{"Model": name, "Organization": name} for name in ("Pan é", "Pan-e", "pan.E", "悟")]
    assert sorted(run.id for run in imported(*same).runs) == [
        *("pan-e", "pan-e-2024-05-06", "pan-e-2024-05-06-2", "row-5")
    ]


def test_a_name_that_would_lose_letters_is_called_by_its_row(imported):
    result = imported({"Model": "富岳NEXT"})
    assert [run.id for run in result.runs] == ["row-2"]
    assert result.remarks[0].detail == "row-2"


# ------------------------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        ({"Training compute (FLOP)": ""}, "no training compute", ""),
        ({"Training compute (FLOP)": "large"}, "compute is not a positive number", "'large'"),
        ({"Training compute (FLOP)": "-1e24"}, "compute is not a positive number", "'-1e24'"),
        ({"Training compute (FLOP)": "0.0"}, "compute is not a positive number", "'0.0'"),
        ({"Training compute (FLOP)": "inf"}, "compute is not a positive number", "'inf'"),
        ({"Publication date": "2023"}, "date is not a day", "'2023'"),
        ({"Publication date": "2023-05"}, "date is not a day", "'2023-05'"),
        ({"Publication date": "2023-02-30"}, "date is not a day", "'2023-02-30'"),
        ({"Publication date": "04/05/2023"}, "date is not a day", "'04/05/2023'"),
        ({"Publication date": ""}, "date is not a day", "nothing"),
        ({"Model": ""}, "no name", ""),
        ({"Confidence": "Unverified"}, "confidence is no grade", "'Unverified'"),
        ({"Model": "Twin"}, "same organization, day and FLOP as another row", "row 2"),
        ({}, "same organization, day and FLOP as another row", "row 2"),
    ],
)
def test_what_is_left_out_is_listed_and_counted(imported, change, reason, detail):
    result = imported({}, change, {"Model": "Later", "Publication date": "2025-01-01"})
    assert result.records == 3
    assert [run.system for run in result.runs] == ["Big", "Later"]
    (skipped,) = result.skipped
    assert reason in skipped.reason
    assert (skipped.row, skipped.detail) == (3, detail)
    assert skipped.model == (MODEL | change)["Model"]


def test_reasons_are_counted_the_most_frequent_first(imported):
    blank, dated = {"Training compute (FLOP)": ""}, {"Publication date": "2023"}
    counted = count(imported(dated, {}, blank, blank).skipped)
    assert {reason: len(remarks) for reason, remarks in counted.items()} == {
        "no training compute": 2,
        "date is not a day, YYYY-MM-DD": 1,
    }


# ------------------------------------------------------------------------------ which edition it is


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.edition)
def test_every_edition_is_recognised(tmp_path, evidence, layout):
    model = {name: text for name, text in MODEL.items() if name not in {"Model", TOKENS}}
    path = write(tmp_path / "m.csv", [{layout.model: "Big", layout.data_size: "1e13", **model}])
    result = import_epoch(path, evidence, source=SOURCE, vintage="mine", top=10)
    assert result.layout == layout
    assert (result.vintage, result.runs[0].vintage) == ("mine", "mine")
    assert result.runs[0].tokens == (1e13 if layout.counts_tokens else None)
    said = count(result.remarks)
    assert ("size of the data left out" in next(iter(said), "")) != layout.counts_tokens


def test_words_are_never_taken_as_tokens(tmp_path, evidence):
    """Editions of 2024 and 2025 count words, on some rows tokens: neither becomes tokens."""
    model = {name: text for name, text in MODEL.items() if name != TOKENS}
    path = write(tmp_path / "m.csv", [model | {SIZES["2025"]: "7.5e12"}])
    result = import_epoch(path, evidence, source=SOURCE, top=10)
    assert result.runs[0].tokens is None
    assert count(result.remarks) != {}


@pytest.mark.parametrize(
    ("models", "where", "found"),
    [
        ([MODEL | {SIZES["2025"]: "7e12"}], "header", "columns of two editions"),
        (
            [MODEL | {"System": "Big"}],
            "header",
            "columns of two editions among 'System', 'Model', ",
        ),
        (
            [{name: text for name, text in MODEL.items() if name != "Model"} | {"System": "Big"}],
            "header",
            "columns of two editions among 'System', 'Training dataset size (gradients)'",
        ),
        ([{"N": "1", "loss": "2"}], "header", "no column 'Publication date'"),
        (
            [{name: text for name, text in MODEL.items() if name != TOKENS}],
            "header",
            "no column 'Training dataset size (datapoints)' or",
        ),
        (
            [{name: text for name, text in MODEL.items() if name != "Model"}],
            "header",
            "no column 'System' or 'Model'",
        ),
        (
            [MODEL, MODEL | {"Training compute (FLOP)": "5e24"}],
            "row 3, Training compute (FLOP)",
            "5e+24 for 'Big' of 2024-05-06, which row 2 gives 6e+24",
        ),
        (
            [MODEL, MODEL | {"Model": "New", "Publication date": "2026-04-24"}],
            "row 3, Publication date",
            "2026-04-24 (New)",
        ),
        ([MODEL | {"Publication date": "2023"}], "models.csv", "no row to import: date is not"),
    ],
)
def test_mixed_and_wrong_files_are_refused(tmp_path, evidence, models, where, found):
    path = write(tmp_path / "models.csv", models)
    with pytest.raises(EvidenceError) as error:
        import_epoch(path, evidence, top=10)
    assert error.value.where.endswith(where)
    assert error.value.found.startswith(found)


def test_another_edition_needs_a_source_of_its_own(tmp_path, evidence):
    model = {name: text for name, text in MODEL.items() if name != TOKENS}
    path = write(tmp_path / "m.csv", [model | {SIZES["2025"]: "7e12"}])
    with pytest.raises(EvidenceError, match="columns of the edition of 2025; expected --source"):
        import_epoch(path, evidence, top=10)
    with pytest.raises(ScenarioError, match="source registered"):
        import_epoch(path, evidence, source="nowhere", top=10)


# --------------------------------------------------------------------------- the published file


@needs_file
def test_the_frontier_is_that_of_the_built_in_table(evidence):
    """The table was ranked in this file: same systems, days and FLOP (to its four digits)."""
    result = import_epoch(PUBLISHED, evidence, top=10)
    assert result.records == 976
    runs = {run.id: run for run in result.runs}
    assert len(runs) == len(result.runs) == 512
    compiled = [run for run in evidence.training_runs if run.frontier_as_compiled]
    assert len(compiled) == 110
    for run in compiled:
        assert runs[run.id].frontier_as_compiled, run.id
        assert runs[run.id].training_flop == pytest.approx(run.training_flop, rel=1e-3)
        assert runs[run.id].published == run.published
    assert {run.id for run in evidence.training_runs} <= runs.keys()
    counted = {reason: len(remarks) for reason, remarks in count(result.skipped).items()}
    assert counted == {
        "no training compute": 461,
        "same organization, day and FLOP as another row": 3,
    }


@needs_file
def test_the_import_loads_in_the_place_of_the_table(tmp_path, evidence):
    result = import_epoch(PUBLISHED, evidence, top=10)
    assert missing_references(result, evidence) == []
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    table = folder / "evidence" / "training_runs.csv"
    table.write_text(table_text(result.runs), encoding="utf-8")
    loaded = load_evidence(folder / "evidence")
    assert loaded.training_runs == result.runs
    selected = select_runs(loaded, "top-10", 2010.0)
    built_in = select_runs(evidence, "top-10", 2010.0)
    assert {run.id for run in built_in} <= {run.id for run in selected}


def test_what_other_tables_point_to_is_missed(imported, evidence):
    assert "alphago-fan" in missing_references(imported({}), evidence)
