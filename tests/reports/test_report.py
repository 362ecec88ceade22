"""`eflops report`: pictures for slides, both languages, and the workbook."""

import json
from pathlib import Path

import openpyxl
import pytest
from report_run import renamed, report_run

from analysis.words import catalogue, say, speaking
from priors.documents import visible
from priors.imports.foreign_table import read_foreign
from reports.finished_run import FinishedRun
from reports.page.render import render
from reports.workbook import workbook

HOSTILE = '=1+1<script>alert(1)</script>{{7*7}}"><img src=x onerror=alert(1)>'


def test_a_report_in_japanese(run, eflops, tmp_path):
    out, _ = run
    code, _, err = eflops("report", out, "--lang", "ja", "--out", tmp_path / "ja.html")
    assert (code, err) == (0, "")
    page = (tmp_path / "ja.html").read_text(encoding="utf-8")
    assert '<html lang="ja">' in page
    for term in ("要求実効AI性能", "要求理論AI性能", "演算効率", "事前学習", "信用区間"):
        assert term in page
    assert catalogue("en")["page"]["headline"] not in page


def test_an_unknown_language_is_one_line(run, eflops):
    code, out, err = eflops("report", run[0], "--lang", "fr")
    assert (code, out) == (1, "")
    assert err == "eflops: --lang: found 'fr'; expected en or ja\n"


def test_the_terminals_sentences_in_japanese(run, eflops):
    code, out, _ = eflops("estimate", "roadmap", "--run", run[0], "--lang", "ja")
    assert code == 0
    with speaking("ja"):
        begin = say(
            "answer.roadmap", roadmap="43.4", target=say("trained.roadmap-chain"), probability=""
        )
    assert begin[:12] in out.replace("\n", "")
    assert "43.4" in out
    code, out, _ = eflops("estimate", "roadmap", "--run", run[0])
    assert "The roadmap's 43.4 EFLOPS suffice" in out


