"""Consistency checks of the evidence across rows, tables and sources."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta

from analysis.evidence_check.finding import Finding, flag
from priors.evidence import Evidence
from priors.records.machines import EfficiencyRow
from priors.records.row import Row
from priors.sources import slug
from priors.units import DAYS_PER_YEAR, HOURS_PER_DAY, decimal_year

#: Kinds of source that compile figures of others, or go on changing.
_COMPILED = {"dataset", "repository"}
#: Dense precision → precisions of the same peak.
_SAME_PEAK: dict[str, tuple[str, ...]] = {"BF16": ("BF16", "FP16"), "FP8": ("FP8", "MXFP8", "INT8")}
#: Name of the check of dense peaks.
PEAK_CHECK = "one dense peak per device"
#: Kinds of step-MFU rows that are of a whole campaign.
_CAMPAIGNS_OF = {"production", "hpc"}


def _one_dense_peak(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Compare the dense peak of an accelerator at a precision with the one that is known of it.

    That is the peak in `accelerators.csv`, or else that of most other rows. Of two that equally
    many rows state, the smaller one is taken as dense: a sparse peak is twice the dense one.
    """
    published = _dense_peaks(evidence)
    by_device: dict[tuple[str, str], list[tuple[str, EfficiencyRow, float]]] = defaultdict(list)
    tables: dict[str, tuple[EfficiencyRow, ...]] = {
        "utilisation": evidence.utilisation,
        "campaigns": evidence.campaigns,
    }
    for table, rows in tables.items():
        for row in rows:
            if row.peak_tflops is not None:
                by_device[row.accelerator, row.precision].append((table, row, row.peak_tflops))
    for (device, precision), known in by_device.items():
        stated = Counter(peak for *_, peak in known)
        usual = min(peak for peak, count in stated.items() if count == max(stated.values()))
        expected = published.get((_device(device), precision), usual)
        allowed = limit["dense_peak"] if expected != usual else 0.0
        for table, row, peak in known:
            yield from flag(
                PEAK_CHECK,
                table,
                row,
                found=peak,
                expected=expected,
                allowed=allowed,
            )


def _device(name: str) -> str | None:
    """Name of a device as an id, without the socket and the memory, which leave its peak alone."""
    return re.sub(r"(-(sxm\d?|\d+-?gb))+$", "", slug(name) or "") or None


def _dense_peaks(evidence: Evidence) -> dict[tuple[str | None, str], float]:
    """Device, by its id or its name, and precision → dense peak in TFLOP/s."""
    peaks: dict[tuple[str | None, str], float] = {}
    for row in evidence.accelerators:
        for precision, peak in row.tflops.items():
            for name in {row.id, _device(row.accelerator)}:
                for same in _SAME_PEAK[precision]:
                    peaks[name, same] = peak
    return peaks


