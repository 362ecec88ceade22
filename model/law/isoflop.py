"""Robust fit of the law of the loss to own runs, with bootstrap errors.

The likelihood is Huber's: normal within `DELTA` of the law on log loss, Laplace beyond, which is
what Hoffmann et al. 2022 and the replication by Besiroglu et al. 2024 minimise. Its own curvature
says nothing of the error, as `DELTA` is no noise scale; the bootstrap over runs does.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import least_squares

from model.gaussian import Array
from model.law.loss_law import LossLaw
from model.sampling.sampler import Progress
from model.sampling.threads import one_blas_thread
from priors.errors import EvidenceError
from priors.imports.isoflop_runs import IsoflopRuns

#: Width of the normal part of the likelihood, in log loss (Hoffmann et al. 2022, section 3.3).
DELTA = 1e-3

#: E, A, B, α and β.
_UNKNOWNS = 5
FEWEST_RUNS = 2 * _UNKNOWNS
#: Runs, where rows are checkpoints of some, whose differences can tell the error.
FEWEST_CLUSTERS = _UNKNOWNS + 1

#: Starting points: E as a share of the least loss, and exponents.
_SHARES = (0.3, 0.6, 0.9)
_EXPONENTS = (0.1, 0.3, 0.6, 1.0)

#: Place of log E among the unknowns, and the share of a loss below which E counts as 0.
_FLOOR = 2
_NO_FLOOR = 1e-4
#: Optima whose objectives differ by less than this share are one optimum or fit alike.
_ALIKE = 1e-6
#: Solutions that fit alike are one if their a agrees to this.
_SAME_A = 1e-3
#: Relative change at which the optimiser stops, and the most steps that it takes.
_TOLERANCE = 1e-15
_MOST_STEPS = 500
#: Local optima at which a resample starts: it may prefer another one than all runs do.
_MOST_OPTIMA = 3
#: Resamples between two reports of progress.
_REPORT_EVERY = 20


@dataclass(frozen=True)
class LawFit:
    """The law of greatest likelihood.

    Attributes
    ----------
    law
        The fitted law.
    optima
        Shape (optimum, unknown): local optima with an a of their own, this one first, as the
        optimiser sees them: log terms at the mean log N and log D, log E, α, β.
    objective
        Minus the log-likelihood, in units of `DELTA`.
    imbalance
        Largest component of the gradient over what it would be if all runs pulled one way: 0 at
        an optimum, 1 at most.
    starts, starts_there
        Starting points, and how many of them end at this optimum.
    """

    law: LossLaw
    optima: Array
    objective: float
    imbalance: float
    starts: int
    starts_there: int


class Likelihood:
    """Huber's likelihood of runs: residuals in units of `DELTA`, with their derivatives.

    Logs of N and D are taken about their means, so that the terms and the exponents are nearly
    uncorrelated: at N = D = 1 the correlation of A and α is above 0.99. `counts` says how often
    each run stands in a resample.
    """

    def __init__(self, runs: IsoflopRuns) -> None:
        log_parameters, log_tokens = np.log(runs.parameters), np.log(runs.tokens)
        self.centre = log_parameters.mean(), log_tokens.mean()
        self.log_parameters = log_parameters - self.centre[0]
        self.log_tokens = log_tokens - self.centre[1]
        self.log_loss = np.log(runs.loss)

    def minimise(self, start: Array, counts: NDArray[np.int64]) -> Array:
        """Return the local optimum that a start leads to, shape (unknown,)."""
        runs = np.repeat(np.arange(len(counts)), counts)
        found = least_squares(
            lambda point: self.residuals(point)[runs],
            start,
            jac=lambda point: self.slopes(point)[runs],
            loss="huber",
            x_scale="jac",
            ftol=_TOLERANCE,
            xtol=_TOLERANCE,
            gtol=_TOLERANCE,
            max_nfev=_MOST_STEPS,
        )
        return np.asarray(found.x)

    def objective(self, point: Array, counts: NDArray[np.int64]) -> float:
        """Minus the log-likelihood."""
        residual = self.residuals(point)
        pull = np.clip(residual, -1.0, 1.0)
        return float(counts @ (pull * (residual - pull / 2)))

    def imbalance(self, point: Array, counts: NDArray[np.int64]) -> float:
        """Gradient over its largest possible size; see `LawFit`.

        At E = 0, the end of its range, the likelihood may rise towards a loss below 0: that
        component of the gradient is no sign that the optimiser stopped early.
        """
        slopes, pull = self.slopes(point), np.clip(self.residuals(point), -1.0, 1.0)
        gradient = (counts * pull) @ slopes
        if gradient[_FLOOR] > 0 and DELTA * slopes[:, _FLOOR].max() < _NO_FLOOR:
            gradient[_FLOOR] = 0.0
        return float(np.max(np.abs(gradient) / (counts @ np.abs(slopes))))

    def residuals(self, point: Array) -> Array:
        """Log loss of the law less that of each run, in units of `DELTA`; shape (run,)."""
        return np.asarray((self._law(point)[0] - self.log_loss) / DELTA)

    def slopes(self, point: Array) -> Array:
        """Differentiate the residuals; shape (run, unknown)."""
        return np.asarray(self._law(point)[1] / DELTA)

    def starts(self) -> Array:
        """Points that spread over what is plausible; both terms share what E leaves."""
        least, typical = np.exp(self.log_loss.min()), np.exp(np.median(self.log_loss))
        return np.array(
            [
                [term := np.log((typical - share * least) / 2), term, *rest]
                for share in _SHARES
                for rest in product([np.log(share * least)], _EXPONENTS, _EXPONENTS)
            ]
        )

    def law(self, points: Array) -> LossLaw:
        """Law at points of shape (..., unknown)."""
        log_parameters_term, log_tokens_term, log_irreducible, *exponents = np.moveaxis(
            points, -1, 0
        )
        with np.errstate(over="ignore"):  # a resample may leave an exponent undetermined
            return LossLaw(
                irreducible=np.exp(log_irreducible),
                parameters_scale=np.exp(log_parameters_term + exponents[0] * self.centre[0]),
                tokens_scale=np.exp(log_tokens_term + exponents[1] * self.centre[1]),
                parameters_exponent=exponents[0],
                tokens_exponent=exponents[1],
            )

    def _law(self, point: Array) -> tuple[Array, Array]:
        """Log loss of the law, shape (run,), and its derivatives, shape (run, unknown)."""
        exponents = np.array([[point[3]], [point[4]]])
        logs = np.vstack([self.log_parameters, self.log_tokens])
        terms = np.vstack([point[:2, None] - exponents * logs, np.full(logs.shape[1], point[2])])
        largest = terms.max(axis=0)
        shares = np.exp(terms - largest)
        total = shares.sum(axis=0)
        shares /= total
        return largest + np.log(total), np.vstack([shares, -shares[:2] * logs]).T


@one_blas_thread
def fit_law(runs: IsoflopRuns) -> LawFit:
    """Maximise the likelihood from many starting points.

    Raises
    ------
    EvidenceError
        Too few runs, runs that cannot tell parameters from tokens, or laws of different a that
        fit alike.
    """
    _refuse_uninformative(runs)
    likelihood = Likelihood(runs)
    counts = np.ones(len(runs), dtype=np.int64)
    ends, objectives = _optima(likelihood, likelihood.starts(), counts)
    exponents = likelihood.law(ends).a
    alike = objectives - objectives[0] <= _ALIKE * max(objectives[0], 1.0)
    if np.ptp(exponents[alike]) > _SAME_A:
        raise EvidenceError(
            runs.file,
            f"laws that fit alike with a from {exponents[alike].min():.3g} to "
            f"{exponents[alike].max():.3g}",
            "runs in which parameters and tokens vary independently",
        )
    law = likelihood.law(ends[0])
    if not (law.parameters_exponent > 0 and law.tokens_exponent > 0):
        raise EvidenceError(
            runs.file,
            f"a best law with exponents α = {law.parameters_exponent:.3g} and "
            f"β = {law.tokens_exponent:.3g}",
            "a loss that falls with parameters and with tokens",
        )
    return LawFit(
        law=law,
        optima=ends[_distinct(exponents)[:_MOST_OPTIMA]],
        objective=float(objectives[0]),
        imbalance=likelihood.imbalance(ends[0], counts),
        starts=len(ends),
        starts_there=int(alike.sum()),
    )


@one_blas_thread
def bootstrap_law(
    runs: IsoflopRuns,
    fit: LawFit,
    *,
    resamples: int,
    seed: int,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Refit the law to resamples of the runs, each starting at the optima for all of them.

    Rows of one run, such as its checkpoints, are drawn together (cluster or pairs bootstrap,
    Cameron, Gelbach & Miller 2008): what a run has in common is no evidence twice.

    Parameters
    ----------
    runs, fit
        Runs and the law fitted to them.
    resamples, seed
        Number of bootstrap samples, of as many runs as there are, and their seed.
    progress
        Called with resamples done and resamples in all.

    Returns
    -------
    Dataset
        Dim resample: the unknowns of the law, `a`, and the `imbalance` of each fit.
    """
    likelihood = Likelihood(runs)
    rng = np.random.default_rng(seed)
    clusters = runs.clusters
    number = int(clusters.max()) + 1
    drawn = rng.multinomial(number, np.full(number, 1 / number), size=resamples)[:, clusters]
    ends, imbalances = np.empty((resamples, _UNKNOWNS)), np.empty(resamples)
    for index, counts in enumerate(drawn):
        ends[index] = _optima(likelihood, fit.optima, counts)[0][0]
        imbalances[index] = likelihood.imbalance(ends[index], counts)
        if progress is not None and ((index + 1) % _REPORT_EVERY == 0 or index + 1 == resamples):
            progress(index + 1, resamples)
    law = likelihood.law(ends)
    return xr.Dataset(
        {
            "irreducible": _variable(law.irreducible, "nats/token", "irreducible loss, E"),
            "parameters_scale": _variable(law.parameters_scale, "nats/token", "A at N = 1"),
            "tokens_scale": _variable(law.tokens_scale, "nats/token", "B at D = 1"),
            "parameters_exponent": _variable(law.parameters_exponent, "1", "α of A / N^α"),
            "tokens_exponent": _variable(law.tokens_exponent, "1", "β of B / D^β"),
            "a": _variable(law.a, "1", "exponent of N_opt ∝ C^a"),
            "imbalance": _variable(imbalances, "1", "gradient over its largest possible size"),
        },
        coords={"resample": np.arange(resamples)},
    )


