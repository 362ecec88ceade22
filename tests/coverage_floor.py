"""Share of each command's file that the tests run; exit code 1 if one is below the floor.

`python tests/coverage_floor.py COVERAGE.json`, of a file that `coverage json` wrote. A command is
its file in `reports/cli`, its table, its figure and all of its analysis.
"""

import json
import sys
from pathlib import Path

FLOOR = 90.0
_PARTS = ("reports/cli/{}.py", "reports/tables/{}.py", "reports/figures/{}.py", "analysis/{}.py")


def share_by_command(files: dict[str, dict[str, dict[str, int]]], commands: list[str]) -> dict:
    """Command → statements run, in per cent of all of its files together."""
    shares = {}
    for command in commands:
        exact = {part.format(command) for part in _PARTS}
        summaries = [
            entry["summary"]
            for name, entry in files.items()
            if name in exact or name.startswith(f"analysis/{command}/")
        ]
        run = sum(summary["covered_lines"] for summary in summaries)
        shares[command] = 100 * run / sum(summary["num_statements"] for summary in summaries)
    return shares


def main(path: str) -> int:
    """Print each command's share, the least first."""
    # Folders of tests bear the names of the packages, which must be found first.
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from commands import COMMANDS

    files = json.loads(Path(path).read_text(encoding="utf-8"))["files"]
    shares = share_by_command(files, COMMANDS)
    for command, share in sorted(shares.items(), key=lambda item: item[1]):
        sys.stdout.write(f"{share:5.1f} %  {command.replace('_', ' ')}\n")
    unrun = [
        name
        for name, entry in files.items()
        if entry["summary"]["num_statements"] and not entry["summary"]["covered_lines"]
    ]
    for name in unrun:
        sys.stderr.write(f"no test runs {name}\n")
    low = [command for command, share in shares.items() if share < FLOOR]
    for command in low:
        sys.stderr.write(f"less than {FLOOR:g} % of {command} is run by tests\n")
    return int(bool(low or unrun))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
