"""`eflops priors show`: the beliefs, one row per parameter."""

import json
from typing import Annotated

import typer

from priors.errors import ScenarioError
from priors.evidence import load_evidence
from priors.prior_rows import PRIORS, load_priors
from reports.cli.request.options import (
    AsJson,
    PriorsFile,
    print_json,
    stdout,
)


def priors_show(
    name: Annotated[str | None, typer.Argument(help="Set; all of them if not given.")] = None,
    as_json: AsJson = False,
    priors_file: PriorsFile = PRIORS,
) -> None:
    """Show the priors, one row per parameter.

    Example: eflops priors show updated
    """
    from reports.tables.priors_show import priors_table

    priors = load_priors(load_evidence().sources, priors_file)
    if name is not None and name not in priors.sets:
        raise ScenarioError("set", repr(name), f"one of {', '.join(priors.sets)}")
    chosen = priors.sets if name is None else {name: priors.sets[name]}
    if as_json:
        print_json(
            {
                key: {row: json.loads(prior.model_dump_json()) for row, prior in rows.items()}
                for key, rows in chosen.items()
            }
        )
        return
    for key, rows in chosen.items():
        stdout().print(priors_table(key, rows))
