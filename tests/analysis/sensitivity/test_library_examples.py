"""The example of every function of the sensitivity and decision analysis runs as it stands."""

import doctest
import importlib

import pytest
from unfitted import unfitted

MODULES = {
    "sensitivity.variance_shares": 1,
    "sensitivity.shapley_effects": 1,
    "need": 1,
    "sensitivity.main_effect": 1,
    "sensitivity.tornado": 1,
    "sensitivity.elasticities": 2,
    "loss": 3,
    "sensitivity.evppi": 2,
    "sensitivity.analyse": 1,
}


SLOW = {
    *("loss", "sensitivity.analyse", "sensitivity.elasticities", "sensitivity.evppi"),
    *("need", "sensitivity.main_effect", "sensitivity.shapley_effects", "sensitivity.tornado"),
}


@pytest.fixture(scope="module")
def fitted(evidence, priors):
    return unfitted("updated", evidence, priors, draws=1000)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in MODULES],
)
def test_examples(name, fitted):
    module = importlib.import_module(f"analysis.{name}")
    tests = doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs={"fit": fitted})
    runner = doctest.DocTestRunner(verbose=False)
    ran = 0
    for test in tests:
        if test.examples:
            ran += 1
            runner.run(test)
    assert ran == MODULES[name]
    assert runner.failures == 0
