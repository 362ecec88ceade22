"""The map of ARCHITECTURE.md, made from the tree: one line per file, its docstring's first line.

`python tests/architecture_map.py` writes it anew.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("priors", "model", "analysis", "reports")
START, END = "<!-- map -->\n", "<!-- end of map -->"

_COLUMN = 31


def first_line(path: Path) -> str:
    """First line of a module's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].rstrip(".")


def map_of_the_tree() -> str:
    """Every module below its folder, folders after the files beside them."""
    lines = [line for package in PACKAGES for line in _folder(ROOT / package, 0)]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def _folder(folder: Path, depth: int) -> list[str]:
    files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    folders = sorted(path.parent for path in folder.glob("*/__init__.py"))
    lines = [_line(f"{folder.name}/", first_line(folder / "__init__.py"), depth)]
    lines += [_line(path.name, first_line(path), depth + 1) for path in files]
    return lines + [line for inner in folders for line in _folder(inner, depth + 1)]


def _line(name: str, text: str, depth: int) -> str:
    return f"{'  ' * depth}{name}".ljust(_COLUMN - 1) + f" {text}"


def with_map(document: str) -> str:
    """Return the document with the map of today's tree."""
    before, _, rest = document.partition(START)
    return before + START + map_of_the_tree() + END + rest.partition(END)[2]


if __name__ == "__main__":
    target = ROOT / "ARCHITECTURE.md"
    target.write_text(with_map(target.read_text(encoding="utf-8")), encoding="utf-8")
