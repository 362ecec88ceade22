"""Every rule an input can break has a file in tests/bad that breaks it, and nothing else.

A file replaces a whole input: tests/bad/TABLE/RULE.csv an evidence table, sources/RULE.toml the
register, priors/RULE.toml the beliefs; scenarios/RULE.toml is loaded by its path. The line that
the user reads says where, what was found and what is expected; each is tested by itself.
"""

import shutil
from pathlib import Path

import pytest

from model.inputs import make_inputs
from priors.documents import DATA
from priors.errors import EvidenceError, PriorError, ScenarioError
from priors.evidence import TABLES, load_evidence
from priors.prior_rows import load_priors
from priors.scenario import BASELINE, load_scenario

BAD = Path(__file__).parents[1] / "bad"


def case(where: str, found: str, *expected: str) -> tuple[str, str, tuple[str, ...]]:
    """Return what an error says: where in full, of the rest the parts that matter."""
    return where, found, expected


EVIDENCE_CASES = {
    "training_runs/unknown-source.csv": case(
        "training_runs.csv, palm-540b, source",
        "'epoch-models-2036-01'",
        "the id of a source registered in sources.toml",
    ),
    "training_runs/wrong-unit.csv": case("training_runs.csv, row 3, unit", "'EFLOP'", "'FLOP'"),
    "training_runs/date-after-closing.csv": case(
        "training_runs.csv, palm-540b, published",
        "2027-01-01",
        "a day up to 2026-08-31, when the evidence was closed (sources.toml as_of)",
    ),
    "training_runs/date-of-a-year.csv": case(
        "training_runs.csv, row 3, published", "'2022'", "YYYY-MM-DD"
    ),
    "training_runs/date-as-unix-time.csv": case(
        "training_runs.csv, row 3, published", "'1649030400'", "YYYY-MM-DD"
    ),
    "training_runs/date-day-first.csv": case(
        "training_runs.csv, row 3, published", "'04.04.2022'", "YYYY-MM-DD"
    ),
    "training_runs/negative-flop.csv": case(
        "training_runs.csv, row 3, training_flop", "'-2.5272e24'", "greater than or equal to 1"
    ),
    "training_runs/zero-flop.csv": case(
        "training_runs.csv, row 3, training_flop", "'0'", "greater than or equal to 1"
    ),
    "training_runs/nan-flop.csv": case(
        "training_runs.csv, row 3, training_flop", "'nan'", "a finite number"
    ),
    "training_runs/infinite-flop.csv": case(
        "training_runs.csv, row 3, training_flop", "'inf'", "a finite number"
    ),
    "training_runs/word-for-a-number.csv": case(
        "training_runs.csv, row 3, training_flop", "'large'", "a number"
    ),
    "training_runs/no-flop.csv": case(
        "training_runs.csv, row 3, training_flop", "nothing", "a value"
    ),
    "training_runs/unknown-grade.csv": case(
        "training_runs.csv, row 3, confidence", "'Certain'", "'Likely'"
    ),
    "training_runs/id-not-a-slug.csv": case(
        "training_runs.csv, row 3, id", "'PaLM 540B'", "[a-z0-9]"
    ),
    "training_runs/duplicate-id.csv": case(
        "training_runs.csv, row 3, id", "'gpt-3-175b' again (first in row 2)", "an id of its own"
    ),
    "training_runs/duplicate-row.csv": case(
        "training_runs.csv, row 5", "the same figures as row 3", "every row once"
    ),
    "training_runs/missing-column.csv": case(
        "training_runs.csv, header", "no column 'training_flop'", "columns id, published"
    ),
    "training_runs/unknown-column.csv": case(
        "training_runs.csv, header", "column 'gpu_hours'", "tokens, training_flop"
    ),
    "training_runs/column-twice.csv": case(
        "training_runs.csv, header", "column 'tokens'", "at most once"
    ),
    "training_runs/wrong-number-of-cells.csv": case(
        "training_runs.csv, row 3", "18 cells", "19, as in the header"
    ),
    "training_runs/empty-file.csv": case(
        "training_runs.csv", "no rows", "a header line and at least one row"
    ),
    "training_runs/header-only.csv": case(
        "training_runs.csv", "no rows", "a header line and at least one row"
    ),
    "training_runs/blank-lines-only.csv": case(
        "training_runs.csv", "no rows", "a header line and at least one row"
    ),
    "training_runs/unclosed-quote.csv": case(
        "training_runs.csv", "unexpected end", "quotes in pairs"
    ),
    "training_runs/not-utf-8.csv": case("training_runs.csv", "can't decode byte 0xe4", "UTF-8"),
    "utilisation/efficiency-in-per-cent.csv": case(
        "utilisation.csv, row 3, efficiency", "'40'", "a share between 0 and 1; write 0.4, not 40"
    ),
    "utilisation/efficiency-with-per-cent-sign.csv": case(
        "utilisation.csv, row 3, efficiency", "'31.67 %'", "a number"
    ),
    "utilisation/efficiency-above-one.csv": case(
        "utilisation.csv, row 3, efficiency", "'1.2'", "a share below 1: more than the peak"
    ),
    "utilisation/definition-not-mfu.csv": case(
        "utilisation.csv, row 3, record",
        "id 'forge-s-1-44b-128-forge'",
        "definition 'MFU' wherever use is 'step-mfu', not 'HFU'",
    ),
    "utilisation/listed-without-reason.csv": case(
        "utilisation.csv, row 3, record",
        "id 'forge-s-1-44b-128-forge'",
        "a reason wherever use is 'listed'",
    ),
    "utilisation/unknown-precision.csv": case(
        "utilisation.csv, row 3, precision", "'FP32'", "'BF16'"
    ),
    "utilisation/fraction-of-a-device.csv": case(
        "utilisation.csv, row 3, devices", "'128.5'", "a whole number"
    ),
    "campaigns/unknown-step-id.csv": case(
        "campaigns.csv, palm-540b-campaign, step_id", "'palm-540b-6145'", "an id of utilisation.csv"
    ),
    "sevilla_large_scale/unknown-revised-id.csv": case(
        "sevilla_large_scale.csv, gopher-2022, revised_id", "'gopher'", "an id of training_runs.csv"
    ),
    "confidence_grades/factor-below-one.csv": case(
        "confidence_grades.csv, row 3, factor", "'0.1'", "greater than 1"
    ),
    "scaling_studies/exponent-in-per-cent.csv": case(
        "scaling_studies.csv, row 3, a", "'49'", "less than 1"
    ),
    "scaling_studies/unknown-set.csv": case(
        "scaling_studies.csv, row 3, set", "'default'", "'roadmap', 'updated' or 'listed'"
    ),
    "scaling_studies/listed-without-reason.csv": case(
        "scaling_studies.csv, row 3, record",
        "id 'hoffmann-2022-approach-2'",
        "a reason wherever set is 'listed'",
    ),
    "sources/unreadable-toml.toml": case("sources.toml", "line 11", "a readable TOML file"),
    "sources/not-utf-8.toml": case(
        "sources.toml", "can't decode byte 0xc9", "a readable TOML file"
    ),
    "sources/no-closing-day.toml": case("sources.toml [as_of]", "None", "YYYY-MM-DD"),
    "sources/closing-day-in-quotes.toml": case(
        "sources.toml [as_of]", "'2026-08-31'", "YYYY-MM-DD"
    ),
    "sources/closing-day-with-a-time.toml": case("sources.toml [as_of]", "12, 0", "YYYY-MM-DD"),
    "sources/closed-before-a-row.toml": case(
        "confidence_grades.csv, grade-confident, published",
        "2026-01-31",
        "a day up to 2026-01-30, when the evidence was closed (sources.toml as_of)",
    ),
    "sources/source-removed.toml": case(
        "confidence_grades.csv, grade-confident, source",
        "'epoch-models-2026-01'",
        "the id of a source registered in sources.toml",
    ),
    "sources/no-licence.toml": case(
        "sources.toml [epoch-models-2026-01] licence", "nothing", "a value"
    ),
    "sources/unknown-key.toml": case(
        "sources.toml [epoch-models-2026-01] doi", "'none'", "accessed, archive, kind"
    ),
    "sources/unknown-kind.toml": case(
        "sources.toml [epoch-models-2026-01] kind", "'rumour'", "'expert judgement'"
    ),
    "sources/not-a-table.toml": case("sources.toml [version] record", "3", "dictionary"),
}

