"""What a command imports: nothing that compiles, draws or samples unless it is asked to."""

import os
import subprocess
import sys

import pytest
from commands import COMMANDS
from typer.testing import CliRunner

from reports.cli.app import app

HEAVY = ("pymc", "pytensor", "nutpie", "numba", "matplotlib", "arviz_stats", "dask.array")

SCRIPT = """
import sys
from reports.command import main
sys.argv = ["eflops", *{arguments!r}]
try:
    main()
except SystemExit as end:
    code = end.code or 0
found = [name for name in {heavy!r} if name in sys.modules]
sys.stderr.write(f"{{code}} {{','.join(found)}}")
"""


def imported(*arguments):
    """Exit code of a command in a process of its own, and which heavy packages it imported."""
    script = SCRIPT.format(arguments=list(map(str, arguments)), heavy=HEAVY)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    code, _, found = done.stderr.splitlines()[-1].partition(" ")
    return int(code), set(filter(None, found.split(",")))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("evidence", "check"),
        *(
            pytest.param(arguments, marks=pytest.mark.slow)
            for arguments in (
                ("--help",),
                ("estimate", "--help"),
                ("evidence", "list", "campaigns"),
                ("priors", "show"),
                ("reproduce",),
                ("cache",),
            )
        ),
    ],
    ids=" ".join,
)
def test_what_asks_nothing_of_a_posterior_imports_nothing_heavy(arguments):
    assert imported(*arguments) == (0, set())


@pytest.mark.slow
def test_exact_draws_need_no_compiler_and_the_cache_not_even_them(tmp_path, monkeypatch):
    monkeypatch.setenv("EFLOPS_CACHE", str(tmp_path))
    assert imported("estimate", "roadmap") == (0, set())
    levers = ("--days", "33", "--lag", "1", "--devices", "1000", "--year", "2029")
    assert imported("estimate", "roadmap", *levers) == (0, set())
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.slow
def test_a_question_asked_of_a_run_imports_nothing_that_samples(run):
    code, found = imported("compare", "--run", run[0])
    assert code == 0
    assert not found & {"pymc", "pytensor", "nutpie", "numba", "matplotlib"}
    code, found = imported("report", run[0], "--out", os.devnull + "x")
    assert not found & {"pymc", "pytensor", "nutpie", "numba"}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_help_cuts_a_default(command, monkeypatch):
    """At the 80 columns of a plain terminal."""
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    result = CliRunner().invoke(app, [*command.split("_"), "--help"])
    assert result.exit_code == 0
    assert "…" not in result.output
    assert "(…" not in result.output
    assert max(map(len, result.output.splitlines())) <= 80
