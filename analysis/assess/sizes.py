"""Smallest machine of one kind that meets a need with a given assurance."""

from collections.abc import Sequence

import xarray as xr

from analysis.assess.offered import Offered
from analysis.levels import ASSURANCE
from analysis.loss import QUANTILE_METHOD
from analysis.monte_carlo import DRAWS, mcse_of_quantiles
from model.requirement import log10
from priors.documents import Json
from priors.units import FLOP_PER_EXAFLOP, FLOP_PER_TERAFLOP


def smallest_sizes(offered: Offered, levels: Sequence[float] = ASSURANCE) -> list[Json]:
    """Smallest machine of the same devices whose share for one campaign meets each need.

    The peak that is required is found draw by draw together with the number of devices
    (`model.delivered.efficiency`); its quantile at a probability is the size that suffices with
    that probability, as a larger machine never delivers less.

    Returns
    -------
    list of dict
        One row per target, year, length and precision, with `assurance`: probability →
        `peak_eflops` of the whole machine, its `mcse_log10`, `devices` and `megawatts` (None
        where no power is known).
    """
    peak = log10(offered.needed["peak_eflops"])
    keys = [f"{level:g}" for level in levels]
    found = peak.quantile(list(levels), DRAWS, method=QUANTILE_METHOD)
    errors = mcse_of_quantiles(peak, list(levels)).rename(probability="quantile")
    rows = []
    for at in points(peak):
        sizes, mcse = (
            table.sel(at).values.tolist() for table in (10**found / offered.share, errors)
        )
        of = {
            key: _size(offered, str(at["precision"]), one)
            for key, one in zip(keys, sizes, strict=True)
        }
        for key, error in zip(keys, mcse, strict=True):
            of[key]["mcse_log10"] = error
        rows.append({**at, "assurance": of})
    return rows


def points(quantity: xr.DataArray) -> list[dict[str, object]]:
    """Every combination of the labels of a quantity but those of draws, by target first."""
    order = [dim for dim in ("target", "year", "days", "precision") if dim in quantity.dims]
    found: list[dict[str, object]] = [{}]
    for dim in order:
        found = [{**one, dim: label} for one in found for label in quantity[dim].values.tolist()]
    return found


def _size(offered: Offered, precision: str, peak: float) -> Json:
    device = {str(name): value for name, value in offered.machine.device.tflops.items()}[precision]
    devices = peak * FLOP_PER_EXAFLOP / FLOP_PER_TERAFLOP / device
    return {
        "peak_eflops": peak,
        "devices": devices,
        "megawatts": offered.machine.of_size(devices).megawatts,
    }
