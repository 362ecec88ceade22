"""Register of assumptions: every prior and every source of a scenario."""

from analysis.fit import Fit
from priors.documents import Json
from priors.parameters import ALL_PARAMETERS
from priors.prior_rows import Prior

#: Quantiles by which a prior is shown.
SHOWN = (0.05, 0.5, 0.95)


def priors_register(fit: Fit) -> list[Json]:
    """List every prior of a scenario.

    Returns
    -------
    list of dict
        `name`, `meaning` (None of a constant), `unit`, `family`, `value` (of a fixed one) or
        `quantiles` in natural units (5, 50, 95 %), `rationale` and `sources`.
    """
    return [_prior(name, prior) for name, prior in fit.inputs.priors.items()]


def _prior(name: str, prior: Prior) -> Json:
    known = ALL_PARAMETERS.get(name)
    quantiles = None
    if prior.family != "fixed":
        standard = prior.standardised()
        quantiles = {f"{p:g}": prior.to_natural(standard.quantile(p)) for p in SHOWN}
    return {
        "name": name,
        "meaning": known.long_name if known else None,
        "unit": prior.unit,
        "family": prior.family,
        "value": prior.value,
        "quantiles": quantiles,
        "rationale": prior.rationale,
        "sources": list(prior.sources),
    }


def sources_register(fit: Fit) -> list[Json]:
    """List every source that a scenario's priors and evidence rest on.

    Returns
    -------
    list of dict
        `id`, `title`, `producer`, `url`, `published`, `kind`, `licence`; `priors`, the names that
        rest on it; `tables`, table → number of its rows; `marks`, verification of these rows
        (`priors.sources.Verification`) → number.
    """
    rows = [(table, row) for table, listed in fit.known.tables.items() for row in listed]
    found: dict[str, Json] = {}
    for name, prior in fit.inputs.priors.items():
        for key in prior.sources:
            _entry(found, fit, key)["priors"].append(name)
    for table, row in rows:
        entry = _entry(found, fit, row.source)
        entry["tables"][table] = entry["tables"].get(table, 0) + 1
        entry["marks"][row.verification] = entry["marks"].get(row.verification, 0) + 1
    for change in fit.scenario.changes:
        for key in change.sources:
            _entry(found, fit, key)
    return [found[key] for key in sorted(found)]


def _entry(found: dict[str, Json], fit: Fit, key: str) -> Json:
    if key not in found:
        source = fit.evidence.sources.by_id[key]
        found[key] = {
            "id": key,
            "title": source.title,
            "producer": source.producer,
            "url": source.url,
            "published": str(source.published),
            "kind": source.kind,
            "licence": source.licence,
            "priors": [],
            "tables": {},
            "marks": {},
        }
    return found[key]
