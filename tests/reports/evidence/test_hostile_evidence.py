"""Evidence that no table should hold: one line each, and nothing acts on the terminal."""

import csv
import os
import shutil
import subprocess
import sys

import pytest

from priors.documents import DATA


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path / "data" / "evidence"


def edit(path, change):
    """Change the rows of a table, or leave out those for which the change gives None."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames, list(reader)
    kept = [row for row in (change(dict(row)) for row in rows) if row is not None]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(kept)


@pytest.mark.parametrize(
    ("command", "table", "change", "said"),
    [
        (
            ["reproduce"],
            "roadmap_figures",
            lambda row: row | ({"rule": "nope"} if row["rule"] == "sixnd" else {}),
            "rule: found 'nope'; expected input, effective_from_days",
        ),
        (
            ["reproduce"],
            "roadmap_figures",
            lambda row: row | ({"x": ""} if row["rule"] == "sixnd" else {}),
            "found no x, x2 or original; expected what rule sixnd takes",
        ),
        (
            ["estimate", "updated"],
            "confidence_grades",
            lambda row: None if row["grade"] == "Likely" else row,
            "confidence: found 'Likely'; expected a grade of confidence_grades.csv",
        ),
        (
            ["evidence", "check"],
            "training_runs",
            lambda row: row | ({"training_flop": "1e-320"} if row["id"] == "grok-3" else {}),
            "training_flop: found '1e-320'; expected greater than or equal to 1",
        ),
    ],
)
def test_what_cannot_be_used_is_one_line(eflops, folder, command, table, change, said):
    edit(folder / f"{table}.csv", change)
    code, out, err = eflops(*command, "--evidence", folder)
    assert (code, out) == (1, "")
    assert err.startswith("eflops: ")
    assert err.count("\n") == 1
    assert said in err


def test_brackets_in_a_cell_are_shown_and_no_markup(eflops, folder):
    edit(
        folder / "roadmap_figures.csv",
        lambda row: row | {"subject": f"[/] [bold]{row['subject']}[/bold]"},
    )
    code, out, err = eflops("reproduce", "--evidence", folder)
    assert (code, err) == (0, "")
    assert "[/]" in out
    assert "[bold]" in out


def test_a_folder_is_found_by_a_relative_path(eflops, folder, monkeypatch):
    monkeypatch.chdir(folder)
    code, _, err = eflops("evidence", "list", "goodput", "--evidence", ".")
    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("goodput.csv", ["evidence", "list", "goodput", "--evidence", "."]),
        ("endless.toml", ["scenario", "show", "endless.toml"]),
        ("endless.toml", ["priors", "show", "--priors", "endless.toml"]),
        ("endless.csv", ["evidence", "import", "endless.csv", "--kind", "epoch"]),
    ],
)
@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/dev/zero"), os.mkfifo])
def test_what_has_no_end_is_not_read(eflops, tmp_path, monkeypatch, name, command, make):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / name)
    code, _, err = eflops(*command)
    assert code == 1
    assert f"{name}: found a device or a pipe" in err
    assert err.count("\n") == 1


def test_a_closed_output_is_said():
    command = f"exec {sys.executable} -m reports evidence check >&-"
    ended = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "eflops: standard output: found it closed; expected it open\n"
