"""The command keeps its contract: JSON, exit codes, clean stdout."""

import json
import subprocess
import sys

import pytest

from priors.scenario import SCENARIOS
from reports.cli.request.options import stdout
from reports.tables.estimate import print_summary
from reports.tables.evidence_changes import print_changes

QUANTILES = ["0.025", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.975"]
QUANTITIES = {"effective_eflops", "peak_eflops", "training_flop", "parameters", "tokens"}


def test_summary_has_the_shape_of_the_contract(run):
    _, summary = run
    assert set(summary) == {"scenarios", "manifest"}
    scenario = summary["scenarios"]["roadmap"]
    assert {"results", "parameters", "checks"} <= set(scenario)
    assert {row["quantity"] for row in scenario["results"]} == QUANTITIES
    for row in scenario["results"]:
        assert list(row["quantiles"]) == QUANTILES == list(row["mcse_log10"])
        assert (row["precision"] == "BF16") == (row["quantity"] == "peak_eflops")
        assert row["mean_log10"] is not None
        assert row["sd_log10"] > 0
    assert {row["days"] for row in scenario["results"]} == {40.0, 60.0, 80.0}
    for values in scenario["parameters"].values():
        assert set(values) == {"mean", "sd", "ess_bulk", "ess_tail", "r_hat"}
    for check in scenario["checks"]:
        assert {"name", "passed", "value", "threshold"} <= set(check)
        assert check["passed"]


def test_manifest_says_what_the_result_depends_on(run, evidence):
    manifest = run[1]["manifest"]
    assert manifest["seed"] == 0
    assert manifest["evidence"] == evidence.digests
    assert manifest["sampler"]["draws"] == 5000
    assert {"pymc", "nutpie", "arviz", "eflops"} <= set(manifest["versions"])
    assert set(manifest["scenarios"]) == {"roadmap-point", "roadmap"}


def test_the_point_prints_the_roadmaps_digits(run):
    rows = run[1]["scenarios"]["roadmap-point"]["results"]
    shown = {
        (row["quantity"], row["days"]): f"{row['quantiles']['0.5']:.1f}"
        for row in rows
        if "eflops" in row["quantity"]
    }
    assert shown["effective_eflops", 80.0] == "43.4"
    assert shown["effective_eflops", 40.0] == "86.8"
    assert shown["peak_eflops", 80.0] == "108.5"
    assert shown["peak_eflops", 40.0] == "217.0"


def test_same_seed_same_json_other_seed_other(run, eflops):
    """The seed 0 of the run, given again alone and on the command line, and another."""
    same, other = (
        json.loads(eflops("estimate", "roadmap", "--seed", seed, "--json")[1])["scenarios"]
        for seed in ("0", "1")
    )
    assert same["roadmap"] == run[1]["scenarios"]["roadmap"]
    assert other["roadmap"] != same["roadmap"]


def test_levers_of_the_command_line(eflops):
    code, out, _ = eflops(
        *("estimate", "roadmap", "--year", "2029.5", "--year", "2028-07-01", "--days", "100"),
        *("--draws", "3000", "--json"),
    )
    assert code == 0
    rows = json.loads(out)["scenarios"]["roadmap"]["results"]
    assert {row["year"] for row in rows} == {2029.5, 2028 + 182 / 366}
    assert {row["days"] for row in rows} == {100.0}
    assert all(row["roadmap_value"] is None for row in rows)


def test_failed_checks_publish_nothing(eflops, tmp_path):
    out = tmp_path / "run"
    code, stdout, stderr = eflops("estimate", "roadmap", "--draws", "40", "--out", out)
    assert code == 3
    assert stdout == ""
    assert "check failed: roadmap: mcse_quantile_dex" in stderr
    assert list(tmp_path.iterdir()) == []


def test_failed_checks_may_be_allowed_and_are_shouted(eflops, tmp_path):
    out = tmp_path / "run"
    code, stdout, stderr = eflops(
        "estimate", "roadmap", "--draws", "40", "--out", out, "--allow-failed-checks"
    )
    assert code == 0
    assert "FAILED CHECKS" in stdout
    assert "check failed" in stderr
    assert 'role="alert"' in (out / "report.html").read_text(encoding="utf-8")
    assert json.loads((out / "manifest.json").read_text())["checks_passed"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["estimate", "nonsense"], "'nonsense'"),
        (["estimate", "roadmap", "--year", "soon"], "'soon'"),
        (["estimate", "roadmap", "--days", "-3"], "-3"),
        (["estimate", "roadmap", "roadmap"], "twice"),
        (["estimate", "updated", "--as-of", "2031-01-01"], "2031-01-01"),
        (["estimate", "updated", "--year", "2090"], "2090"),
        (["evidence", "list", "nonsense"], "'nonsense'"),
        (["priors", "show", "nonsense"], "'nonsense'"),
        (["report", "/nonexistent"], "manifest.json"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(eflops, arguments, said):
    code, out, err = eflops(*arguments)
    assert code == 1
    assert out == ""
    assert err.startswith("eflops: ")
    assert err.count("\n") == 1
    assert said in err
    assert "expected" in err


@pytest.mark.parametrize("arguments", [["estimate", "--draws", "many"], ["nonsense"]])
def test_usage_errors_are_exit_2(eflops, arguments):
    code, out, _ = eflops(*arguments)
    assert code == 2
    assert out == ""


def test_reproduce(eflops):
    code, out, _ = eflops("reproduce", "--json")
    assert code == 0
    figures = json.loads(out)["figures"]
    assert {"id", "printed", "recomputed", "difference", "verdict"} <= set(figures[0])
    code, out, _ = eflops("reproduce")
    assert code == 0
    assert out.count("misprint") >= 9
    assert max(map(len, out.splitlines())) <= 100


def test_evidence_check(eflops):
    code, out, _ = eflops("evidence", "check", "--json")
    assert code == 0
    found = len(json.loads(out)["findings"])
    assert found > 0
    code, out, _ = eflops("evidence", "check")
    assert code == 0
    assert f"{found} figures flagged; the rows themselves explain {found} of them" in out
    assert "campaigns.csv, palm-540b-campaign: half of the chips" in out


def test_evidence_list_as_of(eflops):
    def systems(*arguments):
        out = eflops("evidence", "list", "training_runs", "--json", *arguments)[1]
        return {row["system"] for row in json.loads(out)["training_runs"]}

    assert "Grok 3" in systems()
    assert "Grok 3" not in systems("--as-of", "2024-03-08")
    assert eflops("evidence", "list")[0] == 0


def test_priors_show(eflops):
    code, out, _ = eflops("priors", "show", "roadmap")
    assert code == 0
    assert "0.16, 0.263, 0.4" in out.replace("\n", " ")
    assert set(json.loads(eflops("priors", "show", "--json")[1])) == {"point", "roadmap", "updated"}


def test_help_is_quick_to_start():
    """The help needs neither sampler nor arrays of draws."""
    code = "import sys, reports.cli.app; sys.exit('pymc' in sys.modules or 'nutpie' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tables_fit_a_hundred_columns(run, capsys):
    print_summary(run[1], stdout())
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 100
    assert "P(roadmap" in out
    assert "…" not in out.replace("probability of …", "")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_scheduler_gives_the_same_results(eflops, run):
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
        code, out, _ = eflops(
            *("estimate", "roadmap", "--seed", "0", "--no-cache", "--json"),
            *("--scheduler", cluster.scheduler_address),
        )
    assert code == 0
    assert json.loads(out)["scenarios"]["roadmap"] == run[1]["scenarios"]["roadmap"]


def test_no_dask_scheduler_is_one_line(eflops):
    code, out, err = eflops("estimate", "roadmap", "--no-cache", "--scheduler", "nonsense://here")
    assert (code, out) == (1, "")
    assert "--scheduler" in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_evidence_changes(eflops, tmp_path, capsys):
    """With a straight trend: a refit per change, and no form to weigh."""
    own = tmp_path / "straight.toml"
    text = (SCENARIOS / "updated.toml").read_text(encoding="utf-8")
    straight = """
[[change]]
key = "trend.form"
value = "linear"
reason = "Forms are not weighed: a refit takes a second."
"""
    own.write_text(text + straight, encoding="utf-8")
    code, out, err = eflops("evidence", "changes", own, "--target", "model-size", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    print_changes(document, stdout())
    text = capsys.readouterr().out
    assert "Approach 3 of Hoffmann et al. had not converged" in text
    assert "Nothing that this scenario's model reads" in text
    assert {change["id"] for change in document["changes"]} >= {"apertus-on-alps"}
    assert {one["target"] for one in document["now"]} == {"model-size"}
