"""What the README shows is what the command says."""

import math
import re
import shlex
import shutil
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


EXAMPLE = re.search(r"<!-- example -->\n```\n(.*?)```\n<!-- /example -->", README, re.S)


@pytest.mark.slow
def test_the_example_of_own_evidence_is_real(eflops, tmp_path, monkeypatch):
    """Each command runs in a fresh folder; what is shown of its output is in its output."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    parts = re.split(r"^\$ eflops (.*)\n", EXAMPLE[1], flags=re.M)[1:]
    commands = list(zip(parts[::2], parts[1::2], strict=True))
    assert [command.split()[0] for command, _ in commands] == ["evidence", "evidence", "estimate"]
    tolerance = 10 ** (4 * math.sqrt(2) * thresholds("sampling")["mcse_quantile_dex"]) - 1
    for command, shown in commands:
        code, fresh, err = eflops(*shlex.split(command))
        assert (code, err) == (0, "")
        shown_lines = [line.rstrip() for line in shown.splitlines() if line.strip(" …")]
        words = TOKEN.sub("#", " ".join(" ".join(shown_lines).split()))
        whole = " ".join(fresh.split())
        place = TOKEN.sub("#", whole).find(words)
        assert place >= 0, (command, words)
        before = len(TOKEN.findall(_unmasked(whole, place)))
        numbers = TOKEN.findall(" ".join(shown_lines))
        found = TOKEN.findall(whole)[before : before + len(numbers)]
        for old, new in zip(numbers, found, strict=True):
            assert number(new) == pytest.approx(number(old), rel=tolerance, abs=0.01), (old, new)
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        *("goodput.csv", "scaling_studies.csv", "sources.toml"),
    ]


def _unmasked(text, place):
    """Part of a text before a place in the same text whose numbers are one sign each."""
    parts = TOKEN.split(text)
    length, kept = 0, []
    tokens = [*TOKEN.findall(text), ""]
    for part, token in zip(parts, tokens, strict=True):
        if length + len(part) >= place:
            return "".join(kept)
        length += len(part) + 1
        kept += [part, token]
    return "".join(kept)


def test_the_long_run_of_dressed_files_is_shown():
    """100,000 files, every one read back or refused; the counts are those of the program."""
    (shown,) = re.findall(r"<!-- dressed -->\n```\n(.*?)```\n<!-- /dressed -->", README, re.S)
    counts = {
        what: int(count.replace(",", ""))
        for count, what in re.findall(r"^\s*([\d,]+) (.*)$", shown, re.M)
    }
    assert sum(n for what, n in counts.items() if what.startswith(("read", "refused"))) == 100_000
    assert sum(n for what, n in counts.items() if what.startswith("encoding")) == 100_000
