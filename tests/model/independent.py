"""What every target requires, computed a second time from the files, in NumPy alone.

Nothing here imports the project: the CSV and TOML files are read by the standard library, paths of
the trend are drawn as Gaussian processes with dense covariances over a random sample of spreads,
record and lag by importance sampling over random spreads. Slow, and obviously right.
"""

import csv
import tomllib
from datetime import date
from pathlib import Path
from statistics import NormalDist

import numpy as np

DATA = Path(__file__).parents[2] / "priors" / "data"
#: Turns of the years at which a path bends, and at which it is drawn.
YEARS = np.arange(2005.0, 2037.0)
KNOTS = np.arange(2011.0, 2046.0)
TURNS = np.arange(2010.0, 2046.0)
OWN = {"drifting": "drift", "random-walk": "walk", "saturating": "saturation"}
PIVOT = 2020.0


def rows(table):
    """Rows of an evidence table, as text."""
    with (DATA / "evidence" / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def beliefs(name):
    """Rows of a set of priors."""
    with (DATA / "priors.toml").open("rb") as file:
        return tomllib.load(file)[name]


def year_of(text):
    """Decimal year of an ISO day."""
    day = date.fromisoformat(text)
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - start).days / (end - start).days


def frontier_runs():
    """Year, log10 FLOP, sd of the grade and id of the runs that the trend is fitted to."""
    sd = {row["grade"]: float(row["sd"]) for row in rows("confidence_grades")}
    runs = rows("training_runs")
    kept = []
    for run in runs:
        flop, published = float(run["training_flop"]), run["published"]
        if run["frontier_as_compiled"]:
            top = run["frontier_as_compiled"] == "true"
        else:
            larger = [
                other
                for other in runs
                if other["published"] <= published and float(other["training_flop"]) > flop
            ]
            top = len(larger) < 10
        if top and year_of(published) >= 2010:
            kept.append((year_of(published), np.log10(flop), sd[run["confidence"]], run["id"]))
    years, log_flop, grade, ids = zip(*sorted(kept), strict=True)
    return np.array(years), np.array(log_flop), np.array(grade), set(ids)


def changes_of(form, at):
    """What a unit of each independent change of a form adds at some years; shape (year, change)."""
    at = np.asarray(at, float)[:, None]
    if form == "drifting":
        after = np.where(KNOTS > PIVOT, np.maximum(at - KNOTS, 0), 0)
        return after + np.where(KNOTS <= PIVOT, np.minimum(at - KNOTS, 0), 0)
    if form == "random-walk":
        after = np.where(TURNS >= PIVOT, np.clip(at - TURNS, 0, 1), 0)
        return after - np.where(TURNS < PIVOT, np.clip(TURNS + 1 - at, 0, 1), 0)
    return np.zeros((len(at), 0))


def slope_of(at, decay):
    """What a unit of slope has added by some years; growth decays after the pivot."""
    turn = np.floor(at)
    ends = [
        np.where(t <= PIVOT, t - PIVOT, -np.expm1(-decay * np.maximum(t - PIVOT, 0)) / decay)
        for t in (turn, turn + 1)
    ]
    return ends[0] + (at - turn) * (ends[1] - ends[0])


