"""Hindcast of step MFU by precision and by device count."""

import math
from collections.abc import Callable

import numpy as np

from analysis.backtest.coverage import coverage, errors, score
from analysis.backtest.held_out import failed_checks, fit_without
from model.delivered.efficiency import step_mfu
from model.sampling.sampler import Sampler
from model.sampling.seeds import named_seed
from priors.documents import Json
from priors.evidence import Evidence
from priors.prior_rows import Priors
from priors.records.machines import UtilisationRow
from priors.scenario import Scenario

type Tell = Callable[[str], None]

#: Device counts up to which a group goes; the last has no end.
_SCALES = {1e3: "below 1,000", 1e4: "1,000 to 9,999", math.inf: "10,000 and more"}
#: Stated coverage of the interval whose hits decide whether a group was predicted.
_JUDGED = 0.9


def held_out_groups(
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
    tell: Tell,
) -> list[Json]:
    """Leave out one precision, or one decade of device counts, and predict its rows.

    Every system with a row in the group is left out altogether, so that each row of the group is
    that of a new system. Rows of one system are not independent: a coverage over them counts
    less than its number of rows.

    Parameters
    ----------
    tell
        Called with the name of each group before its fit.

    Returns
    -------
    list of dict
        One a group: `kind`, `group`, `rows`, `systems`, `systems_left` (in the fit), `coverage`
        and `error` (`analysis.backtest.coverage`), `held` (whether 90 % lies in the interval of the
        coverage at 90 %), `width_factor` (median), `failed_checks`, `predictions`.
    """
    rows = [row for row in evidence.utilisation if row.use == "step-mfu" and row.devices]
    found = []
    for kind, label, order in (
        ("precision", _precision, sorted({_precision(row) for row in rows})),
        ("devices", _scale, list(_SCALES.values())),
    ):
        for group in order:
            members = [row for row in rows if label(row) == group]
            if not members:
                continue
            tell(f"{kind} {group}")
            result = _hold_out(
                members,
                scenario,
                evidence,
                priors,
                sampler,
                seed=named_seed(seed, f"{kind} {group}"),
            )
            systems = {row.group for row in members}
            left = {row.group for row in rows} - systems
            found.append(
                {
                    "kind": kind,
                    "group": group,
                    "rows": len(members),
                    "systems": len(systems),
                    "systems_left": len(left),
                    **result,
                }
            )
    return found


def _hold_out(
    members: list[UtilisationRow],
    scenario: Scenario,
    evidence: Evidence,
    priors: Priors,
    sampler: Sampler,
    *,
    seed: int,
) -> Json:
    systems = {row.group for row in members}
    fit = fit_without(systems, scenario, evidence, priors, sampler, seed=seed)
    predictions = []
    for row in members:
        share = step_mfu(fit.posterior, [row.machine]).isel(precision=0, drop=True)
        scores = score(share.values, row.efficiency)
        predictions.append({"id": row.id, "observed": row.efficiency, **scores})
    covered = coverage([row["pit"] for row in predictions])
    low, high = covered[f"{_JUDGED:g}"]["interval_95"]
    return {
        "coverage": covered,
        "held": low <= _JUDGED <= high,
        "error": errors(predictions),
        "width_factor": float(np.median([row["width_factor"] for row in predictions])),
        "failed_checks": failed_checks(fit),
        "predictions": predictions,
    }


def _precision(row: UtilisationRow) -> str:
    return "FP8" if row.machine.precision == "FP8" else row.precision


def _scale(row: UtilisationRow) -> str:
    assert row.devices is not None
    return next(label for end, label in _SCALES.items() if row.devices < end)
