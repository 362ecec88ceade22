"""Rows of `priors.toml`, one per parameter, in named sets."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from priors.documents import DATA, parse_toml, read_utf8, validate
from priors.elicit import (
    TRANSFORMS,
    Standardised,
    half_normal_from_quantiles,
    normal_from_quantiles,
)
from priors.errors import PriorError
from priors.evidence import TABLES
from priors.parameters import CONSTANTS, PARAMETERS, READ_OFF, Block, Constant, Parameter
from priors.records.row import Finite, Share
from priors.sources import Sources, load_sources

PRIORS = DATA / "priors.toml"

#: Stored and computed quantiles may differ by this share of the prior's scale (they are printed
#: with four digits).
_ACHIEVED_TOLERANCE = 5e-3


#: Between these probabilities a prior must lie within its support.
_REACH = (0.001, 0.999)


class Prior(BaseModel):
    """One belief: a family with parameters, or quantiles that fix them.

    Attributes
    ----------
    transform
        Scale on which the family is stated; `quantiles` and `value` are in natural units.
    support
        Range in natural units that holds all but a thousandth of the prior either way.
    achieved
        Quantiles of the resulting prior in natural units, stored to be read and tested.
    computed_from
        Evidence tables (`table` or `table:definition`) that a published interval was computed
        from; the same systems must not enter as data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Literal["normal", "half-normal", "lkj", "fixed"]
    unit: Annotated[str, Field(min_length=1)]
    transform: Literal["identity", "log10", "logit"] = "identity"
    value: Finite | None = None
    loc: Finite | None = None
    scale: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    shape: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    quantiles: dict[Share, Finite] | None = None
    support: tuple[float, float] = (-math.inf, math.inf)
    rationale: Annotated[str, Field(min_length=10)]
    sources: Annotated[tuple[str, ...], Field(min_length=1)]
    achieved: dict[Share, Finite] = Field(default_factory=dict)
    computed_from: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        needed = {
            "fixed": ("value",),
            "normal": ("loc", "scale"),
            "half-normal": ("scale",),
            "lkj": ("shape",),
        }[self.family]
        given = {
            key for key in ("value", "loc", "scale", "shape") if getattr(self, key) is not None
        }
        by_quantiles = self.quantiles is not None and self.family in {"normal", "half-normal"}
        unused = self.quantiles is not None and not by_quantiles
        if unused or given != (set() if by_quantiles else set(needed)):
            raise ValueError(f"either quantiles or {' and '.join(needed)} for family {self.family}")
        standardised = self.standardised()
        actual = {p: self.to_natural(standardised.quantile(p)) for p in self.achieved}
        for probability, stored in self.achieved.items():
            of = actual[probability]
            if abs(of - stored) > _ACHIEVED_TOLERANCE * max(abs(of), standardised.scale):
                block = ", ".join(f'"{p:g}" = {value:.4g}' for p, value in actual.items())
                raise ValueError(
                    f"achieved {probability} = {of:.4g}, not {stored:g}: paste "
                    f"achieved = {{ {block} }}, or leave the line out"
                )
        return self

    def standardised(self) -> Standardised:
        """Return the prior as `loc + scale · base` on its transformed scale."""
        to_scale, _ = TRANSFORMS[self.transform]
        if self.family == "fixed":
            return Standardised("normal", loc=to_scale(_given(self.value)), scale=0.0)
        if self.quantiles is not None:
            quantiles = {p: to_scale(value) for p, value in self.quantiles.items()}
            match = {"normal": normal_from_quantiles, "half-normal": half_normal_from_quantiles}
            return match[self.family](quantiles)
        if self.family == "lkj":
            return Standardised(self.family, loc=-1.0, scale=2.0, shape=_given(self.shape))
        return Standardised(
            self.family, loc=self.loc or 0.0, scale=_given(self.scale), shape=self.shape or 1.0
        )

    def to_natural(self, value: float) -> float:
        """Take a value from the prior's own scale back to natural units."""
        _, back = TRANSFORMS[self.transform]
        return back(value)


