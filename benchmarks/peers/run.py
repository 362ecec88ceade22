"""Exact draws against nutpie, `pm.sample` and NumPyro on one model and one set of evidence.

Run: .venv/bin/python benchmarks/peers/run.py [PAIRS] [--rows] [--write]
Each round runs every peer once, one after the other, so that a ratio is one of the same minute.
First it is checked that all have the same posterior; then ratios to the exact draws are printed,
median and range over the rounds. NumPyro gets an environment of its own beside this file.
`--rows` adds the growth with rows and draws, `--write` puts the table into README.md.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

import arviz_stats as azs
import numpy as np

from model.inputs import make_inputs
from model.sampling.block_densities import blocks
from priors.evidence import load_evidence
from priors.parameters import PARAMETERS
from priors.prior_rows import load_priors
from priors.scenario import load_scenario

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OTHER = HERE / ".venv-numpyro"
PEERS = {
    "exact draws": "exact_peer.py",
    "nutpie": "nutpie_peer.py",
    "pm.sample": "pymc_peer.py",
    "NumPyro": "numpyro_peer.py",
}
DRAWS = 1000
#: Seconds that a peer may take in a round, and when the evidence grows.
PATIENCE, GROWTH_PATIENCE = 600, 240
#: Peers that the evidence grows for: of the others, the one that refits fastest.
GROWN = ("exact draws", "nutpie")
NAMES = [name for block in blocks("drifting") for name in block.sampled]


def environment(folder):
    """Variables of a process that finds bytecode, and every cache of a compiler empty."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
        "PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}",
        "TMPDIR": str(folder),
        "EFLOPS_CACHE": str(folder / "eflops"),
    }


def python_of(peer):
    """Interpreter of a peer; the environment of NumPyro is made if it is not there."""
    if peer != "NumPyro":
        return sys.executable
    python = OTHER / "bin" / "python"
    if not python.exists():
        venv.create(OTHER, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "numpyro==0.22.0"]
        subprocess.run(command, check=True)
    return str(python)


def export(folder, rows=None):
    """Write the arrays of `updated`, and those of 2024 for the refit.

    `rows`: so many training runs in place of the built-in ones, drawn from them with scatter.
    """
    evidence = load_evidence()
    priors = load_priors(evidence.sources)
    paths = []
    for name, day in (("first", None), ("other", "2024-06-30")):
        scenario = load_scenario("updated").override({"trend.form": "drifting"})
        scenario = scenario.override({"as_of": day}) if day else scenario
        arrays = make_inputs(scenario, evidence, priors).arrays("drifting")
        if rows is not None:
            rng = np.random.default_rng(rows)
            picked = rng.integers(len(arrays["trend_log10_flop"]), size=rows)
            for key in ("trend_basis", "trend_grade_sd", "trend_log10_flop"):
                arrays[key] = arrays[key][picked]
            arrays["trend_log10_flop"] = arrays["trend_log10_flop"] + rng.normal(0, 0.1, rows)
        path = folder / f"{name}.npz"
        np.savez(path, parameter_names=np.array(list(PARAMETERS)), **arrays)
        paths.append(path)
    return paths


