"""`eflops backtest` as its user meets it."""

import json

import pytest

from analysis.backtest.yearly import FORECASTERS

PARTS = ("trend", "record", "national", "campaigns")


@pytest.mark.slow
def test_backtest(eflops, tmp_path):
    kept = str(tmp_path / "kept")
    code, out, err = eflops("backtest", "--draws", 1000, "--out", kept)
    document = json.loads((tmp_path / "kept" / "summary.json").read_text())
    figure = (tmp_path / "kept" / "hindcasts.svg").read_text()
    assert "nominal coverage" in figure
    assert "LLaMA 65B" in figure
    assert (tmp_path / "kept" / "hindcasts.png").stat().st_size > 10_000
    checks = [check for part in PARTS for check in document[part]["checks"]]
    failed = [check for check in checks if not check["passed"]]
    assert code == (3 if failed else 0)
    assert all(check["name"] in err for check in failed)
    assert document["national"]["origin"] == "2023-12-31"
    assert len(document["national"]["cases"]) == 6
    assert document["manifest"]["seed"] == 1
    systems = document["systems"]
    assert (systems["cases"], systems["origins"]) == (485, 11)
    assert set(systems["forecasters"]) == set(FORECASTERS) - {"random walk"}
    assert systems["forecasters"]["combined"]["behind"] is None
    for name in ("linear", "combined"):
        one = systems["forecasters"][name]
        assert one["coverage"]["0.9"]["share"] > 0.9
        assert one["log_score"] > systems["forecasters"]["last record"]["log_score"]
    text = " ".join(out.split())
    assert "Single systems, 1 to 6 years ahead" in text
    assert "the largest run so far, on 1 January of later years" in text
    assert out.startswith("updated: the ")
    assert "random walk with drift" in text
    assert "Weights known on 1 January 2014: linear 0.25, drifting slope 0.25" in text
    assert "FLOP of later national flagships, predicted from what was known on 2023-12-31" in text
    assert "lag constant predicted" in text
    assert "LLM-jp-3 172B" in text
    assert "length of campaigns, each predicted without its own machine or team" in text


def test_a_scenario_without_runs_is_refused(eflops):
    code, out, err = eflops("backtest", "roadmap")
    assert (code, out) == (1, "")
    assert "no yearly mean to predict" in err