class Form:
    """A form of the trend given the runs before a year, as a mixture over random spreads."""

    def __init__(self, form, rng, before=np.inf, spreads=6000):
        known = beliefs("updated")
        years, log_flop, grade, _ = frontier_runs()
        kept = years < before
        self.form, self.years, self.grade = form, years[kept], grade[kept]
        scale = lambda name: known[f"trend_{name}"]["scale"]  # noqa: E731
        self.sigma, self.factor, own = (
            scale(name) * np.abs(rng.standard_normal(spreads))
            for name in ("noise", "grade_factor", OWN.get(form, "drift"))
        )
        self.own = own
        self.level, self.slope = known["trend_level"], known["trend_slope"]
        self.mean = np.array([self.level["loc"], self.slope["loc"]])
        self.log_flop = log_flop[kept]
        self.log_weight = np.empty(spreads)
        for i in range(spreads):
            lower = np.linalg.cholesky(self.covariance(i))
            white = np.linalg.solve(lower, self.residual(i))
            self.log_weight[i] = -(white @ white) / 2 - np.log(np.diag(lower)).sum()
        self.weight = np.exp(self.log_weight - self.log_weight.max())
        self.weight /= self.weight.sum()

    def basis(self, i, at):
        """Columns of the coefficients in units of their prior sd, and of the line's mean."""
        at = np.asarray(at, float)
        decay = max(self.own[i], 1e-9) if self.form == "saturating" else 1e-9
        line = np.column_stack([np.ones_like(at), slope_of(at, decay)])
        scaled = line * [self.level["scale"], self.slope["scale"]]
        return np.column_stack([scaled, self.own[i] * changes_of(self.form, at)]), line @ self.mean

    def covariance(self, i):
        scaled, _ = self.basis(i, self.years)
        return scaled @ scaled.T + np.diag(self.sigma[i] ** 2 + (self.factor[i] * self.grade) ** 2)

    def residual(self, i):
        return self.log_flop - self.basis(i, self.years)[1]

    def given(self, i, at):
        """Mean and covariance of the line at some years, given spreads."""
        scaled, _ = self.basis(i, self.years)
        ahead, mean = self.basis(i, at)
        gain = np.linalg.solve(self.covariance(i), scaled @ ahead.T).T
        return mean + gain @ self.residual(i), ahead @ ahead.T - gain @ (scaled @ ahead.T)

    def paths(self, count, rng):
        """Paths of the line at `YEARS`, log10 FLOP; shape (draw, year)."""
        chosen = rng.choice(len(self.weight), size=count, p=self.weight)
        paths = np.empty((count, len(YEARS)))
        for i in np.unique(chosen):
            members = np.flatnonzero(chosen == i)
            centre, spread = self.given(i, YEARS)
            values, vectors = np.linalg.eigh(spread)
            root = vectors * np.sqrt(np.maximum(values, 0))
            paths[members] = centre + rng.standard_normal((len(members), len(YEARS))) @ root.T
        return paths

    def log_score(self, year):
        """Log predictive density of the mean of a year's entrants."""
        years, log_flop, grade, _ = frontier_runs()
        members = (years >= year) & (years < year + 1)
        count, observed = members.sum(), log_flop[members].mean()
        density = np.zeros(len(self.weight))
        for i in np.flatnonzero(self.weight > 1e-6 * self.weight.max()):
            mean, spread = self.given(i, years[members])
            noise = self.sigma[i] ** 2 + (self.factor[i] ** 2 * grade[members] ** 2).mean()
            variance = spread.mean() + noise / count
            density[i] = NormalDist(mean.mean(), np.sqrt(variance)).pdf(observed)
        return np.log(self.weight @ density)


def _resample(log_weight, count, rng):
    weight = np.exp(log_weight - log_weight.max())
    return rng.choice(len(weight), size=count, p=weight / weight.sum())


def line_at(paths, at):
    """Path of each draw at a year of its own or of all."""
    at = np.broadcast_to(at, len(paths))
    return np.array([np.interp(year, YEARS, path) for year, path in zip(at, paths, strict=True)])


def records(paths, year, rng, candidates=4000):
    """log10 FLOP of the largest run so far in a year, given each path."""
    known = beliefs("updated")
    runs = [
        (year_of(run["published"]), float(run["training_flop"])) for run in rows("training_runs")
    ]
    last = int(max(frontier_runs()[0]))
    turns = np.arange(2018.0, last + 1)
    best = np.log10([max(flop for at, flop in runs if at <= turn) for turn in turns])
    excess = best - np.column_stack([line_at(paths, turn) for turn in turns])
    found = np.empty(len(paths))
    for begin in range(0, len(paths), 500):
        part = excess[begin : begin + 500]
        mean = known["record_excess"]
        delta = mean["loc"] + mean["scale"] * rng.standard_normal(candidates)
        s = known["record_spread"]["scale"] * np.abs(rng.standard_normal(candidates))
        rho = 1 / (
            1 + np.exp(-known["record_persistence"]["scale"] * rng.standard_normal(candidates))
        )
        off = part[:, :, None] - delta
        steps = off[:, 1:] - rho * off[:, :-1]
        variance = s**2 * (1 - rho**2)
        log_weight = -(off[:, 0] ** 2) / (2 * s**2) - np.log(s)
        log_weight = log_weight - (steps**2).sum(axis=1) / (2 * variance)
        log_weight = log_weight - (len(turns) - 1) * np.log(variance) / 2
        pick = np.array([_resample(one, 1, rng)[0] for one in log_weight])
        kept = rho[pick] ** (year - turns[-1])
        ahead = delta[pick] + kept * (part[:, -1] - delta[pick])
        ahead += s[pick] * np.sqrt(1 - kept**2) * rng.standard_normal(len(part))
        found[begin : begin + 500] = ahead
    return line_at(paths, year) + found


