"""Manifest: everything that a result depends on."""

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from model.sampling.sampler import Sampler
from priors.documents import Json
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.scenario import Scenario

_VERSIONED = ("eflops", "pymc", "nutpie", "arviz", "pytensor", "xarray", "numpy", "scipy")
#: Arguments of a sampler that exact draws do not have.
_OF_NUTS = ("tune", "target_accept", "cores")


def manifest(
    evidence: Evidence,
    priors: Priors,
    scenarios: Mapping[str, Scenario],
    sampler: Sampler,
    seed: int,
) -> Json:
    """List what a result depends on: digests, seed, sampler, versions, commit."""
    arguments = asdict(sampler)
    if sampler.name == "exact":
        arguments = {name: value for name, value in arguments.items() if name not in _OF_NUTS}
    return {
        "evidence_as_of": str(evidence.as_of),
        "evidence": evidence.digests,
        "own_evidence": {
            "count": sum(len(ids) for ids in evidence.own.values()),
            "rows": {table: list(ids) for table, ids in evidence.own.items()},
            "moved": {},
        },
        "priors": priors.digest,
        "scenarios": {name: scenario.digest for name, scenario in scenarios.items()},
        "seed": seed,
        "sampler": arguments,
        "versions": {name: version(name) for name in _VERSIONED},
        "python": platform.python_version(),
        "commit": _commit(),
    }


def now() -> str:
    """Time of making, UTC; only a manifest file states it, so that results are reproducible."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _commit() -> str | None:
    """Commit of the source tree, with `+changes` if it is not clean; None outside a checkout."""
    root = Path(__file__).parent.parent
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(root, "status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