MFU = "priors.toml [updated.mfu_median]"

PRIOR_CASES = {
    "priors/unreadable-toml.toml": case("priors.toml", "Unclosed array", "a readable TOML file"),
    "priors/not-utf-8.toml": case("priors.toml", "can't decode byte 0xdf", "a readable TOML file"),
    "priors/not-a-set.toml": case("priors.toml [version]", "3", "a set of prior rows"),
    "priors/not-a-row.toml": case(f"{MFU} record", "a row that does not", "dictionary"),
    "priors/unknown-parameter.toml": case(
        "priors.toml [updated.mfu_mean]", "'mfu_mean'", "mfu_median"
    ),
    "priors/missing-row.toml": case(
        "priors.toml [updated]", "no row 'trend_level'", "every parameter"
    ),
    "priors/unknown-key.toml": case(f"{MFU} mean", "0.3", "loc, quantiles, rationale"),
    "priors/unknown-source.toml": case(
        f"{MFU} sources", "'ml-engineer'", "the id of a source registered in sources.toml"
    ),
    "priors/no-sources.toml": case(f"{MFU} sources", "[]", "at least 1"),
    "priors/no-rationale.toml": case(f"{MFU} rationale", "nothing", "a value"),
    "priors/wrong-unit.toml": case(f"{MFU} unit", "'%'", "'logit'"),
    "priors/wrong-family.toml": case(f"{MFU} family", "'half-normal'", "'normal'"),
    "priors/unknown-family.toml": case(f"{MFU} family", "'cauchy'", "'lkj' or 'fixed'"),
    "priors/wrong-transform.toml": case(f"{MFU} transform", "'identity'", "'logit'"),
    "priors/outside-its-support.toml": case(f"{MFU} support", "(0.2, 1.0)", "a range that holds"),
    "priors/uncertain-constant.toml": case(
        "priors.toml [updated.trend_pivot] family", "'normal'", "'fixed'"
    ),
    "priors/transformed-constant.toml": case(
        "priors.toml [updated.law_pivot_flop] transform", "'log10'", "'identity'"
    ),
    "priors/achieved-not-achieved.toml": case(
        f"{MFU} record",
        "a row that does not",
        'achieved 0.5 = 0.3374, not 0.4: paste achieved = { "0.05" = 0.1, "0.5" = 0.3374, '
        '"0.95" = 0.7 }, or leave the line out',
    ),
    "priors/achieved-nan.toml": case(f"{MFU} achieved.0.50", "nan", "a finite number"),
    "priors/quantiles-and-parameters.toml": case(
        f"{MFU} record", "a row", "either quantiles or loc and scale for family normal"
    ),
    "priors/neither-quantiles-nor-parameters.toml": case(
        f"{MFU} record", "a row", "either quantiles or loc and scale for family normal"
    ),
    "priors/lkj-with-a-location.toml": case(
        "priors.toml [updated.law_correlation] record",
        "a row",
        "either quantiles or shape for family lkj",
    ),
    "priors/one-quantile.toml": case(f"{MFU} record", "a row", "two quantiles for a normal family"),
    "priors/quantiles-that-fall.toml": case(
        f"{MFU} record", "a row", "quantiles that increase with their probability"
    ),
    "priors/probability-in-per-cent.toml": case(f"{MFU} quantiles.5.[key]", "'5'", "less than 1"),
    "priors/share-in-per-cent.toml": case(
        f"{MFU} record", "a row", "a share between 0 and 1", "not 70"
    ),
    "priors/share-of-one.toml": case(f"{MFU} record", "a row", "a share between 0 and 1", "not 1"),
    "priors/spread-below-zero.toml": case(
        "priors.toml [updated.mfu_run_spread] record", "a row", "a quantile above 0"
    ),
    "priors/scale-of-zero.toml": case(f"{MFU} scale", "0.0", "greater than 0"),
    "priors/fixed-at-infinity.toml": case(
        "priors.toml [updated.mfu_fp8] value", "inf", "a finite number"
    ),
    "priors/computed-from-unknown-table.toml": case(
        f"{MFU} computed_from", "'utilization:MFU'", "utilisation"
    ),
    "scenarios/unknown-prior-set.toml": case(
        "priors.toml", "set 'optimistic'", "one of point, roadmap, updated"
    ),
    "scenarios/prior-with-wrong-unit.toml": case(
        "scenario prior-with-wrong-unit prior.mfu_median unit", "'1'", "'logit'"
    ),
}