@dataclass(frozen=True)
class Priors:
    """Every set of priors.

    Attributes
    ----------
    sets
        Set → parameter or constant → its row.
    digest
        SHA-256 of the file they came from, and of the changes since.
    sources
        The register in which a row's sources stand.
    """

    sets: Mapping[str, Mapping[str, Prior]]
    digest: str
    sources: Sources

    def override(self, changes: Mapping[str, Mapping[str, Any]]) -> "Priors":
        """Return a copy with some rows changed; the digest follows.

        Parameters
        ----------
        changes
            "SET.PARAMETER" → keys of the row to set, its `rationale` among them. Quantiles take
            the place of a location and scale, and these of quantiles.

        Raises
        ------
        PriorError
            No such set or parameter, no reason, or a row that breaks the schema.

        Examples
        --------
        >>> priors = load_priors()
        >>> slower = {"loc": 0.3, "scale": 0.1, "rationale": "Chips grow scarce from 2027 on."}
        >>> changed = priors.override({"updated.trend_slope": slower})
        >>> changed.sets["updated"]["trend_slope"].loc, changed.digest != priors.digest
        (0.3, True)
        """
        sets = {name: dict(rows) for name, rows in self.sets.items()}
        for key, change in changes.items():
            set_name, _, name = key.partition(".")
            where = f"priors {key}"
            if set_name not in sets:
                raise PriorError(where, f"set {set_name!r}", f"one of {', '.join(sets)}")
            if "rationale" not in change:
                raise PriorError(f"{where} rationale", "nothing", "a reason for the change")
            row = sets[set_name].get(name)
            kept = {} if row is None else row.model_dump(exclude=_replaced(change))
            sets[set_name][name] = parse_prior(name, {**kept, **change}, where, self.sources)
        changed = json.dumps(changes, sort_keys=True, default=str)
        digest = hashlib.sha256(f"{self.digest}{changed}".encode()).hexdigest()
        return Priors(sets, digest, self.sources)

    def block(self, set_name: str, block: Block) -> dict[str, Prior]:
        """Rows of one block of one set, parameters and constants.

        Raises
        ------
        PriorError
            No such set, or the set lacks a row of the block.
        """
        if set_name not in self.sets:
            raise PriorError("priors.toml", f"set {set_name!r}", f"one of {', '.join(self.sets)}")
        rows = self.sets[set_name]
        every: dict[str, Parameter | Constant] = {**PARAMETERS, **READ_OFF, **CONSTANTS}
        needed = [name for name, item in every.items() if item.block == block]
        for name in needed:
            if name not in rows:
                raise PriorError(
                    f"priors.toml [{set_name}]",
                    f"no row {name!r}",
                    "every parameter of a block in use",
                )
        return {name: rows[name] for name in needed}


def load_priors(sources: Sources | None = None, path: Path = PRIORS) -> Priors:
    """Read the priors and check that every cited source is registered.

    Parameters
    ----------
    sources
        The register; None: the built-in one.
    path
        TOML with one table per set and parameter.

    Raises
    ------
    PriorError
        Unreadable file, a row that breaks the schema, an unknown source, or stored quantiles
        that the row does not achieve.
    """
    sources = load_sources() if sources is None else sources
    text = read_utf8(path, PriorError, "a readable TOML file")
    document = parse_toml(text, path.name, PriorError)
    for set_name, rows in document.items():
        if not isinstance(rows, dict):
            raise PriorError(f"{path.name} [{set_name}]", repr(rows), "a set of prior rows")
    sets = {
        set_name: {
            name: parse_prior(name, record, f"{path.name} [{set_name}.{name}]", sources)
            for name, record in rows.items()
        }
        for set_name, rows in document.items()
    }
    return Priors(sets, hashlib.sha256(text.encode()).hexdigest(), sources)


def _replaced(change: Mapping[str, Any]) -> set[str]:
    """Keys of a row that a change makes void: stored quantiles, and the other way to state it."""
    void = {"achieved"}
    if "quantiles" in change:
        void |= {"loc", "scale", "shape", "value"}
    if change.keys() & {"loc", "scale", "shape", "value", "family"}:
        void.add("quantiles")
    if "family" in change:
        void |= {"loc", "scale", "shape", "value"}
    return void - change.keys()


def parse_prior(name: str, record: object, where: str, sources: Sources) -> Prior:
    """Validate one row against the register of parameters and of sources.

    Raises
    ------
    PriorError
        Naming `where`: an unknown parameter, a row that breaks the schema, another family,
        transform or unit than the parameter's, or an unknown source.
    """
    known = {**PARAMETERS, **READ_OFF}
    if name not in known and name not in CONSTANTS:
        raise PriorError(where, f"{name!r}", f"one of {', '.join((*known, *CONSTANTS))}")
    whole = ("record", "a row that does not")
    prior = validate(Prior, record, where, PriorError, whole=whole)
    _check_against_register(name, prior, where)
    low, high = (prior.to_natural(prior.standardised().quantile(p)) for p in _REACH)
    if not prior.support[0] <= low <= high <= prior.support[1]:
        raise PriorError(
            f"{where} support", str(prior.support), f"a range that holds {low:.4g} to {high:.4g}"
        )
    for table in prior.computed_from:
        if table.partition(":")[0] not in TABLES:
            raise PriorError(f"{where} computed_from", repr(table), f"one of {', '.join(TABLES)}")
    for source in prior.sources:
        if source not in sources.by_id:
            raise PriorError(
                f"{where} sources", repr(source), "the id of a source registered in sources.toml"
            )
    return prior


def _check_against_register(name: str, prior: Prior, where: str) -> None:
    if name in CONSTANTS:
        expected = {"family": "fixed", "unit": CONSTANTS[name].unit, "transform": "identity"}
    else:
        parameter = {**PARAMETERS, **READ_OFF}[name]
        family = prior.family if prior.family == "fixed" else parameter.family
        expected = {"family": family, "unit": parameter.unit, "transform": parameter.transform}
    for key, value in expected.items():
        if getattr(prior, key) != value:
            raise PriorError(f"{where} {key}", repr(getattr(prior, key)), repr(value))


def _given(value: float | None) -> float:
    if value is None:
        raise ValueError("a value")
    return value
