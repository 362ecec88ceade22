"""One name per question: where the files of a command stand, from the list of commands."""

import ast
from pathlib import Path

import pytest
from architecture_map import ROOT, map_of_the_tree, with_map
from commands import COMMANDS

#: Tools that several questions share, beside the files and folders that bear a command's name.
SHARED = {
    "analysis": {
        *("cache", "checks", "fit", "fit_files", "levels", "loss", "manifest", "monte_carlo"),
        *("moved", "own_evidence"),
        *("need", "numbers", "shapley", "studies_left_out", "words"),
    },
    "reports/cli": {"app", "request"},
    "reports/tables": {"style"},
    "reports/figures": {"style"},
}
#: Commands that show what is there and ask no question.
LISTINGS = {
    *("cache", "evidence_list", "priors_show", "scenario_new", "scenario_show"),
}
#: Commands whose output is no table.
WITHOUT_TABLE = {"cache", "report", "scenario_new"}
#: Questions that the library answers and no command asks yet.
AWAITED: set[str] = set()

FULLEST = 20


def names_in(folder: str) -> set[str]:
    """Files and folders of Python in a folder, by name."""
    entries = (ROOT / folder).iterdir()
    return {
        path.stem
        for path in entries
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }


def analysis_imported_by(path: Path) -> set[str]:
    """Modules or wings of `analysis` that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {module.split(".")[1] for module in modules if module.startswith("analysis.")}


def test_there_are_commands():
    assert {"estimate", "evidence_check", "priors_check", "cache"} <= set(COMMANDS)


def test_every_command_has_its_file():
    assert names_in("reports/cli") == {*COMMANDS, *SHARED["reports/cli"]}


def test_every_table_bears_the_name_of_its_command():
    questions = {*COMMANDS, *AWAITED} - WITHOUT_TABLE
    assert names_in("reports/tables") == questions | SHARED["reports/tables"]


def test_every_figure_bears_the_name_of_its_command():
    assert names_in("reports/figures") - SHARED["reports/figures"] <= {*COMMANDS, *AWAITED}


def test_every_question_is_answered_by_the_analysis_of_its_name():
    questions = {*COMMANDS, *AWAITED} - LISTINGS
    assert names_in("analysis") == questions | SHARED["analysis"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_the_analysis_of_its_own_name(command):
    asked = analysis_imported_by(ROOT / "reports" / "cli" / f"{command}.py")
    assert asked <= {command, *SHARED["analysis"]}


@pytest.mark.parametrize("package", ["priors", "model", "analysis", "reports", "tests"])
def test_no_folder_is_a_heap(package):
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    sizes = {str(folder): len(list(folder.glob("*.py"))) - 1 for folder in folders}
    assert {folder: size for folder, size in sizes.items() if size > FULLEST} == {}


def test_the_map_is_that_of_the_tree():
    document = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert document == with_map(document), "python tests/architecture_map.py writes it anew"


def test_every_file_is_one_line_of_the_map():
    """The first line of a docstring fits beside the file's name."""
    lengths = {line: len(line) for line in map_of_the_tree().splitlines()}
    assert {line for line, length in lengths.items() if length > 100} == set()