def flagships():
    """Year, log10 FLOP and programme of public and sovereign flagships that are not the line's."""
    in_trend = frontier_runs()[3]
    runs = [
        run
        for run in rows("national_runs")
        if run["from_scratch"] == "true"
        and run["verification"] != "unchecked"
        and run["funding"] in {"public", "sovereign"}
    ]
    runs.sort(key=lambda run: (run["published"], -float(run["training_flop"]), run["id"]))
    largest, kept = {}, []
    for run in runs:
        flop = float(run["training_flop"])
        if flop > largest.get(run["programme"], 0):
            largest[run["programme"]] = flop
            if run["training_run_id"] not in in_trend:
                kept.append((year_of(run["published"]), np.log10(flop), run["programme"]))
    years, log_flop, programmes = zip(*kept, strict=True)
    return np.array(years), np.array(log_flop), np.array(programmes)


def national(paths, year, rng, *, growing, spreads=400):
    """log10 FLOP of the line as many years earlier as a new flagship lags, given each path."""
    known = beliefs("updated")
    at, log_flop, programmes = flagships()
    behind = np.empty((len(paths), len(at)))
    for i, path in enumerate(np.maximum.accumulate(paths, axis=1)):
        behind[i] = at - np.interp(log_flop, path, YEARS)
    names = ["lag_level", "lag_growth"][: 1 + growing]
    loc, scale = (np.array([known[name][key] for name in names]) for key in ("loc", "scale"))
    basis = np.column_stack([np.ones_like(at), at - known["lag_pivot"]["value"]])[:, : len(names)]
    same = np.equal.outer(programmes, programmes).astype(float)
    omega, sigma = (
        known[f"lag_{name}_spread"]["scale"] * np.abs(rng.standard_normal(spreads))
        for name in ("programme", "run")
    )
    residual = behind - basis @ loc
    log_weight = np.empty((len(paths), spreads))
    gains, roots = [], []
    for i in range(spreads):
        noise = omega[i] ** 2 * same + (sigma[i] ** 2 + 1e-10) * np.eye(len(at))
        whole = noise + (basis * scale**2) @ basis.T
        lower = np.linalg.cholesky(whole)
        white = np.linalg.solve(lower, residual.T)
        log_weight[:, i] = -(white**2).sum(axis=0) / 2 - np.log(np.diag(lower)).sum()
        gain = (scale**2 * basis).T @ np.linalg.inv(whole)
        spread = np.diag(scale**2) - gain @ (basis * scale**2)
        values, vectors = np.linalg.eigh(spread)
        gains.append(gain)
        roots.append(vectors * np.sqrt(np.maximum(values, 0)))
    lag = np.empty(len(paths))
    for draw, weights in enumerate(log_weight):
        (i,) = _resample(weights, 1, rng)
        coefficients = loc + gains[i] @ residual[draw]
        coefficients = coefficients + roots[i] @ rng.standard_normal(len(names))
        since = np.array([1.0, year - known["lag_pivot"]["value"]])[: len(names)]
        new = np.hypot(omega[i], sigma[i]) * rng.standard_normal()
        lag[draw] = since @ coefficients + new
    return line_at(paths, year - lag)


def log_effective(log_flop, days):
    """log10 EFLOPS that deliver log10 FLOP in some days."""
    return log_flop - np.log10(86_400 * days) - 18


