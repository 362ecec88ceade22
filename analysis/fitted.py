"""A scenario with its posterior: what every question after the fit is asked of."""

from dataclasses import dataclass

import xarray as xr

from model.requirement import requirement
from priors.scenario import Scenario


@dataclass(frozen=True)
class Fitted:
    """A scenario with its posterior, dims chain and draw."""

    scenario: Scenario
    posterior: xr.Dataset

    def required(self) -> xr.Dataset:
        """Apply the chain with the scenario's own levers."""
        return requirement(self.posterior, self.scenario.workload, self.scenario.levers)
