"""The rules that ARCHITECTURE.md states: who imports whom, and what no file may hold."""

import ast
import subprocess
from collections.abc import Callable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: A package imports itself and packages to its left.
PACKAGES = ("priors", "model", "analysis", "reports")

#: Library → the only package that may import it.
HOME = {
    "pymc": "model",
    "nutpie": "model",
    "pytensor": "model",
    "matplotlib": "reports",
    "jinja2": "reports",
}

#: What of `numpy.random` is no draw from the global generator.
GENERATORS = {"BitGenerator", "Generator", "PCG64", "Philox", "SeedSequence", "default_rng"}

LONGEST = 400

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

#: Hosts of package registries, in parts so that this file does not name them itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pypi", "python", "org"),
        ("pythonhosted", "org"),
        ("anaconda", "org"),
        ("anaconda", "com"),
        ("registry", "npmjs", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


# ------------------------------------------------------------------------------ what is looked for


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of everything that is imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_imports(tree: ast.AST, package: str) -> list[str]:
    """Imports from a package to the right, or of a library that has its home elsewhere."""
    allowed = PACKAGES[: PACKAGES.index(package) + 1]
    tops = {name: name.partition(".")[0] for name in imported(tree)}
    return sorted(
        name
        for name, top in tops.items()
        if (top in PACKAGES and top not in allowed) or HOME.get(top, package) != package
    )


def relative_imports(tree: ast.AST) -> list[int]:
    return [n.lineno for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level > 0]


def prints(tree: ast.AST) -> list[int]:
    """Lines that call `print`."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` of nested attributes, with `np` written out; empty if it is none."""
    if isinstance(node, ast.Name):
        return {"np": "numpy"}.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value)):
        return f"{owner}.{node.attr}"
    return ""


def found_randomness(tree: ast.AST) -> list[str]:
    """Randomness that is found, not passed: global generators, and generators without a seed."""
    used = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = used | set(imported(tree))
    wrong = {name for name in names if name == "random" or name.startswith("random.")}
    for name in names:
        prefix, _, function = name.rpartition(".")
        if prefix == "numpy.random" and function not in GENERATORS:
            wrong.add(name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            called = dotted(node.func).rpartition(".")[2]
            if called in {"default_rng", "SeedSequence"}:
                wrong.add(f"{called}()")
    return sorted(wrong)


# ------------------------------------------------------------------------------------- the rules


def test_there_is_something_to_look_at():
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(PACKAGES)


def failing(rule: Callable[[ast.Module, str], object]) -> dict[str, object]:
    """File → what breaks a rule in it, of every file that does."""
    found = {
        name_of(path): rule(tree_of(path), path.relative_to(ROOT).parts[0]) for path in MODULES
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def test_imports_go_to_the_left():
    assert failing(wrong_imports) == {}


def test_no_module_imports_itself_in_a_circle():
    """Imports at the top of the files; those inside a function wait until it is called."""
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    graph = {
        name: {
            target
            for node in tree_of(path).body
            for found in imported(node)
            for target in (found, found.rpartition(".")[0])
            if target in modules and target != name
        }
        for name, path in modules.items()
    }
    order = list(TopologicalSorter(graph).static_order())
    assert order.index("priors.units") < order.index("model.chain") < order.index("analysis.need")


def test_imports_are_absolute():
    assert failing(lambda tree, _: relative_imports(tree)) == {}


def test_nothing_is_printed():
    assert failing(lambda tree, _: prints(tree)) == {}


def test_randomness_is_passed():
    assert failing(lambda tree, _: found_randomness(tree)) == {}


def test_every_module_says_what_it_is():
    assert failing(lambda tree, _: not ast.get_docstring(tree)) == {}


def test_no_file_is_long():
    """Data aside, every file is short enough to be read at once."""
    files = [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.*")
        if path.is_file() and path.suffix != ".pyc" and ROOT / "priors" / "data" not in path.parents
    ]
    lengths = {name_of(path): len(path.read_bytes().splitlines()) for path in files}
    assert len(lengths) >= len(MODULES)
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_file_names_a_package_registry():
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    texts = {path: path.read_bytes() for path in files if path.is_file()}
    assert ROOT / "pyproject.toml" in texts
    naming = {
        name_of(path): host
        for path, text in texts.items()
        for host in REGISTRIES
        if host.encode() in text
    }
    assert naming == {}


# ----------------------------------------------------------------- the rules find what they should


@pytest.mark.parametrize(
    ("package", "source", "wrong"),
    [
        ("priors", "from model.inputs import Inputs", ["model.inputs.Inputs"]),
        ("model", "import analysis.checks", ["analysis.checks"]),
        ("analysis", "def f():\n    from reports import run", ["reports.run"]),
        ("analysis", "import pymc as pm", ["pymc"]),
        ("priors", "from pytensor import tensor", ["pytensor.tensor"]),
        ("analysis", "import matplotlib.pyplot as plt", ["matplotlib.pyplot"]),
        ("model", "from jinja2 import Template", ["jinja2.Template"]),
        ("model", "import pymc, nutpie\nfrom priors.units import decimal_year", []),
        ("reports", "import matplotlib, jinja2, analysis, model.fit, priors, numpy", []),
    ],
)
def test_wrong_imports_are_seen(package, source, wrong):
    assert wrong_imports(ast.parse(source), package) == wrong


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("np.random.seed(1)", ["numpy.random.seed"]),
        ("import numpy\nx = numpy.random.normal(size=3)", ["numpy.random.normal"]),
        ("from numpy.random import uniform", ["numpy.random.uniform"]),
        ("import random", ["random"]),
        ("from random import shuffle", ["random.shuffle"]),
        ("rng = np.random.default_rng()", ["default_rng()"]),
        ("rng = np.random.default_rng(seed)\nx = rng.normal()", []),
        ("from numpy.random import Generator, default_rng\nrng = default_rng(1)", []),
        ("def f(rng: np.random.Generator): return rng.random()", []),
    ],
)
def test_found_randomness_is_seen(source, wrong):
    assert found_randomness(ast.parse(source)) == wrong


def test_prints_and_relative_imports_are_seen():
    assert prints(ast.parse("x = 1\nprint(x)\nconsole.print(x)")) == [2]
    assert relative_imports(ast.parse("import a\nfrom . import b\nfrom .c import d")) == [2, 3]
