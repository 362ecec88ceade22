"""What a notebook imports: the public names, frozen, and that each is what it says."""

import doctest
import importlib
import inspect
import subprocess
import sys

import pytest

import analysis
import priors

FACES = {
    analysis: {
        "Fit",
        "analyse_sensitivity",
        "assess_machine",
        "check_evidence",
        "check_priors",
        "compare_scenarios",
        "fit_scenario",
        "fit_scenarios",
        "import_own_runs",
        "recompute_figures",
        "run_calibration",
        "specify_machine",
        "summarise_fit",
    },
    priors: {
        "builtin_machines",
        "builtin_scenarios",
        "load_evidence",
        "load_loss",
        "load_machine",
        "load_priors",
        "load_scenario",
    },
}

packages = pytest.mark.parametrize("package", FACES, ids=lambda package: package.__name__)


@packages
def test_the_names_are_frozen(package):
    assert set(package.__all__) == FACES[package]
    assert FACES[package] <= set(dir(package))


@packages
def test_every_name_is_documented_and_shadows_no_module(package):
    for name in package.__all__:
        assert inspect.getdoc(getattr(package, name)), name
        assert importlib.util.find_spec(f"{package.__name__}.{name}") is None, name


@packages
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = package.nothing


@packages
def test_nothing_is_imported_before_it_is_used(package):
    code = f"import {package.__name__}, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_readme_names_every_question():
    from architecture_map import ROOT

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    asked = FACES[analysis] - {"Fit", "fit_scenarios"}
    assert {name for name in asked if name in readme} == asked


@pytest.mark.parametrize("module", ["analysis.fit", "priors.prior_rows"])
def test_examples(module):
    tests = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(module))
    runner = doctest.DocTestRunner(verbose=False)
    for test in tests:
        runner.run(test)
    assert runner.tries > 0
    assert runner.failures == 0
