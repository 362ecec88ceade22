"""Cache of finished fits on disk.

An entry is one netCDF file under a name that is the digest of all that its posterior depends on:
the code of the model and of what it reads, evidence, priors, the scenario without its levers, seed
and sampler. It is written beside its place and moved there, so that it is whole or not there
at all, and two processes cannot disturb each other. What is read is verified by a digest of its
contents.
"""

import hashlib
import json
import os
import tempfile
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import xarray as xr

from analysis.fit_files import STORED, DamagedFitError, digest_of, read_group, write_fits
from model.sampling.sampler import Sampler
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

#: Name of the environment variable that says where the cache is.
VARIABLE = "EFLOPS_CACHE"
#: The one fit of an entry's file.
_NAME = "fit"
_SUFFIX = ".nc"


class CacheWarning(UserWarning):
    """An entry of the cache was damaged, or could not be written."""


@dataclass(frozen=True)
class Cache:
    """A folder of finished fits; None stands for no cache at all."""

    folder: Path | None

    def read(self, key: str) -> xr.DataTree | None:
        """Return an entry; None where there is none, or, with a warning, where it is damaged."""
        path = self._path(key)
        if path is None or not _exists(path):
            return None
        try:
            groups = {group: read_group(path, _NAME, group) for group in STORED}
            tree = xr.DataTree.from_dict(groups)
            if tree["sample_stats"].attrs.pop("digest", None) != digest_of(tree):
                raise DamagedFitError("another digest than it states")
        except DamagedFitError as error:
            warnings.warn(f"cache entry {path} is damaged ({error}): fitted again", CacheWarning, 2)
            return None
        return tree

    def write(self, key: str, tree: xr.DataTree) -> None:
        """Keep a fit; a folder that cannot be written to is no error."""
        path = self._path(key)
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as staging:
                staged = Path(staging) / path.name
                write_fits(staged, {_NAME: _with_digest(tree)})
                staged.replace(path)
        except (OSError, RuntimeError):
            return

    def entries(self) -> list[Path]:
        """List the files of the cache, the oldest first."""
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)

    def clear(self) -> int:
        """Remove every entry and return how many there were."""
        entries = self.entries()
        for path in entries:
            path.unlink(missing_ok=True)
        return len(entries)

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{key}{_SUFFIX}"


def default_cache() -> Cache:
    """Return the cache of this user: `$EFLOPS_CACHE`, or `eflops` in the user's cache folder."""
    named = os.environ.get(VARIABLE)
    if named:
        return Cache(Path(named))
    import platformdirs

    try:
        return Cache(platformdirs.user_cache_path("eflops"))
    except (OSError, RuntimeError, KeyError):  # no home
        return Cache(None)


def fit_key(
    scenario: Scenario, evidence: Evidence, priors: Priors, sampler: Sampler, seed: int
) -> str:
    """Digest of everything that a posterior depends on."""
    arguments = asdict(sampler)
    if sampler.name == "exact":
        arguments = {name: arguments[name] for name in ("name", "draws", "chains")}
    arguments.pop("cores", None)
    parts = {
        "code": code_digest(),
        "libraries": {name: version(name) for name in ("numpy", "scipy", "xarray")},
        "evidence": evidence.digests,
        "as_of": str(evidence.as_of),
        "rows": {name: len(rows) for name, rows in evidence.tables.items()},
        "priors": priors.digest,
        "scenario": scenario.fit_digest,
        "sampler": arguments,
        "seed": seed,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Digest of the code of the packages `priors` and `model`."""
    import model
    import priors

    folders: Iterable[str] = (*priors.__path__, *model.__path__)
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _with_digest(tree: xr.DataTree) -> xr.DataTree:
    groups = {group: tree[group].to_dataset() for group in STORED}
    bare = xr.DataTree.from_dict(groups)
    groups["sample_stats"] = groups["sample_stats"].assign_attrs(digest=digest_of(bare))
    return xr.DataTree.from_dict(groups)


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
