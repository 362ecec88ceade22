"""Published scaling laws as rows: exponents and sizes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from model.gaussian import Array
from priors.elicit import interval_sd, printed_decimals, rounding_sd
from priors.prior_rows import Prior
from priors.records.laws import StudyRow


@dataclass(frozen=True)
class Studies:
    """What published laws say of the law at a pivot.

    A row's law is a straight line: log10 N_opt(C) = size + a · log10(C / pivot).

    Attributes
    ----------
    exponents, exponent_sd
        Shape (study,): published a and its standard error.
    run_sets
        Shape (study,): number of the set of runs behind each row, 0, 1, ….
    sized
        Shape (sized_study,): which of the rows state a size.
    from_pivot, sizes, size_sd
        Shape (sized_study,): log10 of the FLOP of that size over the pivot, log10 of its
        parameters, and the standard error of the latter, dex.
    labels
        Names along study, sized_study, run_set and sized_run_set (those of which a size is known).
    """

    exponents: Array
    exponent_sd: Array
    run_sets: NDArray[np.intp]
    sized: NDArray[np.intp]
    from_pivot: Array
    sizes: Array
    size_sd: Array
    labels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(
        cls,
        rows: Sequence[StudyRow],
        beliefs: Mapping[str, Prior],
        datum: Literal["size-and-exponent", "exponent"],
    ) -> Self:
        """Arrange rows of evidence.

        Parameters
        ----------
        beliefs
            The constants of the law: its pivot, the standard errors that nobody states and the
            factor of intervals over subsamples.
        datum
            `exponent`: sizes are left out, and each row is a set of runs of its own.
        """
        constant = {name: row.value or 0.0 for name, row in beliefs.items()}
        whole = datum == "size-and-exponent"
        behind = [row.computed_from if whole else row.id for row in rows]
        sets = tuple(dict.fromkeys(behind))
        sized = [i for i, row in enumerate(rows) if whole and row.size_parameters is not None]
        flop = np.array([rows[i].size_flop for i in sized], float)
        unstated = constant["law_unstated_size_sd"]
        return cls(
            exponents=np.array([row.a for row in rows], float),
            exponent_sd=np.array([_exponent_sd(row, constant) for row in rows], float),
            run_sets=np.array([sets.index(name) for name in behind], np.intp),
            sized=np.array(sized, np.intp),
            from_pivot=np.log10(flop / constant["law_pivot_flop"]),
            sizes=np.log10(np.array([rows[i].size_parameters for i in sized], float)),
            size_sd=np.array([rows[i].size_sd or unstated for i in sized], float),
            labels={
                "study": tuple(row.id for row in rows),
                "sized_study": tuple(rows[i].id for i in sized),
                "run_set": sets,
                "sized_run_set": tuple(dict.fromkeys(behind[i] for i in sized)),
            },
        )

    def only(self, kept: Sequence[bool] | NDArray[np.bool_]) -> Self:
        """Return a copy with some of the rows.

        Parameters
        ----------
        kept
            Whether a row is kept, shape (study,).
        """
        keep = np.asarray(kept, bool)
        place = np.cumsum(keep) - 1
        size_kept = keep[self.sized]
        sets, run_sets = np.unique(self.run_sets[keep], return_inverse=True)
        labels = {
            "study": tuple(np.array(self.labels["study"], object)[keep]),
            "sized_study": tuple(np.array(self.labels["sized_study"], object)[size_kept]),
            "run_set": tuple(self.labels["run_set"][i] for i in sets),
        }
        of_size = self.run_sets[self.sized[size_kept]]
        labels["sized_run_set"] = tuple(dict.fromkeys(self.labels["run_set"][i] for i in of_size))
        return replace(
            self,
            exponents=self.exponents[keep],
            exponent_sd=self.exponent_sd[keep],
            run_sets=run_sets.astype(np.intp),
            sized=place[self.sized[size_kept]],
            from_pivot=self.from_pivot[size_kept],
            sizes=self.sizes[size_kept],
            size_sd=self.size_sd[size_kept],
            labels=labels,
        )

    def without_sizes(self) -> Self:
        """Return a copy with the exponents only, of the same sets of runs."""
        none = self.sizes[:0]
        return replace(self, sized=self.sized[:0], from_pivot=none, sizes=none, size_sd=none)

    def arrays(self) -> dict[str, Array]:
        """Sum over the rows of each set of runs: all that its likelihood needs.

        With the rows X θ + e of a set, θ = (size, a) and e ~ N(0, D): XᵀD⁻¹X, XᵀD⁻¹y, yᵀD⁻¹y,
        ln |D| and the number of rows. A set without rows is added where there is none.
        """
        count = max(1, len(self.labels["run_set"]))
        members = np.concatenate([self.run_sets, self.run_sets[self.sized]])
        basis = np.zeros((len(members), 2))
        basis[: len(self.exponents), 1] = 1.0
        basis[len(self.exponents) :] = np.column_stack(
            [np.ones_like(self.from_pivot), self.from_pivot]
        )
        figures = np.concatenate([self.exponents, self.sizes])
        variance = np.concatenate([self.exponent_sd, self.size_sd]) ** 2
        belongs = (members == np.arange(count)[:, None]).astype(float)
        return {
            "law_information": np.einsum("sr,ri,rj,r->sij", belongs, basis, basis, 1 / variance),
            "law_moment": belongs @ (basis * (figures / variance)[:, None]),
            "law_square": belongs @ (figures**2 / variance),
            "law_log_determinant": belongs @ np.log(variance),
            "law_count": belongs.sum(axis=1),
        }


def _exponent_sd(study: StudyRow, constant: Mapping[str, float]) -> float:
    """Return the standard error of an exponent: its interval, and the rounding in print.

    The ends of the interval are rounded too, which widens it on average.
    """
    rounded = rounding_sd(study.decimals)
    if study.a_low is None or study.a_high is None or study.interval_mass is None:
        return float(np.hypot(constant["law_unstated_sd"], rounded))
    stated = interval_sd(study.a_low, study.a_high, study.interval_mass)
    factor = constant["law_subsample_factor"] if study.interval_kind == "subsample" else 1.0
    decimals = max(printed_decimals(bound) for bound in (study.a_low, study.a_high))
    of_ends = interval_sd(0.0, np.sqrt(2.0) * rounding_sd(decimals), study.interval_mass)
    return float(np.sqrt(factor**2 * (stated**2 + of_ends**2) + rounded**2))
