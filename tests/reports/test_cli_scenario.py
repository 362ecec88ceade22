"""The commands `eflops scenario show` and `eflops scenario new`."""

import json


def test_what_a_scenario_changes_is_shown_with_reason_and_source(eflops):
    code, out, err = eflops("scenario", "show", "optimistic-hardware")
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    for part in ("levers.fp8_gain", "1.26", '["FP8"]', "not 100 %", "ft-hsdp-2026"):
        assert part in text
    document = json.loads(eflops("scenario", "show", "optimistic-hardware", "--json")[1])
    assert document["levers"]["fp8_gain"] == 1.26
    assert document["changes"][0]["key"] == "levers.precisions"
    assert eflops("scenario", "show", "nowhere")[0] == 1


def test_a_new_file_is_written_once_and_answers(eflops, tmp_path, run):
    own = tmp_path / "own.toml"
    assert eflops("scenario", "new", "--out", own)[0] == 0
    assert own.read_text(encoding="utf-8") == eflops("scenario", "new")[1]
    code, _, err = eflops("scenario", "new", "--out", own)
    assert (code, err.count("\n")) == (1, 1)
    assert "a new file" in err
    code, _, err = eflops("scenario", "new", "--out", tmp_path / "no" / "folder.toml")
    assert (code, err.count("\n")) == (1, 1)
    assert "levers.days" in " ".join(eflops("scenario", "show", own)[1].split())
