"""One run of the command, made once, and a way to call the command."""

import json

import pytest

from analysis.words import speaking
from reports.command import main


@pytest.fixture(scope="session")
def call():
    """Call `eflops` in this process: arguments → (exit code, stdout, stderr)."""

    def run(capsys, monkeypatch, *arguments):
        monkeypatch.setattr("sys.argv", ["eflops", *map(str, arguments)])
        with speaking("en"), pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return stop.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def eflops(call, capsys, monkeypatch):
    return lambda *arguments: call(capsys, monkeypatch, *arguments)


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run directory of `roadmap-point` and `roadmap`, and the JSON it printed."""
    out = tmp_path_factory.mktemp("runs") / "first"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sys.argv",
            ["eflops", "estimate", "roadmap-point", "roadmap", "--out", str(out), "--seed", "0"],
        )
        with pytest.raises(SystemExit) as stop:
            main()
    assert not stop.value.code
    return out, json.loads((out / "summary.json").read_text(encoding="utf-8"))