def run(peer, paths, draws=DRAWS, patience=PATIENCE):
    """Run a peer in a process of its own; None if it takes longer than it may."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        out = folder / "draws.npz"
        command = [
            python_of(peer), str(HERE / PEERS[peer]), *map(str, paths), str(draws), str(out)
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command, env=environment(folder), capture_output=True, text=True,
                timeout=patience, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
        if done.returncode:
            raise SystemExit(f"{peer}: {done.stderr[-800:]}")
        found = json.loads(done.stdout.splitlines()[-1])
        with np.load(out) as draws_of:
            found["draws"] = {name: draws_of[name] for name in NAMES}
    found["ess"] = min(float(azs.ess(values)) for values in found["draws"].values())
    found["ess_per_second"] = found["ess"] / found["refit"]
    return found


def require_agreement(found):
    """Compare mean, sd and the 5 and 95 % quantiles of every peer with those of exact draws."""
    first = found["exact draws"]["draws"]
    worst = (0.0, "")
    for peer, other in found.items():
        if peer == "exact draws":
            continue
        for name in NAMES:
            pair = first[name], other["draws"][name]
            for method, options, statistic in (
                ("mean", {}, np.mean),
                ("sd", {}, np.std),
                ("quantile", {"prob": 0.05}, lambda x: np.quantile(x, 0.05)),
                ("quantile", {"prob": 0.95}, lambda x: np.quantile(x, 0.95)),
            ):
                error = np.hypot(*(float(azs.mcse(x, method=method, **options)) for x in pair))
                distance = abs(statistic(pair[0]) - statistic(pair[1])) / error
                worst = max(worst, (float(distance), f"{method} of {name}, {peer}"))
    if worst[0] > 4:
        raise SystemExit(f"not the same posterior: {worst[1]}, {worst[0]:.1f} standard errors")
    return worst


def seconds(command, folder):
    """Seconds that a process takes."""
    begun = time.perf_counter()
    subprocess.run(command, env=environment(folder), capture_output=True, check=True)
    return time.perf_counter() - begun


def commands(folder):
    """Seconds of the whole command beside those of importing a library, in the same minute."""
    eflops = str(Path(sys.executable).with_name("eflops"))
    shutil.rmtree(folder / "eflops", ignore_errors=True)
    return {
        "import pymc": seconds([sys.executable, "-c", "import pymc"], folder),
        "first answer": seconds([eflops, "estimate"], folder),
        "import xarray": seconds([sys.executable, "-c", "import xarray"], folder),
        "warm question": seconds([eflops, "estimate", "--days", "33"], folder),
    }


def spread(values, form="{:.1f}"):
    """Median and range."""
    low, high = form.format(min(values)), form.format(max(values))
    return f"{form.format(statistics.median(values))} ({low}–{high})"


def table(rounds, asked):
    """Lines of the table: seconds of exact draws, and how many times as much the others take."""
    exact = [found["exact draws"] for found in rounds]
    peers = [peer for peer in PEERS if peer != "exact draws"]
    yield "| | exact draws | " + " | ".join(f"{peer}, ratio" for peer in peers) + " |"
    yield "|---|---|" + "---|" * len(peers)
    for key, label, unit, form in (
        ("answer", "cold process to draws", "s", "{:.2f}"),
        ("refit", "refit with other evidence", "s", "{:.2f}"),
        ("first_fit", "compile and first fit", "s", "{:.2f}"),
        ("ess_per_second", "least ESS per second of a refit", "/s", "{:,.0f}"),
        ("memory", "peak memory", "MB", "{:.0f}"),
    ):
        cells = [f"{spread([row[key] for row in exact], form)} {unit}"]
        for peer in peers:
            ratios = [found[peer][key] / found["exact draws"][key] for found in rounds]
            cells.append(spread(ratios, "{:.3g}"))
        yield f"| {label} | " + " | ".join(cells) + " |"
    refits = [found["nutpie"]["first_fit"] / found["exact draws"]["refit"] for found in rounds]
    yield ""
    yield f"A refit by exact draws takes 1/{spread(refits, '{:.0f}')} of nutpie's compile and fit."
    for answer, beside in (("first answer", "import pymc"), ("warm question", "import xarray")):
        ratios = [one[answer] / one[beside] for one in asked]
        yield (
            f"`eflops estimate`, {answer}: {spread([one[answer] for one in asked], '{:.1f}')} s, "
            f"{spread(ratios)} times `{beside}`."
        )
    cold = [found["NumPyro"]["answer"] / one["first answer"]
            for found, one in zip(rounds, asked, strict=True)]  # fmt: skip
    yield (
        f"NumPyro's cold run of one scenario takes {spread(cold)} times the first answer for three."
    )


def growth():
    """Lines on seconds of a refit against rows and draws, each peer until it takes too long."""
    yield ""
    yield (
        f"Seconds of a refit as evidence grows (`–`: not finished {GROWTH_PATIENCE} s after its "
        "process began):"
    )
    yield ""
    yield "| training runs | draws | " + " | ".join(GROWN) + " |"
    yield "|---|---|" + "---|" * len(GROWN)
    slow = set()
    for rows, draws in ((100, 1000), (1000, 1000), (10_000, 1000), (100_000, 1000), (100, 10_000)):
        cells = []
        with tempfile.TemporaryDirectory() as scratch:
            paths = export(Path(scratch), rows)
            for peer in GROWN:
                given_up = peer in slow and rows > DRAWS
                found = None if given_up else run(peer, paths, draws, GROWTH_PATIENCE)
                if found is None:
                    slow.add(peer)
                cells.append("–" if found is None else f"{found['refit']:.2f}")
        yield f"| {rows:,} | 4 × {draws:,} | " + " | ".join(cells) + " |"


def main():
    """Check, measure, print, and write the table where it is asked."""
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    pairs = numbers[0] if numbers else 5
    rounds, asked, worst = [], [], (0.0, "")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        paths = export(folder)
        python_of("NumPyro")
        seconds([str(Path(sys.executable).with_name("eflops")), "estimate"], folder)
        for number in range(pairs):
            found = {peer: run(peer, paths) for peer in PEERS}
            worst = max(worst, require_agreement(found))
            rounds.append(found)
            asked.append(commands(folder))
            sys.stderr.write(f"round {number + 1} of {pairs}\n")
    lines = [
        f"All agree: largest of {pairs * 3 * len(NAMES) * 4} differences {worst[0]:.1f} joint "
        f"standard errors. Medians (ranges) over {pairs} rounds, 4 × {DRAWS:,} draws:",
        "",
        *table(rounds, asked),
    ]
    if "--rows" in sys.argv:
        lines += growth()
    text = "\n".join(lines)
    print(text)
    if "--write" in sys.argv:
        readme = ROOT / "README.md"
        marked = re.compile(r"(<!-- benchmark -->\n).*?(<!-- /benchmark -->)", re.S)
        old = readme.read_text(encoding="utf-8")
        readme.write_text(marked.sub(lambda m: f"{m[1]}{text}\n{m[2]}", old), encoding="utf-8")


if __name__ == "__main__":
    main()
