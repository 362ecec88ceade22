"""`eflops backtest` as its user meets it."""

import json

import pytest

PARTS = ("trend", "record", "national", "campaigns")


@pytest.mark.slow
def test_backtest(eflops, tmp_path):
    code, out, err = eflops("backtest", "--json", "--out", str(tmp_path / "kept"))
    document = json.loads(out)
    assert json.loads((tmp_path / "kept" / "summary.json").read_text()) == document
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
    assert document["systems"]["cases"] > 400
    code, out, _ = eflops("backtest")
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
    assert code == (3 if failed else 0)


def test_a_scenario_without_runs_is_refused(eflops):
    code, out, err = eflops("backtest", "roadmap")
    assert (code, out) == (1, "")
    assert "no yearly mean to predict" in err