def test_figures_for_slides(run, eflops, tmp_path):
    folder = tmp_path / "slides"
    code, _, err = eflops("report", run[0], "--out", tmp_path / "r.html", "--figures", folder)
    assert (code, err) == (0, "")
    names = {path.name for path in folder.iterdir()}
    assert {"exceedance.png", "exceedance.pdf", "law.pdf"} <= names
    assert (folder / "law.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / "law.pdf").read_bytes()[:4] == b"%PDF"


@pytest.mark.parametrize("option", ["--backtest", "--calibration"])
def test_a_result_of_another_command_is_refused_in_one_line(run, eflops, tmp_path, option):
    code, out, err = eflops("report", run[0], option, tmp_path)
    assert (code, out) == (1, "")
    assert err.startswith(f"eflops: {option}")
    (tmp_path / "summary.json").write_text("{}")
    code, _, err = eflops("report", run[0], option, tmp_path)
    assert code == 1
    assert len(err.splitlines()) == 1


def test_a_page_of_another_version_is_refused(run, eflops, tmp_path):
    import shutil

    from test_run import resigned

    folder = tmp_path / "older"
    shutil.copytree(run[0], folder)
    page = json.loads((folder / "page.json").read_text())
    (folder / "page.json").write_text(json.dumps({**page, "edition": 0}))
    resigned(folder)
    code, out, err = eflops("report", folder)
    assert (code, out) == (1, "")
    assert "a report of another version of eflops" in err


def test_a_workbook_has_numbers_as_numbers_and_no_formula(run, eflops, tmp_path):
    target = tmp_path / "results.xlsx"
    code, _, err = eflops("estimate", "roadmap", "--run", run[0], "--xlsx", target)
    assert (code, err) == (0, "")
    book = openpyxl.load_workbook(target)
    assert book.sheetnames == ["results", "assurance", "assessed machine", "assumptions", "sources"]
    sheet = book["results"]
    headings = [cell.value for cell in sheet[1]]
    row = next(
        row
        for row in sheet.iter_rows(min_row=2, values_only=True)
        if row[2] == 80 and row[4] == "effective_eflops"
    )
    at = headings.index("50 % quantile, in the unit of the row")
    summary = run[1]["scenarios"]["roadmap"]["results"]
    known = next(
        one for one in summary if one["days"] == 80 and one["quantity"] == "effective_eflops"
    )
    assert row[at] == pytest.approx(known["quantiles"]["0.5"], rel=1e-12)
    assert row[headings.index("unit of the row")] == "EFLOPS"
    code, _, err = eflops("estimate", "roadmap", "--run", run[0], "--xlsx", target)
    assert code == 1
    assert "--xlsx" in err


def test_hostile_names_are_text_in_a_workbook(run, tmp_path):
    page = renamed(FinishedRun(run[0]).page, "roadmap", HOSTILE + "\x1b[31m\u202e")
    summary = renamed(run[1], "roadmap", HOSTILE + "\x1b[31m\u202e")
    path = tmp_path / "hostile.xlsx"
    path.write_bytes(workbook(page, summary))
    cells = [
        cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row
    ]
    assert all(cell.data_type != "f" for cell in cells)
    shown = [cell.value for cell in cells if str(cell.value).startswith("=1+1")]
    assert shown
    assert all(value == HOSTILE + "\\x1b[31m\\u202e" for value in shown)


def test_what_acts_on_a_terminal_is_shown_as_it_is_spelled():
    assert visible("a\x1b[31mb\u202ec\nd\u3000é 富") == "a\\x1b[31mb\\u202ec\nd\u3000é 富"
    assert visible({"k": ["\x07", 1, None]}) == {"k": ["\\x07", 1, None]}


def test_a_downloaded_cell_does_nothing_in_a_terminal(tmp_path):
    path = tmp_path / "models.csv"
    path.write_text("name,flop\nA\x1b[31mB\u202eC,1e24\n", encoding="utf-8")
    (record,) = read_foreign(path).records
    assert record.text("name") == "A\\x1b[31mB\\u202eC"


def test_a_machines_name_does_nothing_in_a_terminal(run, eflops, tmp_path):
    machine = tmp_path / "m.toml"
    machine.write_text(
        'name = "A\\u001b[31mB\\u202eC"\npeak_eflops = { BF16 = 1.0 }\n',
        encoding="utf-8",
    )
    _, out, err = eflops("assess", machine, "roadmap", "--run", run[0])
    assert "\x1b[31m" not in out + err
    assert "\u202e" not in out + err
    assert "\\x1b[31m" in out + err


@pytest.mark.slow
def test_hindcast_and_calibration_stand_in_the_page():
    found = report_run().finished
    without = render(found.page, found.summary)
    assert "eflops backtest updated --out HINDCAST" in without
    assert "eflops calibrate updated --out CALIBRATION" in without


def test_a_run_directory_is_enough(run, eflops, tmp_path, monkeypatch):
    """Neither evidence nor beliefs are read, and nothing is drawn."""

    def refuse(*_, **__):
        raise AssertionError("not needed")

    for name in ("priors.tables.read_table", "priors.prior_rows.load_priors", "model.fit.fit"):
        monkeypatch.setattr(name, refuse)
    first, again = tmp_path / "1.html", tmp_path / "2.html"
    for target in (first, again):
        assert eflops("report", run[0], "--out", target)[0] == 0
    assert first.read_bytes() == again.read_bytes()


def test_another_machine_is_assessed_without_a_fit(run, eflops, tmp_path):
    machine = tmp_path / "ours.toml"
    machine.write_text('name = "Our machine"\npeak_eflops = { BF16 = 20.0 }\n', encoding="utf-8")
    target = tmp_path / "r.html"
    code, _, err = eflops("report", run[0], "--machine", machine, "--out", target)
    assert (code, err) == (0, "")
    page = target.read_text(encoding="utf-8")
    assert "Assessed machine: Our machine" in page
    assert "FugakuNEXT delivers" not in page
    code, out, err = eflops("report", run[0], "--machine", "nothing")
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1


def test_the_command_is_in_the_page(run):
    page = (Path(run[0]) / "report.html").read_text(encoding="utf-8")
    assert "eflops estimate roadmap-point roadmap --out" in page
