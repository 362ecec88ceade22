"""`eflops backtest` as its user meets it."""

import json

import pytest

PARTS = ("trend", "national", "campaigns")


@pytest.mark.slow
def test_backtest(eflops):
    code, out, err = eflops("backtest", "--json")
    document = json.loads(out)
    checks = [check for part in PARTS for check in document[part]["checks"]]
    failed = [check for check in checks if not check["passed"]]
    assert code == (3 if failed else 0)
    assert all(check["name"] in err for check in failed)
    assert document["national"]["origin"] == "2023-12-31"
    assert len(document["national"]["cases"]) == 6
    assert document["manifest"]["seed"] == 1
    code, out, _ = eflops("backtest")
    text = " ".join(out.split())
    assert out.startswith("updated: the ")
    assert "random walk with drift" in text
    assert "Weights known on 1 January 2014: linear 0.25, drifting slope 0.25" in text
    assert "FLOP of later national flagships, predicted from what was known on 2023-12-31" in text
    assert "lag constant predicted" in text
    assert "LLM-jp-3 172B" in text
    assert "length of campaigns, each predicted without its own system" in text
    assert code == (3 if failed else 0)


def test_a_scenario_without_runs_is_refused(eflops):
    code, out, err = eflops("backtest", "roadmap")
    assert (code, out) == (1, "")
    assert "no yearly mean to predict" in err
