"""Offered machine with draws of what it delivers and of what is needed."""

from dataclasses import dataclass, replace
from functools import cached_property

import xarray as xr

from analysis.fit import Fit
from model import chain
from model.delivered.delivery import delivery, with_failures
from model.requirement import requirement
from model.targets import trained_by, years_behind_line
from priors.errors import ScenarioError
from priors.levers import Levers
from priors.machine import Dense
from priors.offers import Failures, OfferedMachine
from priors.units import DAYS_PER_YEAR, HOURS_PER_DAY, MINUTES_PER_HOUR


@dataclass(frozen=True)
class Offered:
    """A machine, and the posterior that it is assessed with; nothing is fitted again.

    Attributes
    ----------
    fit
        Scenario with its posterior; its levers say what is asked.
    machine
        Its count is that of the whole machine, of which a campaign gets `machine.offer.share`.
    """

    fit: Fit
    machine: OfferedMachine

    @classmethod
    def of(cls, fit: Fit, machine: OfferedMachine) -> "Offered":
        """Put a question to a machine: its own device, build and precisions.

        Raises
        ------
        ScenarioError
            A precision that the device does not have; draws that are to be taken out at walls; a
            stated rate of failures where the efficiency is that of a whole campaign.
        """
        fit.require_whole("an assessment of a machine")
        for precision in fit.scenario.levers.precisions:
            machine.require(precision)
        failures = machine.offer.failures
        if failures is not None and fit.inputs.campaign_included:
            raise ScenarioError(
                f"machine {machine.id}, failures",
                f"a rate of failures with scenario {fit.scenario.name}",
                "a scenario whose efficiency is that of steps, such as updated",
            )
        build = machine.offer.open_hpc_stack
        levers: dict[str, object] = {
            "levers.device": machine.device.model_dump(),
            "levers.devices": "from-size",
        }
        if build is not None:
            levers["levers.open_hpc_stack"] = build
        asked = fit.ask(levers)
        return cls(asked if failures is None else _failing(asked, machine, failures), machine)

    @property
    def share(self) -> float:
        """Share of the machine that one campaign gets."""
        return self.machine.offer.share

    @property
    def devices(self) -> float:
        """Devices that train one model."""
        return self.machine.count * self.share

    @property
    def levers(self) -> Levers:
        """Levers of the scenario, for as many of the machine's devices as a size takes."""
        return self.fit.scenario.levers

    @property
    def draws(self) -> xr.Dataset:
        """Posterior, with the machine's own rate of failures where it states one."""
        return self.fit.posterior

    @cached_property
    def delivery(self) -> xr.Dataset:
        """Shares of the peak that a campaign delivers; dims chain, draw and precision."""
        return delivery(self.draws, self.levers, self.devices)

    @cached_property
    def peak(self) -> xr.DataArray:
        """Dense peak that one campaign gets, EFLOPS; dim precision."""
        names = list(self.levers.precisions)
        peaks = [self.share * self.machine.peak_eflops[name] for name in names]
        return xr.DataArray(peaks, {"precision": names}, "precision")

    @cached_property
    def effective(self) -> xr.DataArray:
        """What a campaign delivers, EFLOPS; dims chain, draw and precision."""
        return self.peak * self.delivery["efficiency"]

    @cached_property
    def needed(self) -> xr.Dataset:
        """What each target requires, as `model.requirement.requirement` describes it."""
        return requirement(self.draws, self.fit.scenario.workload, self.levers)

    @cached_property
    def days_to_train(self) -> xr.DataArray:
        """Days in which the machine trains each target; dims chain, draw, precision, target, year.

        The inverse of the requirement: a target that is trained in so many days is needed with
        the effective EFLOPS of the machine.
        """
        per_day = chain.effective_eflops(self.needed["training_flop"], 1.0)
        days: xr.DataArray = per_day / self.effective
        return days

    def flop_in(self, days: xr.DataArray | float) -> xr.DataArray:
        """Training FLOP of a campaign of so many days."""
        flop: xr.DataArray = chain.flop_of_campaign(self.effective, days)
        return flop

    def largest_model(self, days: float) -> xr.Dataset:
        """Compute-optimal LLM that takes a campaign of so many days: parameters and tokens."""
        largest = trained_by(self.flop_in(days), self.draws, self.levers)
        return xr.Dataset({"parameters": largest.parameters, "tokens": largest.tokens})

    def years_behind(self, year: float, days: float, precision: Dense) -> xr.DataArray:
        """Years by which what the machine trains lies behind the frontier of a year.

        Negative where it lies ahead; dims chain and draw.
        """
        flop = self.flop_in(days).sel(precision=precision, drop=True)
        return years_behind_line(self.draws, year, flop / self.levers.tokens_ratio)

    def megawatt_hours(self, days: xr.DataArray | float) -> xr.DataArray | float | None:
        """Energy of a campaign on its share of the machine, MWh; None where no power is known."""
        power = self.machine.megawatts
        return None if power is None else power * self.share * HOURS_PER_DAY * days

    def cost(self, days: xr.DataArray | float) -> xr.DataArray | float | None:
        """Price written off over a campaign, and its electricity, as far as they are stated.

        None where no price is known.
        """
        cost, price = self.machine.offer.cost, self.machine.price
        if cost is None or price is None:
            return None
        spent = price * self.share * days / (cost.lifetime_years * DAYS_PER_YEAR)
        energy = self.megawatt_hours(days)
        if cost.per_megawatt_hour is not None and energy is not None:
            spent = spent + cost.per_megawatt_hour * energy
        return spent


def _failing(fit: Fit, machine: OfferedMachine, failures: Failures) -> Fit:
    """Return the fit with draws of the goodput that the stated failures leave."""
    draws = with_failures(
        fit.posterior,
        machine.count * machine.offer.share,
        device_hours=failures.device_hours,
        checkpoint_hours=failures.checkpoint_minutes / MINUTES_PER_HOUR,
        restart_hours=failures.restart_minutes / MINUTES_PER_HOUR,
    )
    groups = {str(name): group.to_dataset() for name, group in fit.stored.children.items()}
    return replace(fit, stored=xr.DataTree.from_dict({**groups, "posterior": draws}))


def campaign_lengths(levers: Levers) -> list[float]:
    """Days of the campaigns that are asked.

    Raises
    ------
    ScenarioError
        The length is the frontier's: a machine is assessed for so many days.
    """
    if levers.run_length == "frontier":
        raise ScenarioError(
            "--days", "frontier", "numbers of days: a machine is assessed for these"
        )
    return list(levers.days)
