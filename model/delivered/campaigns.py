"""Published campaigns beside their steps, and goodput, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.gaussian import Array
from priors.elicit import printed_decimals, rounding_sd
from priors.evidence import Evidence
from priors.records.machines import CampaignRow, GoodputRow, UtilisationRow

#: A bound on the logit of a goodput that excludes nothing.
_NO_BOUND = -1e6


@dataclass(frozen=True)
class Campaigns:
    """What campaigns and goodput say.

    Attributes
    ----------
    log_ratios, ratio_sd
        Shape (campaign,): ln of campaign over step MFU, and the sd of its rounding.
    devices, moe
        Shape (campaign,): log10 of devices over the pivot, and whether it is a mixture of experts.
    stated
        Shape (campaign,): number of the goodput row of the same campaign, −1 without one.
    goodput
        Shape (goodput_row,): logit of the goodput; where only a bound is stated, 1 says that the
        goodput is at least `bounds` and −1 that it is not.
    bounds
        Shape (goodput_row,): logit of the bound; NaN where a value is stated.
    goodput_sd, goodput_devices, goodput_moe
        Shape (goodput_row,): sd of the rounding on the logit scale; devices and mixture as above.
    labels
        Names along campaign and goodput_row.
    """

    log_ratios: Array
    ratio_sd: Array
    devices: Array
    moe: Array
    stated: NDArray[np.intp]
    goodput: Array
    bounds: Array
    goodput_sd: Array
    goodput_devices: Array
    goodput_moe: Array
    labels: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, evidence: Evidence, device_pivot: float) -> Self:
        """Arrange rows of evidence.

        Parameters
        ----------
        evidence
            Campaigns that are checked and name a step, and the goodput rows in use.
        device_pivot
            Devices at which the goodput is stated.
        """
        steps = {row.id: row for row in evidence.utilisation}
        pairs = [
            (row, steps[row.step_id])
            for row in evidence.campaigns
            if row.verification != "unchecked" and row.step_id in steps
        ]
        known = [row for row in evidence.goodput if row.use == "goodput"]
        of_campaign = {row.campaign_id: i for i, row in enumerate(known)}
        bounded = np.array([row.bound != "value" for row in known], bool)
        kept = np.array([-1.0 if row.bound == "below" else 1.0 for row in known])
        shares = np.array([row.goodput for row in known], float)
        logit = np.log(shares / (1 - shares))
        rounding = np.array([rounding_sd(printed_decimals(row.goodput)) for row in known], float)
        return cls(
            log_ratios=np.log([row.efficiency / step.efficiency for row, step in pairs]),
            ratio_sd=np.array([_ratio_sd(*pair) for pair in pairs], float),
            devices=np.array([_devices(*pair) for pair in pairs], float) - np.log10(device_pivot),
            moe=np.array([float(row.is_moe) for row, _ in pairs]),
            stated=np.array([of_campaign.get(row.id, -1) for row, _ in pairs], np.intp),
            goodput=np.where(bounded, kept, logit),
            bounds=np.where(bounded, logit, np.nan),
            goodput_sd=rounding / (shares * (1 - shares)),
            goodput_devices=np.log10(_whole(known) / device_pivot),
            goodput_moe=np.array([float(row.architecture == "moe") for row in known]),
            labels={
                "campaign": tuple(row.id for row, _ in pairs),
                "goodput_row": tuple(row.id for row in known),
            },
        )

    def nothing(self) -> Self:
        """Return a copy without any row."""
        none = {name: getattr(self, name)[:0] for name in vars(self) if name != "labels"}
        return replace(self, **none, labels=dict.fromkeys(self.labels, ()))

    def arrays(self) -> dict[str, Array]:
        """Everything that the likelihood takes as data, by name (`model.delivered.goodput`)."""
        bounded = np.isfinite(self.bounds)
        logit = np.where(bounded, np.nan_to_num(self.bounds), self.goodput)
        side = np.where(bounded, self.goodput, 1.0)
        linked, row = self.stated >= 0, np.maximum(self.stated, 0)
        if not len(logit):
            linked, row = np.zeros_like(linked), np.zeros_like(row)
            logit_of = side_of = bounded_of = np.zeros(len(row))
        else:
            logit_of, side_of, bounded_of = logit[row], side[row], bounded[row].astype(float)
        known = linked * (1 - bounded_of)
        return {
            "goodput_logit": logit,
            "goodput_bounded": bounded.astype(float),
            "goodput_side": side,
            "goodput_sd": self.goodput_sd,
            "goodput_devices": self.goodput_devices,
            "goodput_moe": self.goodput_moe,
            "campaign_log_ratio": self.log_ratios,
            "campaign_sd": self.ratio_sd,
            "campaign_devices": self.devices,
            "campaign_moe": self.moe,
            "campaign_known": known,
            "campaign_logit": known * logit_of,
            "campaign_bound": np.where(linked & (bounded_of > 0), logit_of, _NO_BOUND),
            "campaign_side": np.where(linked & (bounded_of > 0), side_of, 1.0),
        }


def _whole(rows: Sequence[GoodputRow]) -> Array:
    return np.array([row.devices for row in rows], float)


def _devices(campaign: CampaignRow, step: UtilisationRow) -> float:
    """Return log10 of the devices of a campaign; those of its step where it states none."""
    return float(np.log10(float(campaign.devices or step.machine.devices)))


def _ratio_sd(campaign: CampaignRow, step: UtilisationRow) -> float:
    """Return the sd that the rounding of both shares leaves in ln of their ratio."""
    shares = (campaign.efficiency, step.efficiency)
    relative = [rounding_sd(printed_decimals(one)) / one for one in shares]
    return float(np.hypot(relative[0], relative[1]))