SCENARIO_CASES = {
    "scenarios/unreadable-toml.toml": case(
        "unreadable-toml.toml", "line 1", "a readable TOML file"
    ),
    "scenarios/unknown-key.toml": case(
        "unknown-key.toml", "key 'levers.gpus'", "levers.tokens_ratio", "levers.devices"
    ),
    "scenarios/unknown-section.toml": case(
        "unknown-section.toml", "key 'hardware.devices'", "levers.devices"
    ),
    "scenarios/section-without-key.toml": case(
        "section-without-key.toml", "key 'levers'", "levers.days"
    ),
    "scenarios/unknown-top-level-key.toml": case(
        "unknown-top-level-key.toml", "key 'as_of'", "title, baseline and [[change]]"
    ),
    "scenarios/no-reason.toml": case("no-reason.toml, change 1, reason", "nothing", "a value"),
    "scenarios/empty-reason.toml": case("empty-reason.toml, change 1, reason", "''", "at least 10"),
    "scenarios/other-baseline.toml": case(
        "other-baseline.toml baseline", "'0123456789ab'", "review the changes against it"
    ),
    "scenarios/same-key-twice.toml": case(
        "same-key-twice.toml", "key 'levers.days' twice", "one [[change]] a key"
    ),
    "scenarios/change-not-a-list.toml": case(
        "change-not-a-list.toml change", "levers.days", "a list of [[change]] tables"
    ),
    "scenarios/double-counting-large-scale.toml": case(
        "scenario double-counting-large-scale",
        "prior trend_level computed from",
        "one or the other",
        "(double counting)",
    ),
    "scenarios/double-counting-top-10.toml": case(
        "scenario double-counting-top-10",
        "prior trend_level computed from",
        "one or the other",
        "(double counting)",
    ),
    "scenarios/double-counting-efficiency.toml": case(
        "scenario double-counting-efficiency",
        "mfu_median computed from utilisation:FORGE",
        "one or the other",
        "(double counting)",
    ),
    "scenarios/fp8-not-stated.toml": case(
        "fp8-not-stated.toml scenario",
        "a combination it cannot answer",
        "levers.precisions among ['BF16'], for which this scenario's efficiency is stated",
        "not ['FP8']",
    ),
    "scenarios/unknown-precision.toml": case(
        "unknown-precision.toml levers.precisions.0", "'FP4'", "'BF16' or 'FP8'"
    ),
    "scenarios/negative-days.toml": case(
        "negative-days.toml levers.days.0", "-40.0", "greater than or equal to 0.001"
    ),
    "scenarios/days-not-a-list.toml": case(
        "days-not-a-list.toml levers.days", "40.0", "a list in brackets, such as [60]"
    ),
    "scenarios/uptime-in-per-cent.toml": case(
        "uptime-in-per-cent.toml levers.uptime", "87.0", "less than or equal to 1"
    ),
    "scenarios/year-after-the-knots.toml": case(
        "year-after-the-knots.toml scenario",
        "a combination it cannot answer",
        "between 2010 and 2046",
        "not 2030 to 2060",
    ),
    "scenarios/year-before-the-knots.toml": case(
        "year-before-the-knots.toml scenario",
        "a combination it cannot answer",
        "between 2010 and 2046",
        "not 2009 to 2009",
    ),
    "scenarios/unknown-selection.toml": case(
        "unknown-selection.toml trend.selection", "'top-100'", "'top-10'"
    ),
    "scenarios/unknown-prior-parameter.toml": case(
        "unknown-prior-parameter.toml scenario",
        "a combination it cannot answer",
        "prior.mfu_mean to be one of",
        "mfu_median",
    ),
    "scenarios/as-of-after-closing.toml": case("as_of", "2027-01-01", "a day up to 2026-08-31"),
    "scenarios/as-of-a-year.toml": case("as-of-a-year.toml as_of", "'2024'", "YYYY-MM-DD"),
}

