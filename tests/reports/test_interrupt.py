"""Ctrl-C at any moment: exit 130, no traceback, no half result, no file left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EFLOPS = Path(sys.executable).with_name("eflops")


#: How often a user presses Ctrl-C before giving up.
_PRESSES = 4


def interrupted(arguments, delay, tmp_path, after=None):
    """Run the command in folders of its own and interrupt it.

    Parameters
    ----------
    delay
        Seconds until the interrupt, counted from the start or from when `after` exists.
    """
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    process = subprocess.Popen(
        [str(EFLOPS), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch), "EFLOPS_CACHE": str(tmp_path / "cache")},
    )
    waited = time.monotonic() + 120
    while after is not None and not after(tmp_path) and time.monotonic() < waited:
        time.sleep(0.05)
    time.sleep(delay)
    for _ in range(_PRESSES):
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=30)
            break
        except subprocess.TimeoutExpired:
            continue  # Numba's compiler swallows an interrupt: one presses the keys again
    else:
        process.kill()
        raise AssertionError(f"not interrupted by {_PRESSES} signals")
    return process.returncode, out, err, [path.name for path in scratch.iterdir()]


@pytest.mark.parametrize(
    "delay",
    [
        pytest.param(delay, marks=[] if delay == 0.6 else pytest.mark.slow)
        for delay in (0.15, 0.3, 0.6, 0.9, 1.2, 1.6, 2.0)
    ],
)
def test_estimate(tmp_path, delay):
    """From the imports to the fits; a process that was already done has its whole result."""
    run = tmp_path / "run"
    arguments = ("estimate", "updated", "--draws", "50000", "--out", run)
    code, out, err, left = interrupted(arguments, delay, tmp_path)
    assert left == []
    assert "Traceback" not in err
    assert code == 130, err
    assert out == ""
    assert not run.exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".run")] == []


@pytest.mark.nuts
def test_nuts_while_it_samples(tmp_path):
    """nutpie swallows the interrupt and hands back a part, which must not become a result."""
    form = tmp_path / "one-form.toml"
    form.write_text(
        'title = "One form"\n[[change]]\nkey = "trend.form"\nvalue = "drifting"\n'
        'reason = "To compile one form."\n',
        encoding="utf-8",
    )
    arguments = (
        *("estimate", form, "--sampler", "nuts", "--chains", "2", "--draws", "400000"),
        *("--allow-failed-checks", "--out", tmp_path / "run"),
    )
    code, out, err, left = interrupted(arguments, 75, tmp_path)
    assert (code, out) == (130, ""), err
    assert "Traceback" not in err
    assert left == []
    assert not (tmp_path / "run").exists()
    assert not list((tmp_path / "cache").glob("*"))


@pytest.mark.slow
def test_calibrate_keeps_whole_replications_only(tmp_path):
    folder = tmp_path / "kept"

    def started(_):
        path = folder / "replications.csv"
        return path.exists() and len(path.read_bytes().splitlines()) > 3

    arguments = ("calibrate", "updated", "--replications", "400", "--cores", "1", "--out", folder)
    code, out, err, left = interrupted(arguments, 0.4, tmp_path, started)
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    assert "finished" in err
    assert left == []
    lines = (folder / "replications.csv").read_text().splitlines()
    width = len(lines[0].split(","))
    assert len(lines) > 3
    assert all(len(line.split(",")) == width and "nan" not in line for line in lines[1:])


def test_a_reader_that_goes_away_ends_it_quietly():
    command = f"{EFLOPS} evidence list training_runs | head -1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.slow
def test_output_that_cannot_be_written_is_one_line():
    done = subprocess.run(
        ["bash", "-c", f"{EFLOPS} evidence check > /dev/full"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "No space left" in done.stderr


@pytest.mark.slow
def test_a_terminal_of_few_signs_gets_no_traceback():
    done = subprocess.run(
        [str(EFLOPS), "priors", "show", "roadmap"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stderr == ""
