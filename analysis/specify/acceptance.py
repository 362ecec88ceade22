"""Acceptance test: the rate on few devices that makes a need met."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from analysis.assess.offered import Offered
from analysis.loss import QUANTILE_METHOD
from analysis.monte_carlo import DRAWS
from model import chain
from model.delivered.delivery import delivery
from priors.acceptance import AcceptanceTest
from priors.machine import Dense
from priors.units import FLOP_PER_PARAMETER_TOKEN, FLOP_PER_TERAFLOP


@dataclass(frozen=True)
class Tested:
    """A machine of known size whose step MFU has been measured on a part of it.

    The measurement takes the place of what the model foretells of the step MFU there; its
    fall from there to full scale, counting of FLOP and goodput stay uncertain.

    Attributes
    ----------
    offered
        The machine, with the levers of one target, year, length and precision.
    test
        Model and devices of the measurement.
    """

    offered: Offered
    test: AcceptanceTest

    @property
    def precision(self) -> Dense:
        """Precision of the measurement."""
        return self.offered.levers.precisions[0]

    @cached_property
    def _scale(self) -> xr.DataArray:
        """Change of the logit of step MFU from the test to full scale, per draw."""
        many = self.offered.delivery["step_mfu"]
        change: xr.DataArray = _logit(many) - _logit(self._few)
        return change.sel(precision=self.precision, drop=True)

    @cached_property
    def _few(self) -> xr.DataArray:
        """Step MFU in the test, per draw and precision."""
        levers, draws = self.offered.levers, self.offered.draws
        return delivery(draws, levers, float(self.test.devices))["step_mfu"]

    @cached_property
    def _rest(self) -> xr.DataArray:
        """Share that counting, goodput and uptime leave of the steps', per draw."""
        parts = self.offered.delivery.sel(precision=self.precision, drop=True)
        rest: xr.DataArray = parts["counting"] * parts["goodput"] * parts["uptime"]
        return rest

    @cached_property
    def _need(self) -> xr.DataArray:
        need = self.offered.needed["effective_eflops"]
        one: xr.DataArray = need.isel(target=0, year=0, days=0, drop=True)
        return one

    @cached_property
    def expected(self) -> xr.DataArray:
        """Step MFU in the test that the model foretells, per draw."""
        found: xr.DataArray = self._few.sel(precision=self.precision, drop=True)
        return found

    def effective(self, mfu: float) -> xr.DataArray:
        """Effective EFLOPS at full scale, where the test has had this step MFU."""
        peak = float(self.offered.peak.sel(precision=self.precision))
        at_scale: xr.DataArray = chain.share(np.log(mfu / (1 - mfu)) + self._scale)
        return peak * at_scale * self._rest

    def met(self, mfu: float) -> xr.DataArray:
        """Whether the need is met at full scale, per draw."""
        return self.effective(mfu) >= self._need

    def days(self, mfu: float) -> xr.DataArray:
        """Days that the target takes at full scale, per draw."""
        days: xr.DataArray = self._need * self.offered.levers.days[0] / self.effective(mfu)
        return days

    @cached_property
    def required(self) -> xr.DataArray:
        """Logit of the step MFU in the test with which the need is met, per draw; ∞ where none."""
        peak = float(self.offered.peak.sel(precision=self.precision))
        share = (self._need / (peak * self._rest)).clip(max=1.0)
        with np.errstate(divide="ignore"):
            logit: xr.DataArray = _logit(share) - self._scale
        return logit

    def threshold(self, assurance: float) -> float | None:
        """Step MFU in the test from which on the need is met with a probability; None: no such.

        The smallest one is the quantile of what is required.
        """
        logit = float(self.required.quantile(assurance, DRAWS, method=QUANTILE_METHOD))
        return float(chain.share(logit)) if np.isfinite(logit) else None

    def tokens_per_second(self, mfu: float) -> float:
        """Rate of the test's model at a step MFU: 6 N FLOP per token (Kaplan et al. 2020)."""
        return self._flop_per_second * mfu / (FLOP_PER_PARAMETER_TOKEN * self.test.parameters)

    def mfu_of(self, tokens_per_second: float) -> float:
        """Step MFU of a rate, the inverse."""
        per_token = FLOP_PER_PARAMETER_TOKEN * self.test.parameters
        return tokens_per_second * per_token / self._flop_per_second

    @property
    def _flop_per_second(self) -> float:
        """Peak of the devices of the test, FLOP/s."""
        tflops = self.offered.machine.device.tflops[self.precision]
        return self.test.devices * tflops * FLOP_PER_TERAFLOP


def _logit(share: xr.DataArray) -> xr.DataArray:
    return share.copy(data=np.log(share.values) - np.log1p(-share.values))