ALL_CASES = {
    **{file: (EvidenceError, *line) for file, line in EVIDENCE_CASES.items()},
    **{file: (PriorError, *line) for file, line in PRIOR_CASES.items()},
    **{file: (ScenarioError, *line) for file, line in SCENARIO_CASES.items()},
}


def load_with(bad: Path, folder: Path):
    """Load everything and arrange it for the model, with one input replaced by a bad one."""
    shutil.copytree(DATA, folder / "data")
    kind, scenario = bad.parent.name, BASELINE
    if kind == "scenarios":
        scenario = str(bad)
    elif kind in TABLES:
        shutil.copy(bad, folder / "data" / "evidence" / f"{kind}.csv")
    else:
        shutil.copy(bad, folder / "data" / f"{kind}.toml")
    evidence = load_evidence(folder / "data" / "evidence")
    priors = load_priors(evidence.sources, folder / "data" / "priors.toml")
    return make_inputs(load_scenario(scenario), evidence, priors)


@pytest.mark.parametrize("file", ALL_CASES)
def test_a_broken_rule_is_reported_in_one_line(file, tmp_path):
    error_type, where, found, expected = ALL_CASES[file]
    with pytest.raises((EvidenceError, PriorError, ScenarioError)) as caught:
        load_with(BAD / file, tmp_path)
    error = caught.value
    assert type(error) is error_type
    assert error.where == where
    assert found in error.found
    for part in expected:
        assert part in error.expected
    assert str(error) == f"{where}: found {error.found}; expected {error.expected}"
    assert len(str(error).splitlines()) == 1


