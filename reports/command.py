"""Console script `eflops`: interrupts and input errors."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from reports.exit_codes import BAD_INPUT, INTERRUPTED


def main() -> None:
    """Run the command line and end the process.

    A wrong input is one line on stderr and exit code 1; an interrupt at any moment, that of the
    imports included, ends quietly with 130; a reader that closes its pipe ends it quietly too.
    """
    interrupts: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
        raise SystemExit(_run())
    except BaseException:
        # An interrupted import, callback or library may raise anything in place of the interrupt.
        if not interrupts:
            raise
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _end_at_once(INTERRUPTED)
    finally:
        if not interrupts:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def _end_at_once(code: int) -> NoReturn:
    """End the process as it stands, when everything that had begun has been undone.

    Python's own end would wait for threads that still compute, and crashes where one of them
    comes back from a library in the midst of it.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _run() -> int:
    from priors.errors import InputError

    if sys.stderr is None:  # type: ignore[redundant-expr, unused-ignore]
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - till the end
    if sys.stdout is None:  # type: ignore[redundant-expr, unused-ignore]
        sys.stderr.write("eflops: standard output: found it closed; expected it open\n")
        return BAD_INPUT
    try:
        for stream in (sys.stdout, sys.stderr):
            # A terminal that cannot show a sign gets another one for it, and no traceback.
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")
        with dask_arrays_left_out():
            from reports.cli.app import app

            code = app(standalone_mode=True)
    except SystemExit as end:
        code = end.code
    except InputError as error:
        sys.stderr.write(f"eflops: {error}\n")
        return BAD_INPUT
    except OSError as error:
        return _unwritable(error)
    return _flushed(code if isinstance(code, int) else 0)


class _WithoutDaskArrays:
    """Keeps xarray from importing dask.array, which no command uses, wherever it is installed.

    xarray imports it to ask each array whether it is one of Dask's: a quarter of a second of
    every answer. This finder, first on `sys.meta_path`, says that there is no such module.
    """

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Refuse the module, and leave all others to the finders that follow."""
        if name == "dask.array":
            raise ModuleNotFoundError(f"{name} is left out", name=name)


@contextmanager
def dask_arrays_left_out() -> Iterator[None]:
    """Leave dask.array out of what the block imports."""
    finder = _WithoutDaskArrays()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _flushed(code: int) -> int:
    """Say where the output could not be written, which Python would find out too late."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()
    except OSError as error:
        return _unwritable(error)
    return code


def _unwritable(error: OSError) -> int:
    """Say what could not be written or read, and keep Python from trying again at its end."""
    where = "standard output" if error.filename is None else error.filename
    sys.stderr.write(
        f"eflops: {where}: found {error.strerror}; expected a place that can be used\n"
    )
    with suppress(OSError):
        sys.stdout.close()
    return BAD_INPUT
