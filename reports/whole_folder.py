"""Folder written whole or not at all, never over foreign files."""

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from priors.errors import ScenarioError

_OLDER = "-older"


def check_destination(out: Path, files: Collection[str], is_ours: Callable[[Path], bool]) -> Path:
    """Refuse, before any work, a folder that holds something else or cannot be written.

    What an earlier process left beside it is cleared up: an unfinished folder is removed, and
    an older folder that was moved aside is moved back.

    Parameters
    ----------
    out
        The folder.
    files
        Names of the files that such a folder may hold.
    is_ours
        Whether a folder is one that was written by this project.

    Returns
    -------
    Path
        The folder, symbolic links resolved.

    Raises
    ------
    ScenarioError
        The folder is not empty and not ours, or its parent cannot be written to.
    """
    try:
        place = out.resolve()
        if place == Path.cwd():
            raise ScenarioError(f"--out {out}", "the current folder", "another folder")
        place.parent.mkdir(parents=True, exist_ok=True)
        _clear_up(place)
        if place.exists():
            _require_ours(out, place, files, is_ours)
        with tempfile.TemporaryDirectory(prefix=_prefix(place), dir=place.parent):
            pass
    except (OSError, ValueError, RuntimeError) as error:
        raise ScenarioError(f"--out {out}", _said(error), "a folder to write to") from error
    return place


@contextmanager
def whole_folder(
    place: Path, files: Collection[str], is_ours: Callable[[Path], bool]
) -> Iterator[Path]:
    """Give a new folder to write to, and put it in place of an older one when all is written.

    Raises
    ------
    ScenarioError
        The folder cannot be written; an older one is still there.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=_prefix(place), dir=place.parent))
    except OSError as error:
        raise ScenarioError(f"--out {place}", _said(error), "a folder to write to") from error
    try:
        yield staging
        staging.chmod(0o755)
        _put(staging, place, files, is_ours)
    except (OSError, RuntimeError) as error:
        raise ScenarioError(f"--out {place}", _said(error), "a folder to write to") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _put(
    staging: Path, place: Path, files: Collection[str], is_ours: Callable[[Path], bool]
) -> None:
    """Move a folder to its place; another process may put its own there at the same time."""
    for attempt in range(100):
        older = staging.with_name(f"{staging.name}{_OLDER}{attempt}")
        if place.exists():
            _require_ours(place, place, files, is_ours)
            try:
                place.rename(older)
            except FileNotFoundError:  # another process moved it first
                continue
        try:
            staging.rename(place)
        except OSError:
            if place.exists() and any(place.iterdir()):  # another process was first: try again
                _remove(older, files)
                continue
            if older.exists():
                older.rename(place)
            raise
        _remove(older, files)
        return
    raise OSError("other processes write there all the time")


def _require_ours(
    out: Path, place: Path, files: Collection[str], is_ours: Callable[[Path], bool]
) -> None:
    if not place.is_dir():
        raise ScenarioError(f"--out {out}", "a file", "a new folder, or one of an older run")
    present = sorted(path.name for path in place.iterdir())
    if not present:
        return
    foreign = [name for name in present if name not in files]
    if foreign:
        raise ScenarioError(
            f"--out {out}",
            f"{foreign[0]!r}, which is no file of a run",
            "a new folder, or one of an older run and nothing else: nothing is deleted",
        )
    if not is_ours(place):
        raise ScenarioError(
            f"--out {out}", "something that is not a run", "a new folder, or one of an older run"
        )


def _remove(folder: Path, files: Collection[str]) -> None:
    """Remove files of a known name and then the folder, if nothing else is in it."""
    if not folder.is_dir():
        return
    for name in files:
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def _prefix(place: Path) -> str:
    """Beginning of the names of folders that this process makes beside a place."""
    return f".{place.name[:100]}-{os.getpid()}-"


def _clear_up(place: Path) -> None:
    """Clear up after processes that were killed while they wrote to this place."""
    for path in sorted(place.parent.glob(f".{_escaped(place.name[:100])}-*")):
        process = path.name.removeprefix(f".{place.name[:100]}-").partition("-")[0]
        if not process.isdigit() or _is_alive(int(process)) or not path.is_dir():
            continue
        if _OLDER in path.name and not place.exists():
            path.rename(place)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _escaped(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _said(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0]
