"""What the README shows is what the command says."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.search(r"<!-- output: eflops (.*?) -->\n```\n(.*?)```\n<!-- /output -->", README, re.S)
TOKEN = re.compile(r"\d[\d,]*\.?\d*(?:e\+?\d+)?")


def unit_of_last_digit(token):
    mantissa, _, exponent = token.replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    if not decimals and not exponent:
        decimals = -(len(mantissa) - len(mantissa.rstrip("0")))
    return 10.0 ** (int(exponent or 0) - decimals)


def number(token):
    return float(token.replace(",", ""))


@pytest.mark.slow
def test_the_output_is_real(eflops):
    """Words are the same, numbers the same to four MCSE: the last digit shown is about one.

    Draws are identical for one machine and library; another may differ by Monte Carlo error.
    """
    code, out, _ = eflops(*BLOCK[1].split())
    assert code == 0
    assert TOKEN.sub("#", BLOCK[2]).split() == TOKEN.sub("#", out).split()
    printed, fresh = TOKEN.findall(BLOCK[2]), TOKEN.findall(out)
    for old, new in zip(printed, fresh, strict=True):
        tolerance = 4 * max(unit_of_last_digit(old), unit_of_last_digit(new))
        assert number(new) == pytest.approx(number(old), abs=tolerance), (old, new)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_notebook_lines_run(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    (lines,) = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len([line for line in lines.splitlines() if line]) == 10
    namespace = {}
    exec(compile(lines, "README.md", "exec"), namespace)
    assert namespace["required"]["effective_eflops"].sizes["days"] == 3


def test_the_test_command_is_what_ci_runs():
    (command,) = re.findall(r"and pass the tests\.\n\n```sh\n(.*?)\n```", README)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_table_of_commands_is_complete():
    from reports.cli import app
    from reports.cli_listing import evidence_app, priors_app

    def names(typer_app):
        return {c.name or c.callback.__name__ for c in typer_app.registered_commands}

    expected = {*names(app), *(f"evidence {n}" for n in names(evidence_app))}
    expected |= {f"priors {name}" for name in names(priors_app)}
    assert {name for name in expected if f"eflops {name}" in README} == expected