def laws(studies, name, count, rng, candidates=30_000, exponent_alone=False):
    """log10 N_opt at the pivot and exponents a and b of a law to come, by importance.

    One dense normal per candidate of the spreads: of the means, the laws of all sets of runs and
    the studies' own errors together.
    """
    known = beliefs(name)
    pivot = known["law_pivot_flop"]["value"]
    figures, sd, basis, runs = [], [], [], []
    for study in studies:
        rounding = 10.0 ** -int(study["decimals"]) / np.sqrt(12)
        error = np.hypot(known["law_unstated_sd"]["value"], rounding)
        if study["a_low"]:
            low, high, mass = (float(study[k]) for k in ("a_low", "a_high", "interval_mass"))
            z = NormalDist().inv_cdf(0.5 + mass / 2)
            printed = max(len(study[k].partition(".")[2]) for k in ("a_low", "a_high"))
            ends = 10.0**-printed / np.sqrt(12)
            error = np.hypot((high - low) / (2 * z), ends / np.sqrt(2) / z)
            if study["interval_kind"] == "subsample":
                error *= known["law_subsample_factor"]["value"]
            error = np.hypot(error, rounding)
        own_runs = study["id"] if exponent_alone else study["computed_from"]
        figures.append(float(study["a"]))
        sd.append(error)
        basis.append([0.0, 1.0])
        runs.append(own_runs)
        if study["size_parameters"] and not exponent_alone:
            figures.append(np.log10(float(study["size_parameters"])))
            sd.append(float(study["size_sd"] or known["law_unstated_size_sd"]["value"]))
            basis.append([1.0, np.log10(float(study["size_flop"]) / pivot)])
            runs.append(own_runs)
    basis, sd = np.array(basis), np.array(sd)
    same = np.array([[one == other for other in runs] for one in runs])
    prior = [known[key] for key in ("law_pivot_parameters", "law_exponent_mean")]
    mean = np.array([row["loc"] for row in prior])
    wide = np.diag([row["scale"] ** 2 for row in prior])
    size = known["law_size_spread"].get("scale", 0.0) * np.abs(rng.standard_normal(candidates))
    spread = known["law_exponent_spread"]["scale"] * np.abs(rng.standard_normal(candidates))
    eta = known["law_correlation"].get("shape", 2.0)
    correlation = 2 * rng.beta(eta, eta, candidates) - 1
    residual = np.array(figures) - basis @ mean
    log_weight = np.empty(candidates)
    between = np.empty((candidates, 2, 2))
    between[:, 0, 0], between[:, 1, 1] = size**2, spread**2
    between[:, 0, 1] = between[:, 1, 0] = correlation * size * spread
    means = np.empty((candidates, 2))
    left = np.empty((candidates, 2, 2))
    for i, sigma in enumerate(between):
        covariance = basis @ wide @ basis.T + (basis @ sigma @ basis.T) * same + np.diag(sd**2)
        gain = np.linalg.solve(covariance, basis @ wide)
        means[i] = mean + gain.T @ residual
        left[i] = wide - wide @ basis.T @ gain
        log_weight[i] = -np.linalg.slogdet(covariance)[1] / 2
        log_weight[i] -= residual @ np.linalg.solve(covariance, residual) / 2
    pick = _resample(log_weight, count, rng)
    total = np.linalg.cholesky(left[pick] + between[pick] + 1e-15 * np.eye(2))
    drawn = means[pick] + (total @ rng.standard_normal((count, 2, 1)))[..., 0]
    closure = known["law_closure"]["scale"] * rng.standard_normal(count)
    return drawn[:, 0], drawn[:, 1], 1 - drawn[:, 1] + closure


def flop_of_model(parameters, law, name):
    """log10 FLOP that an LLM of so many parameters needs by a law, with C = 6 N D."""
    log_n0, a, b = law
    pivot = beliefs(name)["law_pivot_flop"]["value"]
    log_c = np.log10(pivot) + (np.log10(parameters) - log_n0) / a
    log_d = np.log10(pivot) - np.log10(6) - log_n0 + b * (log_c - np.log10(pivot))
    return np.log10(6) + np.log10(parameters) + log_d
