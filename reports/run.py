"""The run directory: everything a run left, written whole or not at all."""

import csv
import json
import platform
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xarray as xr

from model.fit import Sampler
from priors.errors import ScenarioError
from priors.evidence import Evidence
from priors.scenario import Scenario, validate_scenario
from priors.spec import Priors
from reports.html import render
from reports.toml import dump

type Json = dict[str, Any]

_VERSIONED = ("eflops", "pymc", "nutpie", "arviz", "pytensor", "xarray", "numpy", "scipy")


def manifest(
    evidence: Evidence,
    priors: Priors,
    scenarios: Mapping[str, Scenario],
    sampler: Sampler,
    seed: int,
) -> Json:
    """List what a result depends on: digests, seed, sampler, versions, commit."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "evidence_as_of": str(evidence.as_of),
        "evidence": evidence.digests,
        "priors": priors.digest,
        "scenarios": {name: scenario.digest for name, scenario in scenarios.items()},
        "seed": seed,
        "sampler": {"name": "nutpie", **asdict(sampler)},
        "versions": {name: version(name) for name in _VERSIONED},
        "python": platform.python_version(),
        "commit": _commit(),
    }


def check_destination(out: Path) -> None:
    """Refuse, before any work, a folder that holds something other than a run.

    Raises
    ------
    ScenarioError
        The folder exists, is not empty and has no `manifest.json`.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not _is_run(out))):
        raise ScenarioError(
            f"--out {out}", "something that is not a run", "a new folder, or one of an older run"
        )


def write_run(
    out: Path, trees: Mapping[str, xr.DataTree], scenarios: Mapping[str, Scenario], summary: Json
) -> None:
    """Write the run directory.

    All files are written beside the destination first and moved in one step; an older run there
    is replaced.

    Parameters
    ----------
    out
        The folder.
    trees, scenarios
        Posterior and scenario by name.
    summary
        The object that `estimate --json` prints.
    """
    check_destination(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        write_posterior(staging / "posterior.nc", trees)
        _write_json(staging / "summary.json", summary)
        _write_json(staging / "manifest.json", summary["manifest"])
        _write_csv(staging / "summary.csv", summary)
        (staging / "scenario.toml").write_text(
            dump({name: scenario.model_dump(mode="json") for name, scenario in scenarios.items()}),
            encoding="utf-8",
        )
        (staging / "report.html").write_text(render(summary), encoding="utf-8")
        staging.chmod(0o755)
        _replace(staging, out)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise


def write_posterior(path: Path, trees: Mapping[str, xr.DataTree]) -> None:
    """Write one netCDF file with the groups SCENARIO/GROUP, losslessly compressed."""
    groups = {
        f"{name}/{group}": node.to_dataset()
        for name, tree in trees.items()
        for group, node in tree.children.items()
    }
    encoding = {
        f"/{path}": {
            str(name): {"zlib": True, "complevel": 1}
            for name, array in group.data_vars.items()
            if array.dtype.kind in "fib" and array.ndim
        }
        for path, group in groups.items()
    }
    xr.DataTree.from_dict(groups).to_netcdf(path, engine="netcdf4", encoding=encoding)


def read_posterior(run: Path) -> xr.DataTree:
    """Read the posterior of a run; a scenario's groups are `tree[SCENARIO]`."""
    _require_run(run)
    with xr.open_datatree(run / "posterior.nc", engine="netcdf4") as tree:
        return tree.load()


def read_draws(run: Path, scenario: str, group: str = "posterior") -> xr.Dataset:
    """Read one group of one scenario of a run, the others left on disk."""
    _require_run(run)
    with xr.open_dataset(run / "posterior.nc", engine="netcdf4", group=f"{scenario}/{group}") as it:
        return it.load()


def read_summary(run: Path) -> Json:
    """Read the summary of a run; raises `ScenarioError` if the folder is not a run."""
    _require_run(run)
    summary: Json = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    return summary


def read_scenarios(run: Path) -> dict[str, Scenario]:
    """Read the scenarios of a run as they were used, by name.

    Raises
    ------
    ScenarioError
        The folder is not a run, or its `scenario.toml` was changed to something invalid.
    """
    _require_run(run)
    document = tomllib.loads((run / "scenario.toml").read_text(encoding="utf-8"))
    return {
        name: validate_scenario(record, f"{run}/scenario.toml, {name}")
        for name, record in document.items()
    }


def _require_run(run: Path) -> None:
    if not _is_run(run):
        raise ScenarioError(f"run {run}", "no manifest.json", "a folder written by estimate --out")


def _is_run(folder: Path) -> bool:
    return (folder / "manifest.json").is_file()


def _replace(staging: Path, out: Path) -> None:
    older = None
    if out.exists():
        older = staging.with_name(f"{staging.name}-older")
        out.rename(older)
    staging.rename(out)
    if older is not None:
        shutil.rmtree(older)


def _write_json(path: Path, document: Json) -> None:
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _write_csv(path: Path, summary: Json) -> None:
    """One line a result; a cell that a spreadsheet would take for a formula is quoted."""
    lines = []
    for name, scenario in summary["scenarios"].items():
        for row in scenario["results"]:
            flat = {"scenario": name}
            for key, value in row.items():
                if isinstance(value, dict):
                    flat |= {f"{key}_{probability}": item for probability, item in value.items()}
                else:
                    flat[key] = value
            lines.append(flat)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _safe(value) for key, value in line.items()} for line in lines)


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@")) else cell


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