def law_of(bootstrap: xr.Dataset) -> LossLaw:
    """Law of every resample, as arrays of dim resample."""
    unknowns = LossLaw.__dataclass_fields__
    return LossLaw(**{name: bootstrap[name] for name in unknowns})


def _variable(values: Array, units: str, long_name: str) -> tuple[str, Array, dict[str, str]]:
    return "resample", values, {"units": units, "long_name": long_name}


def _optima(
    likelihood: Likelihood, starts: Array, counts: NDArray[np.int64]
) -> tuple[Array, Array]:
    """Minimise from every start; return the ends, best first, and their objectives."""
    ends = np.array([likelihood.minimise(start, counts) for start in starts])
    objectives = np.array([likelihood.objective(end, counts) for end in ends])
    order = np.argsort(objectives)
    return ends[order], objectives[order]


def _distinct(exponents: Array) -> list[int]:
    """List the exponents that differ from all before them, by index."""
    kept: list[int] = []
    for index, exponent in enumerate(exponents):
        if all(abs(exponent - exponents[other]) > _SAME_A for other in kept):
            kept.append(index)
    return kept


def _refuse_uninformative(runs: IsoflopRuns) -> None:
    if len(runs) < FEWEST_RUNS:
        raise EvidenceError(
            runs.file, f"{len(runs)} runs", f"{FEWEST_RUNS} or more to fit {_UNKNOWNS} unknowns"
        )
    clusters = len(set(runs.clusters))
    if clusters < FEWEST_CLUSTERS:
        raise EvidenceError(
            f"{runs.file}, {runs.run_column}",
            f"{clusters} runs",
            f"{FEWEST_CLUSTERS} or more: the error of a is told by the differences between runs",
        )
    logs = np.column_stack([np.log(runs.parameters), np.log(runs.tokens)])
    centred = logs - logs.mean(axis=0)
    if np.linalg.matrix_rank(centred, tol=DELTA * np.sqrt(len(runs))) < 2:
        raise EvidenceError(
            runs.file,
            "runs whose tokens follow from their parameters",
            "several sizes at one FLOP, or several FLOP at one size",
        )