def test_an_error_is_one_line_whatever_it_quotes():
    error = EvidenceError("here", "two\nlines", "one")
    assert str(error) == "here: found two lines; expected one"


def test_every_bad_file_has_a_case():
    files = {path.relative_to(BAD).as_posix() for path in BAD.rglob("*") if path.is_file()}
    accepted = {file for file in files if file.startswith("accepted/")}  # test_text_files.py
    assert files - accepted == set(ALL_CASES)


def test_the_inputs_that_bad_files_replace_are_good(tmp_path):
    good = tmp_path / "scenarios" / "good.toml"
    good.parent.mkdir()
    good.write_text('title = "Nothing changed"\n', encoding="utf-8")
    assert load_with(good, tmp_path)


def test_a_missing_table_is_reported(tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    (tmp_path / "data" / "evidence" / "campaigns.csv").unlink()
    with pytest.raises(EvidenceError, match=r"campaigns\.csv: found No such file") as caught:
        load_evidence(tmp_path / "data" / "evidence")
    assert caught.value.expected == "a readable file in UTF-8"


@pytest.mark.parametrize("name", ["roadmaps", "", "../scenarios/roadmap", "baseline.csv"])
def test_an_unknown_scenario_name_lists_the_known_ones(name):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(name)
    assert caught.value.found == repr(name)
    assert "fugakunext" in caught.value.expected
    assert "or a .toml" in caught.value.expected


@pytest.mark.parametrize("name", ["nowhere.toml", "baseline.toml"])
def test_a_scenario_file_that_is_not_there_is_reported(name, tmp_path):
    with pytest.raises(ScenarioError) as caught:
        load_scenario(str(tmp_path / name))
    assert caught.value.where == name
    assert caught.value.expected == "a readable TOML file"
