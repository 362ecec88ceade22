"""Published campaigns with known machine, training FLOP and length."""

from dataclasses import dataclass

from priors.evidence import Evidence
from priors.machine import DENSE, Dense, Machine
from priors.records.machines import CampaignRow


@dataclass(frozen=True)
class Campaign:
    """A campaign that says enough to be predicted.

    Attributes
    ----------
    machine
        With the peak of its devices; its stack is that of the system's step-MFU row, a
        hyperscaler's where there is none.
    training_flop
        As stated, else 6 × active parameters × tokens.
    days
        Device-hours over devices, so that days on a part of the machine count as that part; the
        stated days where no device-hours are.
    """

    row: CampaignRow
    machine: Machine
    training_flop: float
    days: float


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
        open_hpc = stacks.get(row.system) == "open-hpc"
        campaign = _campaign(row, precisions, open_hpc_stack=open_hpc)
        if isinstance(campaign, Campaign):
            known.append(campaign)
        else:
            excluded[row.id] = campaign
    return known, excluded


def _campaign(
    row: CampaignRow, precisions: tuple[Dense, ...], *, open_hpc_stack: bool
) -> Campaign | str:
    """Return the campaign, or the reason why there is none."""
    devices, peak, flop, days = row.devices, row.peak_tflops, row.flop, row.length_days
    precision = DENSE.get(row.precision)
    if devices is None or peak is None or flop is None or days is None:
        needed = {"device count": devices, "peak": peak, "training FLOP": flop, "length": days}
        return ", ".join(f"no {name}" for name, value in needed.items() if value is None)
    if precision is None or precision not in precisions:
        return f"no efficiency is stated for {row.precision}"
    machine = Machine(
        devices=devices,
        moe=row.is_moe,
        open_hpc_stack=open_hpc_stack,
        precision=precision,
        peak_tflops=peak,
    )
    return Campaign(row=row, machine=machine, training_flop=flop, days=days)
