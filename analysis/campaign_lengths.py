"""How long published campaigns took, and which of them say enough to be predicted."""

from dataclasses import dataclass

from model import chain
from priors.evidence import Evidence
from priors.records import CampaignRow
from priors.scenario import Dense
from priors.units import FLOP_PER_EXAFLOP, FLOP_PER_TERAFLOP

_HOURS_PER_DAY = 24

#: Precision of a row → the dense precision whose step MFU the model states; 16 bit is one.
DENSE: dict[str, Dense] = {"BF16": "BF16", "FP16": "BF16", "FP8": "FP8", "MXFP8": "FP8"}


@dataclass(frozen=True)
class Campaign:
    """A campaign of which machine, training FLOP and length are known.

    Attributes
    ----------
    training_flop
        As stated, else 6 × active parameters × tokens.
    peak_eflops
        Of all devices, at the dense precision of the row, EFLOPS.
    days
        Device-hours over devices, so that days on a part of the machine count as that part; the
        stated days where no device-hours are.
    open_hpc
        Whether the system's step-MFU row names an open HPC stack; hyperscale where none does.
    """

    row: CampaignRow
    devices: int
    training_flop: float
    peak_eflops: float
    days: float
    precision: Dense
    moe: bool
    open_hpc: bool


def known_campaigns(
    evidence: Evidence, precisions: tuple[Dense, ...]
) -> tuple[list[Campaign], dict[str, str]]:
    """Sort the campaigns into those that can be predicted and those that cannot.

    Parameters
    ----------
    precisions
        Dense precisions for which an efficiency is stated.

    Returns
    -------
    list of Campaign, dict
        In the order of the table; id → reason of every row that is left out.
    """
    stacks = {row.system: row.stack for row in evidence.utilisation}
    known: list[Campaign] = []
    excluded = {}
    for row in evidence.campaigns:
        campaign = _campaign(row, precisions, open_hpc=stacks.get(row.system) == "open-hpc")
        if isinstance(campaign, Campaign):
            known.append(campaign)
        else:
            excluded[row.id] = campaign
    return known, excluded


def _campaign(row: CampaignRow, precisions: tuple[Dense, ...], *, open_hpc: bool) -> Campaign | str:
    """Return the campaign, or the reason why there is none."""
    devices, peak, flop, days = row.devices, row.peak_tflops, _flop(row), _days(row)
    precision = DENSE.get(row.precision)
    if devices is None or peak is None or flop is None or days is None:
        needed = {"device count": devices, "peak": peak, "training FLOP": flop, "length": days}
        return ", ".join(f"no {name}" for name, value in needed.items() if value is None)
    if precision is None or precision not in precisions:
        return f"no efficiency is stated for {row.precision}"
    return Campaign(
        row=row,
        devices=devices,
        training_flop=flop,
        peak_eflops=devices * peak * FLOP_PER_TERAFLOP / FLOP_PER_EXAFLOP,
        days=days,
        precision=precision,
        moe=_is_moe(row),
        open_hpc=open_hpc,
    )


def _flop(row: CampaignRow) -> float | None:
    if row.training_flop is not None:
        return row.training_flop
    active = row.active_parameters or row.parameters
    if active is None or row.tokens is None:
        return None
    return float(chain.training_flop(active, row.tokens))


def _days(row: CampaignRow) -> float | None:
    if row.device_hours is not None and row.devices is not None:
        return row.device_hours / row.devices / _HOURS_PER_DAY
    return row.days


def _is_moe(row: CampaignRow) -> bool:
    return (
        row.active_parameters is not None
        and row.parameters is not None
        and row.active_parameters < row.parameters
    )
