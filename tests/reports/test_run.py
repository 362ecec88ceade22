"""The run directory is whole, safe and lossless, and no damaged one is read."""

import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from report_run import renamed

from analysis.fit import Fit
from analysis.fit_files import read_group, write_fits
from analysis.words import LANGUAGES
from model.posterior import complete
from model.requirement import requirement
from priors.errors import ScenarioError
from priors.evidence import load_evidence
from priors.levers import Levers, Workload
from priors.prior_rows import load_priors
from priors.scenario import load_scenario
from priors.units import decimal_year
from reports import run as run_module
from reports import whole_folder
from reports.csv_rows import write_rows
from reports.finished_run import FILES, FinishedRun
from reports.page.render import render
from reports.run import dump_scenarios, write_run


def fits_of(out, *names):
    return {name: FinishedRun(out).tree(name) for name in names}


def write_again(run, target):
    out, summary = run
    finished = FinishedRun(out)
    fit = Fit(
        scenario=finished.scenarios["roadmap"],
        evidence=load_evidence(),
        priors=load_priors(),
        stored=finished.tree("roadmap"),
        seed=0,
    )
    write_run(target, [fit], summary, finished.page)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_of_the_contract_is_there(run):
    out, _ = run
    assert {path.name for path in out.iterdir()} == set(FILES)


def test_fits_round_trip_without_loss(run, tmp_path):
    out, _ = run
    trees = fits_of(out, "roadmap-point", "roadmap")
    write_fits(tmp_path / "again.nc", trees)
    for name, tree in trees.items():
        for group, node in tree.children.items():
            again = read_group(tmp_path / "again.nc", name, group)
            xr.testing.assert_identical(again, node.to_dataset())


def test_the_posterior_of_the_default_run_is_small(run):
    """Two of the three scenarios of the default run: at most 15 MB are allowed for all three."""
    out, _ = run
    posterior = FinishedRun(out).draws("roadmap")
    assert posterior.sizes["chain"] * posterior.sizes["draw"] == 20_000
    assert (out / "posterior.nc").stat().st_size < 7e6


def test_a_run_holds_what_arviz_needs_once_it_is_completed(run, evidence, priors):
    import arviz_stats as azs

    from model.inputs import make_inputs

    out, summary = run
    inputs = make_inputs(FinishedRun(out).scenarios["roadmap"], evidence, priors)
    seed = summary["manifest"]["seed"]
    tree = complete(FinishedRun(out).tree("roadmap"), "drifting", inputs, seed=seed)
    found = azs.psense(tree, var_names=["law_a"], group="prior")
    assert 0 < float(found["law_a"]) < 5
    assert dict(tree["log_likelihood"].sizes)["run_set"] == 3


def test_the_summary_follows_from_the_stored_posterior(run):
    """Without a refit: draws, levers of scenario.toml and the chain give the same quantiles."""
    out, summary = run
    stored = tomllib.loads((out / "scenario.toml").read_text(encoding="utf-8"))["roadmap"]
    required = requirement(
        FinishedRun(out).draws("roadmap"),
        Workload(**stored["workload"]),
        Levers(**stored["levers"]),
    )
    (row,) = (
        row
        for row in summary["scenarios"]["roadmap"]["results"]
        if (row["quantity"], row["days"]) == ("effective_eflops", 80.0)
    )
    log = np.log10(required["effective_eflops"].sel(days=80.0))
    for key, value in row["quantiles"].items():
        assert value == pytest.approx(10 ** float(log.quantile(float(key))), rel=1e-9)