def _device_hours(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Device-hours = devices × days × 24, where a campaign states all three."""
    for row in evidence.campaigns:
        if row.device_hours is not None and row.devices is not None and row.days is not None:
            yield from flag(
                "device-hours = devices × days",
                "campaigns",
                row,
                found=row.device_hours,
                expected=row.devices * row.days * HOURS_PER_DAY,
                allowed=limit["device_hours"],
            )


def _devices_of_the_steps(evidence: Evidence, _: dict[str, float]) -> Iterator[Finding]:
    """Compare the devices of a campaign with those on which its steps were measured."""
    measured: dict[str, set[int]] = defaultdict(set)
    for step in evidence.utilisation:
        if step.devices is not None and step.kind in _CAMPAIGNS_OF:
            measured[step.system].add(step.devices)
    for row in evidence.campaigns:
        known = measured[row.system]
        checked = row.devices is not None and row.verification != "unchecked"
        if known and checked and row.devices not in known:
            yield Finding(
                check="devices of its steps",
                table="campaigns",
                row=row.id,
                found=float(row.devices or 0),
                expected=float(max(known)),
                acknowledged=row.erratum,
            )


def _rate_of_the_steps(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Devices × hours × rate of the steps = FLOP, up to what a campaign usually loses.

    A campaign outside these bounds has a wrong number of devices, a length that is not its own, or
    a reason to be told. One that agrees to the last digit has its length from that very rate.
    """
    steps = {row.id: row for row in evidence.utilisation}
    for row in evidence.campaigns:
        step = None if row.step_id is None else steps.get(row.step_id)
        if step is None:
            continue
        ratio = row.efficiency / step.efficiency
        if not limit["least_of_the_steps"] <= ratio <= limit["most_of_the_steps"]:
            check = "FLOP = devices × hours × rate"
        elif abs(ratio - 1) < limit["circular"]:
            check = "length not from the rate"
        else:
            continue
        yield Finding(check, "campaigns", row.id, row.efficiency, step.efficiency, row.erratum)


def _inferred_length(evidence: Evidence, _: dict[str, float]) -> Iterator[Finding]:
    """Look for campaigns compared with their steps whose length follows from an efficiency."""
    inferred = {row.system: row for row in evidence.run_lengths if row.basis == "efficiency"}
    for row in evidence.campaigns:
        length = inferred.get(row.system)
        if length is not None and row.step_id is not None:
            yield Finding(
                check="length not from an efficiency",
                table="campaigns",
                row=row.id,
                found=row.length_days or 0.0,
                expected=length.days,
                acknowledged=row.erratum,
            )


def _dated_before_the_source(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Look for figures of the model that are dated before the source in which they stand.

    `--as-of` would know them too early. A source bears the last day of a month where only the
    month is known. Databases compile older figures, and their rows bear the older date.
    """
    for table, row in _entering(evidence):
        source = evidence.sources.by_id[row.source]
        month_only = (source.published + timedelta(days=1)).day == 1
        allowed = limit["dated_early_days"] if month_only else 0
        early = (source.published - row.published).days
        if source.kind not in _COMPILED and early > allowed and not row.dated_by:
            yield Finding(
                check="not dated before its source",
                table=table,
                row=row.id,
                found=row.year,
                expected=decimal_year(source.published),
                acknowledged=row.erratum,
            )


def _entering(evidence: Evidence) -> Iterator[tuple[str, Row]]:
    """Rows that enter a model, with their table."""
    paired = {row.step_id for row in evidence.campaigns}
    yield from (("training_runs", row) for row in evidence.training_runs)
    yield from (("national_runs", row) for row in evidence.national_runs)
    yield from (("scaling_studies", row) for row in evidence.scaling_studies if row.set != "listed")
    yield from (
        ("utilisation", row)
        for row in evidence.utilisation
        if row.use == "step-mfu" or row.id in paired
    )
    yield from (("campaigns", row) for row in evidence.campaigns)
    yield from (("goodput", row) for row in evidence.goodput if row.use == "goodput")
    yield from (("run_lengths", row) for row in evidence.run_lengths if row.use == "frontier")


def _one_run_in_two_tables(evidence: Evidence, limit: dict[str, float]) -> Iterator[Finding]:
    """Look for national runs that are training runs under the same name, or one name within it.

    A run that the line is fitted to must not speak of the lag behind it as well.
    """
    by_name = {_bare(run.system): run for run in evidence.training_runs}
    for row in evidence.national_runs:
        run = by_name.get(_bare(row.system))
        if run is None or row.training_run_id is not None:
            continue
        if abs(run.year - row.year) < limit["same_run_days"] / DAYS_PER_YEAR:
            yield Finding(
                check="one run in two tables",
                table="national_runs",
                row=row.id,
                found=row.training_flop,
                expected=run.training_flop,
                acknowledged=row.erratum,
            )


def _bare(name: str) -> str:
    """Letters and digits of a name."""
    return (slug(name) or name).replace("-", "")


#: Every check, in the order in which findings are listed.
CHECKS = (
    _one_dense_peak,
    _device_hours,
    _devices_of_the_steps,
    _rate_of_the_steps,
    _inferred_length,
    _dated_before_the_source,
    _one_run_in_two_tables,
)
