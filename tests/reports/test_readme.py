"""What the README shows is what the command says."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from commands import COMMANDS

from reports.cli.request.options import stdout
from reports.tables.estimate import print_summary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.search(r"<!-- output: eflops (.*?) -->\n```\n(.*?)```\n<!-- /output -->", README, re.S)
TOKEN = re.compile(r"\d[\d,]*\.?\d*(?:e\+?\d+)?")


def number(token):
    return float(token.replace(",", ""))


@pytest.mark.slow
def test_the_output_is_real(eflops, capsys):
    """Words are the same, numbers the same to 4 standard errors of the difference.

    Draws are the same for one machine and one set of libraries; elsewhere they differ by Monte
    Carlo error, whose largest value over the results is allowed for each number.
    """
    code, out, _ = eflops(*BLOCK[1].split(), "--json")
    assert code == 0
    summary = json.loads(out)
    print_summary(summary, stdout())
    fresh = capsys.readouterr().out
    assert TOKEN.sub("#", BLOCK[2]).split() == TOKEN.sub("#", fresh).split()
    mcse = max(
        max(row["mcse_log10"].values())
        for scenario in summary["scenarios"].values()
        for row in scenario["results"]
    )
    tolerance = 10 ** (4 * math.sqrt(2) * mcse) - 1
    for old, new in zip(TOKEN.findall(BLOCK[2]), TOKEN.findall(fresh), strict=True):
        assert number(new) == pytest.approx(number(old), rel=tolerance), (old, new)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_notebook_lines_run(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    (lines,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len([line for line in lines.splitlines() if line]) == 6
    namespace = {}
    exec(compile(lines, "README.md", "exec"), namespace)
    required = namespace["required"]
    assert required["effective_eflops"].sizes["days"] == 1
    np.testing.assert_allclose(10 ** required["log10_peak_eflops"], required["peak_eflops"])


def test_the_test_command_is_what_ci_runs():
    (command,) = re.findall(r"and pass the tests\.\n\n```sh\n(.*?)\n```", README)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_table_of_commands_is_complete():
    expected = {name.replace("_", " ") for name in COMMANDS}
    assert {name for name in expected if f"eflops {name}" in README} == expected