def test_csv_has_a_line_per_result(run):
    out, summary = run
    with (out / "summary.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(len(s["results"]) for s in summary["scenarios"].values())
    first = summary["scenarios"]["roadmap-point"]["results"][0]
    assert float(lines[0]["quantiles_0.5"]) == first["quantiles"]["0.5"]


def test_a_cell_is_no_formula(run, tmp_path):
    _, summary = run
    rows = summary["scenarios"]["roadmap-point"]["results"]
    write_rows(tmp_path / "s.csv", ({"scenario": "=1+1", **row} for row in rows))
    assert "\n'=1+1," in (tmp_path / "s.csv").read_text(encoding="utf-8")


HOSTILE = '<script>alert(1)</script>{{7*7}}"><img src=x onerror=alert(1)>$x$'


def test_names_are_text_in_the_page(run):
    out, summary = run
    page = renamed(FinishedRun(out).page, "roadmap", HOSTILE)
    document = render(page, renamed(summary, "roadmap", HOSTILE))
    assert "<script>alert" not in document
    assert "<img src=x" not in document
    assert "{{7*7}}" in document
    assert json.dumps(HOSTILE)[:20] not in document, "data of the panel cannot end its element"


@pytest.mark.slow
def test_the_page_is_the_same_for_the_same_run(run):
    out, summary = run
    page = FinishedRun(out).page
    assert render(page, summary) == render(FinishedRun(out).page, FinishedRun(out).summary)
    assert render(page, summary) == (out / "report.html").read_text(encoding="utf-8")


def test_a_failed_run_says_so_at_the_top_in_both_languages(run):
    out, summary = run
    failed = json.loads(json.dumps(summary))
    failed["scenarios"]["roadmap"]["checks"][0]["passed"] = False
    page = FinishedRun(out).page
    for language in LANGUAGES:
        document = render(page, failed, language)
        alert = document.index('role="alert"')
        assert document.index("<main>") < alert < document.index("<section")
    assert 'role="alert"' not in render(page, summary)


def test_the_time_of_making_stands_in_the_manifest_alone(run):
    out, summary = run
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["created"].startswith("20")
    for name in set(FILES) - {"manifest.json", "posterior.nc"}:
        assert manifest["created"] not in (out / name).read_text(encoding="utf-8"), name
    assert "created" not in summary["manifest"]
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest


@pytest.mark.slow
def test_results_are_the_same_byte_for_byte_whatever_the_surroundings(tmp_path):
    """Another folder, locale, time zone, hash seed and number of threads, and no cache."""
    surroundings = [
        {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "OPENBLAS_NUM_THREADS": "1"},
        {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "8", "OPENBLAS_NUM_THREADS": "2"},
    ]
    eflops = Path(sys.executable).with_name("eflops")
    for number, environment in enumerate(surroundings):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [eflops, "estimate", "updated", "--no-cache", "--out", "run"]
        scratch = folder / "tmp"
        scratch.mkdir()
        subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment, "TMPDIR": str(scratch)},
            check=True,
            capture_output=True,
        )
        assert list(scratch.iterdir()) == []
    for name in ("summary.json", "summary.csv", "page.json", "scenario.toml", "report.html"):
        one, two = ((tmp_path / str(number) / "run" / name).read_bytes() for number in (0, 1))
        assert one == two, name


# --------------------------------------------------------------------------------- scenario.toml


@pytest.mark.parametrize(
    "changes",
    [
        {"levers.days": [0.1, 1e5]},
        {
            "prior.trend_noise": {
                "family": "half-normal",
                "scale": 0.3,
                "unit": "dex",
                "support": [float("-inf"), float("inf")],
                "rationale": 'DEL \x7f and \u2028 and "quotes"',
                "sources": ["judgement-2026"],
            }
        },
    ],
)
def test_scenarios_are_read_back_equal(changes, tmp_path):
    scenarios = {name: load_scenario(name).override(changes) for name in ("updated", "roadmap")}
    from priors.scenario import validate_scenario

    document = tomllib.loads(dump_scenarios(scenarios))
    again = {name: validate_scenario(record, name) for name, record in document.items()}
    assert again == scenarios


# -------------------------------------------------------------------------------- damaged folders


def damaged(run, tmp_path, name, content):
    folder = tmp_path / "damaged"
    shutil.copytree(run[0], folder)
    path = folder / name
    path.unlink()
    if content == "directory":
        path.mkdir()
    elif content == "dangling":
        path.symlink_to(folder / "nothing")
    elif content == "truncated":
        path.write_bytes((run[0] / name).read_bytes()[:-200])
    elif content is not None:
        path.write_bytes(content)
    return folder


