"""What the README shows is what the command says."""

import math
import re
from pathlib import Path

import numpy as np
import pytest
from commands import COMMANDS

from priors.thresholds import thresholds

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- output: eflops (.*?) -->\n```\n(.*?)```\n<!-- /output -->", README, re.S)
TOKEN = re.compile(r"\d[\d,]*\.?\d*(?:e\+?\d+)?")


def number(token):
    return float(token.replace(",", ""))


@pytest.mark.slow
@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_the_output_is_real(eflops, command, shown):
    """Words are the same, numbers the same to the error that the gate allows a quantile.

    Draws are the same for one machine and one set of libraries; elsewhere they differ by Monte
    Carlo error: 4 standard errors of a difference of two, each at most that of a reported quantile.
    """
    code, fresh, _ = eflops(*command.split())
    assert code == 0
    assert TOKEN.sub("#", shown).split() == TOKEN.sub("#", fresh).split()
    tolerance = 10 ** (4 * math.sqrt(2) * thresholds("sampling")["mcse_quantile_dex"]) - 1
    least = 4 * math.sqrt(2) * thresholds("sampling")["mcse_probability"]
    for old, new in zip(TOKEN.findall(shown), TOKEN.findall(fresh), strict=True):
        assert number(new) == pytest.approx(number(old), rel=tolerance, abs=least), (old, new)


def test_there_is_an_output_of_each_main_question():
    assert {command.split()[0] for command, _ in BLOCKS} == {
        *("estimate", "assess", "specify", "compare", "scenario"),
    }


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_notebook_lines_run(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    parts = re.findall(r"```python\n(.*?)```", README, re.S)
    lines = "\n".join(parts)
    assert len([line for line in lines.splitlines() if line]) == 9
    namespace = {}
    exec(compile(lines, "README.md", "exec"), namespace)
    assert len(namespace["figure"].axes) == 1
    required = namespace["required"]
    assert required["effective_eflops"].sizes["days"] == 1
    np.testing.assert_allclose(10 ** required["log10_peak_eflops"], required["peak_eflops"])


def test_the_test_command_is_what_ci_runs():
    (command,) = re.findall(r"and pass the tests\.\n\n```sh\n(.*?)\n```", README)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_table_of_commands_is_complete():
    expected = {name.replace("_", " ") for name in COMMANDS}
    assert {name for name in expected if f"eflops {name}" in README} == expected
