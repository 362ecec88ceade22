"""The run directory is whole, safe and lossless."""

import csv
import json
import tomllib

import numpy as np
import pytest
import xarray as xr

from model.workload import requirement
from priors.errors import ScenarioError
from priors.scenario import Levers, Workload
from reports import run as run_module
from reports.html import render
from reports.run import read_posterior, read_summary, write_run

FILES = {
    *("posterior.nc", "summary.csv", "summary.json"),
    *("report.html", "scenario.toml", "manifest.json"),
}


def test_every_file_of_the_contract_is_there(run):
    out, _ = run
    assert {path.name for path in out.iterdir()} == FILES


def test_posterior_round_trip_is_lossless(run, tmp_path):
    out, _ = run
    tree = read_posterior(out)
    trees = {name: tree[name] for name in tree.children}
    run_module.write_posterior(tmp_path / "again.nc", trees)
    with xr.open_datatree(tmp_path / "again.nc", engine="netcdf4") as again:
        assert again.identical(tree)
    groups = {"posterior", "prior", "log_likelihood", "log_prior"}
    assert groups <= set(tree["roadmap"].children)


def test_the_summary_follows_from_the_stored_posterior(run):
    """Without a refit: draws, levers of scenario.toml and the chain give the same quantiles."""
    out, summary = run
    stored = tomllib.loads((out / "scenario.toml").read_text(encoding="utf-8"))["roadmap"]
    required = requirement(
        read_posterior(out)["roadmap/posterior"].to_dataset(),
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


def test_csv_has_a_line_a_result(run):
    out, summary = run
    with (out / "summary.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(len(s["results"]) for s in summary["scenarios"].values())
    first = summary["scenarios"]["roadmap-point"]["results"][0]
    assert float(lines[0]["quantiles_0.5"]) == first["quantiles"]["0.5"]


def test_a_cell_is_no_formula(run, tmp_path):
    _, summary = run
    scenarios = {"=1+1": summary["scenarios"]["roadmap-point"]}
    run_module._write_csv(tmp_path / "s.csv", {"scenarios": scenarios})
    assert "\n'=1+1," in (tmp_path / "s.csv").read_text(encoding="utf-8")


def test_names_are_text_in_the_page(run):
    _, summary = run
    hostile = '<script>alert(1)</script>{{7*7}}"><img onerror=x>'
    scenario = {**summary["scenarios"]["roadmap"], "title": hostile}
    page = render({**summary, "scenarios": {hostile: scenario}})
    assert "<script" not in page
    assert "<img" not in page
    assert "{{7*7}}" in page


def test_the_page_is_the_same_for_the_same_run(run):
    out, summary = run
    assert render(summary) == render(read_summary(out))
    assert render(summary) == (out / "report.html").read_text(encoding="utf-8")
    assert "http" not in render(summary).replace("http://www.w3.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("http://purl.org", "")


def test_a_failed_run_says_so_at_the_top(run):
    _, summary = run
    failed = json.loads(json.dumps(summary))
    failed["scenarios"]["roadmap"]["checks"][0]["passed"] = False
    assert 'role="alert"' in render(failed)
    assert 'role="alert"' not in render(summary)


def test_a_failure_while_writing_leaves_the_older_run(run, tmp_path, monkeypatch):
    out, summary = run
    tree = read_posterior(out)
    target = tmp_path / "kept"
    write_run(target, {"roadmap": tree["roadmap"]}, {}, summary)
    before = {path.name: path.read_bytes() for path in target.iterdir()}

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(run_module, "render", fail)
    with pytest.raises(OSError, match="disk full"):
        write_run(target, {"roadmap": tree["roadmap"]}, {}, summary)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_foreign_folder_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ScenarioError, match="not a run"):
        write_run(tmp_path, {}, {}, {})
    assert (tmp_path / "thesis.tex").exists()


def test_not_a_run(tmp_path):
    with pytest.raises(ScenarioError, match=r"manifest\.json"):
        read_summary(tmp_path)