DAMAGES = [None, b"", b"\x00\xff\xfe", b"[]", b"null", b"{}", "directory", "dangling", "truncated"]


@pytest.mark.parametrize("content", DAMAGES, ids=str)
@pytest.mark.parametrize("name", ["posterior.nc", "summary.json", "scenario.toml", "manifest.json"])
def test_a_damaged_file_is_one_line_and_exit_1(run, tmp_path, eflops, name, content):
    folder = damaged(run, tmp_path, name, content)
    commands = [("sensitivity", "roadmap", "--run", folder)]
    if name in ("summary.json", "manifest.json"):
        commands.append(("report", folder))
    for command in commands:
        code, out, err = eflops(*command)
        assert code == 1, command
        assert out == ""
        assert err.count("\n") == 1
        assert name in err
        assert len(err) < 600


def resigned(folder):
    """Make the manifest agree with files that were changed, as if they had been written so."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))


def test_a_run_without_the_day_in_its_posterior_has_that_of_its_scenario(run, tmp_path):
    """As runs were written before: `roadmap` knows what was known on its own day."""
    folder = tmp_path / "earlier"
    shutil.copytree(run[0], folder)
    with netCDF4.Dataset(folder / "posterior.nc", "a") as file:
        del file["roadmap/posterior"].evidence_until
    resigned(folder)
    as_of = FinishedRun(folder).scenarios["roadmap"].as_of
    assert as_of < load_evidence().as_of
    assert FinishedRun(folder).draws("roadmap").attrs["evidence_until"] == decimal_year(as_of)


def test_a_run_of_a_version_without_targets_is_refused_in_one_line(run, tmp_path, eflops):
    folder = tmp_path / "earlier"
    shutil.copytree(run[0], folder)
    summary = json.loads((folder / "summary.json").read_text())
    for scenario in summary["scenarios"].values():
        for row in scenario["results"]:
            del row["target"]
    (folder / "summary.json").write_text(json.dumps(summary))
    resigned(folder)
    code, out, err = eflops("report", folder)
    assert (code, out) == (1, "")
    assert "roadmap-point: results of an earlier version" in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_draw_that_is_no_number_is_refused_whatever_the_digest(run, tmp_path, eflops, value):
    folder = tmp_path / "nan"
    shutil.copytree(run[0], folder)
    with netCDF4.Dataset(folder / "posterior.nc", "a") as file:
        file["roadmap/posterior/trend_level"][0, 17] = value
    code, _, err = eflops("sensitivity", "roadmap", "--run", folder)
    assert code == 1
    assert "another content" in err
    resigned(folder)
    code, out, err = eflops("sensitivity", "roadmap", "--run", folder)
    assert code == 1
    assert out == ""
    assert "trend_level with draws that are no numbers" in err


def test_a_posterior_of_other_draws_is_refused(run, tmp_path, eflops):
    """Three decades more in the posterior, with the old summary beside it."""
    folder = tmp_path / "edited"
    shutil.copytree(run[0], folder)
    with netCDF4.Dataset(folder / "posterior.nc", "a") as file:
        level = file["roadmap/posterior/trend_level"]
        level[:] = level[:] + 3
    code, out, err = eflops("sensitivity", "roadmap", "--run", folder, "--json")
    assert (code, out) == (1, "")
    assert "posterior.nc" in err


# ------------------------------------------------------------------------------- writing a folder


@pytest.fixture
def no_page(monkeypatch):
    """A page that takes no second to draw: what is tested is how the folder is written."""
    monkeypatch.setattr(run_module, "render", lambda *_: "<p>a page</p>")


@pytest.mark.usefixtures("no_page")
def test_a_failure_while_writing_leaves_the_older_run(run, tmp_path, monkeypatch):
    target = tmp_path / "kept"
    write_again(run, target)
    before = contents(target)

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module, "render", fail)
    with pytest.raises(ScenarioError, match="No space left"):
        write_again(run, target)
    assert contents(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.usefixtures("no_page")
def test_a_fault_between_the_renames_leaves_the_older_run(run, tmp_path, monkeypatch):
    target = tmp_path / "kept"
    write_again(run, target)
    before = contents(target)
    rename = Path.rename

    def fail(self, other):
        if Path(other) == target and "-older" not in self.name:
            raise OSError(5, "Input/output error")
        return rename(self, other)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(ScenarioError, match="Input/output error"):
        write_again(run, target)
    assert contents(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.usefixtures("no_page")
def test_another_process_between_the_renames_leaves_one_whole_run(run, tmp_path, monkeypatch):
    target = tmp_path / "kept"
    write_again(run, target)
    rename, other = Path.rename, tmp_path / "other"
    write_again(run, other)
    (other / "report.html").write_text("of the other process")

    def interleaved(self, destination):
        moved = rename(self, destination)
        if self == target and other.exists():  # the older run is out of the way: now the other
            rename(other, target)
        return moved

    monkeypatch.setattr(Path, "rename", interleaved)
    write_again(run, target)
    assert {path.name for path in target.iterdir()} == set(FILES)
    assert (target / "report.html").read_text() != "of the other process"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.usefixtures("no_page")
def test_what_a_killed_process_left_is_cleared_up(run, tmp_path):
    """Its unfinished folder goes; an older run that it had moved aside comes back."""
    target = tmp_path / "kept"
    write_again(run, target)
    before = contents(target)
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (tmp_path / f".kept-{gone}-abc").mkdir()
    target.rename(tmp_path / f".kept-{gone}-abc-older0")
    alive = tmp_path / f".kept-{os.getpid()}-abc"
    alive.mkdir()
    whole_folder.check_destination(target, FILES, lambda _: True)
    assert contents(target) == before
    assert {path.name for path in tmp_path.iterdir()} == {"kept", alive.name}


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("foreign", ["thesis.tex", "notes.md", ".hidden"])
def test_a_file_that_is_not_of_a_run_is_never_deleted(run, tmp_path, foreign):
    target = tmp_path / "mine"
    write_again(run, target)
    (target / foreign).write_text("years of work")
    with pytest.raises(ScenarioError, match=foreign):
        write_again(run, target)
    assert (target / foreign).read_text() == "years of work"


@pytest.mark.usefixtures("no_page")
@pytest.mark.parametrize("manifest", ["{}", "[]", "", '{"created": "x", "files": {}}'])
def test_a_folder_with_a_foreign_manifest_is_refused(run, tmp_path, manifest):
    target = tmp_path / "notes"
    target.mkdir()
    (target / "manifest.json").write_text(manifest)
    with pytest.raises(ScenarioError, match="not a run"):
        write_again(run, target)
    assert (target / "manifest.json").read_text() == manifest


@pytest.mark.usefixtures("no_page")
def test_an_empty_folder_and_a_link_are_written_to(run, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    for _ in range(2):
        write_again(run, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert {path.name for path in (tmp_path / "empty").iterdir()} == set(FILES)


@pytest.mark.parametrize("place", ["file/run", "a" * 300, ".", "/proc/run", "file"])
def test_a_place_that_cannot_be_written_is_one_line_before_any_fit(
    tmp_path, eflops, monkeypatch, place
):
    (tmp_path / "file").write_text("a file")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("analysis.fit.fit_scenarios", None)
    code, out, err = eflops("estimate", "roadmap-point", "--out", place)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "--out" in err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_a_page_is_written_whole_or_not_at_all(run, tmp_path, eflops, monkeypatch):
    folder = tmp_path / "run"
    shutil.copytree(run[0], folder)
    old = (folder / "report.html").read_bytes()
    real = Path.replace

    def fail(self, destination):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    code, _, err = eflops("report", folder)
    assert code == 1
    assert "No space left" in err
    assert (folder / "report.html").read_bytes() == old
    monkeypatch.setattr(Path, "replace", real)
    assert eflops("report", folder)[0] == 0
    taken = tmp_path / "mine.html"
    taken.write_text("mine")
    code, _, err = eflops("report", folder, "--out", taken)
    assert code == 1
    assert taken.read_text() == "mine"


def test_not_a_run(tmp_path):
    with pytest.raises(ScenarioError, match=r"manifest\.json"):
        FinishedRun(tmp_path).summary  # noqa: B018
