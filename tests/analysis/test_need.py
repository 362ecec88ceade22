"""A requirement need apart, moved and put together again is the requirement of the estimate."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from unfitted import unfitted

from analysis.need import INPUTS, need_at
from analysis.sensitivity.elasticities import input_slopes, lever_slopes
from analysis.sensitivity.main_effect import main_effect
from analysis.sensitivity.tornado import tornado
from model.blocks import BLOCKS, swap_blocks
from model.requirement import log10
from model.targets import frontier_flop
from priors.errors import ScenarioError


@pytest.fixture(scope="module")
def fitted(evidence, priors):
    return {
        name: unfitted(name, evidence, priors, chains=2, draws=500)
        for name in ("updated", "roadmap", "pessimistic-hardware", "optimistic-hardware")
    } | {"fugakunext": unfitted("fugakunext", evidence, priors, chains=2, draws=500)}


@pytest.fixture(scope="module")
def need(fitted):
    """Of the target into which everything enters, with the number of devices given."""
    given = fitted["updated"].ask({"levers.devices": 15_000})
    return need_at(given, target="roadmap-chain", year=2031.5, days=60.0)


def with_form(fit, form):
    """The same draws with a straight line: no changes of the slope."""
    scenario = fit.scenario.override({"trend.form": form})
    posterior = fit.posterior.drop_vars(["trend_steps", "step"])
    return replace(fit, scenario=scenario, stored=xr.DataTree.from_dict({"posterior": posterior}))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "quantity", "changes"),
    [
        ("updated", "peak_eflops", {"levers.targets": ["lag"], "levers.lag_years": 2.5}),
        ("updated", "peak_eflops", {"levers.uptime": 0.9}),
        ("roadmap", "effective_eflops", {"levers.tokens_ratio": 3.0}),
        ("roadmap", "peak_eflops", {"levers.targets": ["frontier"]}),
        ("updated", "peak_eflops", {"levers.targets": ["model-size"]}),
        ("optimistic-hardware", "peak_eflops", {"levers.moe": True}),
        ("fugakunext", "peak_eflops", {}),
        ("updated", "peak_eflops", {"levers.targets": ["record"], "levers.tokens_ratio": 2.0}),
        ("updated", "peak_eflops", {"levers.targets": ["national"]}),
    ],
)
def test_the_answer_is_the_estimates(fitted, name, quantity, changes):
    one = fitted[name]
    one = one.ask({"levers.years": [2024.0, 2031.5], **changes})
    for year in (2024.0, 2031.5):
        need = need_at(one, quantity=quantity, year=year, days=40.0)
        expected = log10(one.required()[quantity]).sel(year=year, days=40.0)
        expected = expected.sel(target=one.scenario.levers.headline, drop=True)
        if "precision" in expected.dims:
            expected = expected.isel(precision=0)
        found = need.draws
        assert found.dims == ("chain", "draw")
        assert found.values == pytest.approx(expected.values, abs=1e-9)


def test_the_trends_three_inputs_are_the_path(fitted):
    """Frontier and growth at the end of the evidence, and what a bend after it adds."""
    one = fitted["updated"]
    need = need_at(one, year=2031.5)
    until = one.inputs.evidence_until
    path = log10(frontier_flop(one.posterior, np.array([until, 2027.0, 2031.5])))
    first, second, last = (path.isel(year=i, drop=True) for i in range(3))
    assert need.inputs["trend_frontier"].values == pytest.approx(first.values, abs=1e-9)
    growth = ((second - first) / (2027 - until)).values
    assert need.inputs["trend_growth"].values == pytest.approx(growth, abs=1e-8)
    steps = one.posterior["trend_steps"]
    part = [1.0, 1.0, 1.0, 1.0, 0.5]  # of the years 2027 to 2031
    bends = steps.sel(step=slice(2027, 2031)) - steps.sel(step=2026)
    later = (bends * xr.DataArray(part, {"step": bends["step"]}, ["step"])).sum("step")
    assert need.inputs["trend_later"].values == pytest.approx(later.values, abs=1e-8)
    total = need.inputs["trend_frontier"] + (2031.5 - until) * need.inputs["trend_growth"]
    assert (total + need.inputs["trend_later"]).values == pytest.approx(last.values, abs=1e-9)
    straight = need_at(with_form(one, "linear"), year=2031.5)
    assert abs(straight.inputs["trend_later"]).max() < 1e-9
    assert "trend_later" not in straight.active_inputs


def test_a_trend_without_runs_is_split_where_its_priors_stand(fitted):
    need = need_at(fitted["roadmap"])
    level = fitted["roadmap"].posterior["trend_level"]
    assert need.inputs["trend_frontier"].values == pytest.approx(level.values, abs=1e-9)
    assert need.inputs["trend_frontier"].attrs["long_name"] == "frontier of 2019.6"


@pytest.mark.slow
def test_what_enters(fitted, need):
    law = ["law_size", "law_a", "law_closure"]
    trend = ["trend_frontier", "trend_growth", "trend_later"]
    campaign = ["campaign_counting_new", "campaign_goodput", "campaign_goodput_devices"]
    campaign += ["campaign_goodput_new"]
    mfu = ["mfu_median", "mfu_devices", "mfu_new_system"]
    assert list(need.active_inputs) == [*trend, *law, *mfu, *campaign]

    def entering(name, **changes):
        return list(need_at(fitted[name], **changes).active_inputs)

    assert entering("updated", quantity="effective_eflops") == trend
    of_model = {"quantity": "effective_eflops", "target": "model-size"}
    assert entering("updated", **of_model) == law
    assert "mfu_hpc" in entering("pessimistic-hardware")
    assert "mfu_fp8" in entering("updated", precision="FP8")
    granted = {"mfu_fp8", "mfu_devices", *campaign[1:]}  # a regime takes these for granted
    assert not granted & set(entering("optimistic-hardware"))
    assert entering("updated", year=2020.0)[:2] == ["trend_frontier", mfu[0]]
    assert set(INPUTS) == set(need.inputs)


def test_questions_that_cannot_be_answered(fitted, evidence, priors):
    point = unfitted("roadmap-point", evidence, priors, chains=2, draws=50)
    with pytest.raises(ScenarioError, match="roadmap-point: found a point without uncertainty"):
        need_at(point)
    with pytest.raises(ScenarioError, match="FP8"):
        need_at(fitted["roadmap"], precision="FP8")
    with pytest.raises(ScenarioError, match="2010 and 2046"):
        need_at(fitted["updated"], year=2060.0)


def test_exchanged_blocks_come_from_the_other_draws(need):
    other = need.inputs.roll(draw=1).assign_attrs(trend_pivot=1.0, law_pivot_flop=2.0)
    mixed = swap_blocks(need.inputs, other, ["trend", "campaign"])
    for name in need.inputs:
        source = other if str(name).startswith(("trend_", "campaign_")) else need.inputs
        assert mixed[name].identical(source[name])
    assert (mixed.attrs["trend_pivot"], mixed.attrs["law_pivot_flop"]) == (1.0, 4e25)
    assert swap_blocks(need.inputs, other, []).identical(need.inputs)
    assert swap_blocks(need.inputs, other, BLOCKS)[list(other)].identical(other)
    with pytest.raises(ValueError, match="draw"):
        swap_blocks(need.inputs, other.isel(draw=slice(10)), ["law"])


def test_main_effect_averages_over_all_else(need):
    """Of a sum it is the block's term, up to a constant."""
    effect = main_effect(need.value, need.inputs, "campaign")
    inputs = need.inputs
    logit = inputs["campaign_goodput"] + inputs["campaign_goodput_new"]
    logit = logit - inputs["campaign_goodput_devices"] * np.log10(1.5)
    shift = effect + inputs["campaign_counting_new"] / np.log(10) - log10(1 + np.exp(-logit))
    assert float(shift.max() - shift.min()) < 1e-9
    assert float(effect.mean()) == pytest.approx(float(need.draws.mean()), abs=0.5)


def test_tornado_moves_one_input_at_a_time(need):
    names = list(map(str, need.active_inputs))
    bars = tornado(need.value, need.inputs, names)
    assert dict(bars["change"].sizes) == {"input": len(names), "probability": 2}
    middle = need.inputs.median().assign_attrs(need.inputs.attrs)
    base = float(need.value(middle))
    assert float(bars["at_medians"]) == base
    for name in names:
        for p in (0.05, 0.95):
            at = need.inputs[name].quantile(p, method="linear")
            moved = need.value(middle.assign({name: at.drop_vars("quantile")}))
            one = bars.sel(input=name, probability=p)
            assert float(one["change"]) == pytest.approx(float(moved) - base, abs=1e-12)
            assert float(one["at"]) == pytest.approx(float(at))
    counting = need.inputs["campaign_counting_new"]
    expected = [-(counting.quantile(p) - counting.median()) / np.log(10) for p in (0.05, 0.95)]
    found = bars["change"].sel(input="campaign_counting_new").values
    assert found == pytest.approx(np.array(expected), abs=1e-9)


# ------------------------------------------------------------------------------------------ slopes


def test_slopes_that_are_known(fitted, need):
    """The chain's derivatives: log10 C = … + (1 + b/a) (log10 N − n₀), N = A C*^0.5, by hand."""
    slopes = input_slopes(need)
    inputs = need.inputs
    b = 1 - inputs["law_a"] + inputs["law_closure"]
    steep = 0.5 * (1 + b / inputs["law_a"])
    expected = {
        "trend_frontier": steep,
        "trend_growth": steep * inputs.attrs["trend_ahead"],
        "trend_later": steep,
        "law_size": -2 * steep,
        "campaign_counting_new": -1 / np.log(10) + 0 * inputs["campaign_counting_new"],
    }
    for name, values in expected.items():
        for p in (0.05, 0.5, 0.95):
            found = float(slopes["slope"].sel(input=name, probability=p))
            assert found == pytest.approx(float(values.quantile(p)), rel=1e-5), name
    elasticity = slopes["elasticity"].sel(probability=0.5)
    assert float(elasticity.sel(input="campaign_counting_new")) == pytest.approx(-1, abs=1e-5)
    assert float(elasticity.sel(input="trend_frontier")) == pytest.approx(
        float(steep.median()), rel=1e-5
    )
    rise = inputs["law_a"] * np.log(10)
    by_hand = (slope_in_a(need) * rise).median()
    assert float(elasticity.sel(input="law_a")) == pytest.approx(float(by_hand), rel=1e-4)
    assert np.isnan(elasticity.sel(input=["trend_later", "law_closure", "mfu_new_system"])).all()
    assert float(slopes["sd"].sel(input="law_a")) == pytest.approx(float(inputs["law_a"].std()))


def slope_in_a(need):
    """∂ log10 C / ∂a = −(1 + closure) / a² · (log10 N − n₀)."""
    inputs, workload = need.inputs, need.scenario.workload
    frontier = (
        inputs["trend_frontier"]
        + inputs.attrs["trend_ahead"] * inputs["trend_growth"]
        + inputs["trend_later"]
    )
    log_n = np.log10(workload.coefficient) + workload.exponent * frontier
    return -(1 + inputs["law_closure"]) / inputs["law_a"] ** 2 * (log_n - inputs["law_size"])


def test_elasticity_of_step_mfu_is_minus_one_without_shifts(fitted):
    """In `roadmap` step MFU is its median alone; a share x % larger needs x % less."""
    slopes = input_slopes(need_at(fitted["roadmap"]))
    assert slopes["elasticity"].sel(input="mfu_median").values == pytest.approx([-1] * 3, abs=1e-5)


@pytest.mark.parametrize("quantity", ["effective_eflops", "peak_eflops"])
def test_levers_are_known_exactly(fitted, quantity):
    one = fitted["updated"].ask({"levers.devices": 15_000})
    need = need_at(one, quantity=quantity, year=2030.0)
    levers = lever_slopes(one, need)
    slope = levers["slope"]
    peak = quantity == "peak_eflops"
    for name, exact in {"days": -1.0, "uptime": -1.0 if peak else 0.0, "tokens_ratio": 1.0}.items():
        assert slope.sel(lever=name).values == pytest.approx([exact] * 3, abs=1e-8)
    assert (slope.sel(lever="devices") != 0).any() == peak
    years = {"levers.years": [2029.5, 2030.5], "levers.targets": ["frontier"]}
    year = log10(one.ask(years).required()[quantity].isel(days=0))
    growth = (year.sel(year=2030.5) - year.sel(year=2029.5)).squeeze()
    quantiles = growth.quantile([0.05, 0.5, 0.95], ("chain", "draw")).values
    assert slope.sel(lever="years").values == pytest.approx(quantiles.ravel(), abs=1e-9)
    units = dict(zip(levers["lever"].values, levers["unit"].values, strict=True))
    assert units["years"] == "dex/yr"
    assert units["days"] == "1"
    assert "lag_years" not in units


@pytest.mark.slow
def test_devices_that_follow_from_the_size_are_no_lever(fitted):
    """Twice the need takes more than twice the peak: more devices deliver less each.

    By 1 − (h (1 − g) − γ (1 − η)) / ln 10 per decade, of the draws that are not held.
    """
    one = fitted["updated"].ask({"levers.device_range": [1.0, 1e9]})
    need = need_at(one, year=2030.0)
    found = lever_slopes(one, need)["slope"]
    assert "devices" not in found["lever"]
    required = replace(one, scenario=need.scenario).required().squeeze(drop=True)
    draws, decades = one.posterior, np.log10(required["devices"] / 1e4)
    fall, slope = draws["campaign_goodput_devices"], draws["mfu_devices"]
    goodput = draws["campaign_goodput"] + draws["campaign_goodput_new"] - fall * decades
    mfu = draws["mfu_median"] + draws["mfu_new_system"] + slope * decades
    lost = fall / (1 + np.exp(goodput)) - slope / (1 + np.exp(mfu))
    by_hand = (-1 / (1 - lost / np.log(10))).where(required["held"] == 0, -1.0)
    for probability in (0.05, 0.5, 0.95):
        expected = float(by_hand.quantile(probability))
        assert float(found.sel(lever="days", probability=probability)) == pytest.approx(
            expected, rel=0.02
        )
    assert float(found.sel(lever="days", probability=0.5)) < -1.02


@pytest.mark.slow
def test_a_year_further_behind_is_a_year_earlier(fitted):
    one = fitted["updated"].ask({"levers.targets": ["lag"], "levers.lag_years": 2.0})
    slope = lever_slopes(one, need_at(one))["slope"]
    behind, later = (slope.sel(lever=name).values for name in ("lag_years", "years"))
    assert behind == pytest.approx(-later[::-1], abs=1e-9)


@pytest.mark.slow
def test_no_year_matters_to_a_model_of_given_size(fitted):
    one = fitted["fugakunext"]
    slope = lever_slopes(one, need_at(one, target="model-size"))["slope"]
    assert (slope.sel(lever="years") == 0).all()


@pytest.mark.slow
def test_an_exponent_near_nothing_stays_positive(need):
    """A step of the slope never makes an exponent negative, however wide its spread."""
    tiny = need.inputs["law_a"].where(need.inputs["draw"] > 0, 0.02)
    assert float(tiny.std()) * 1e-3 < 0.02
    other = type(need)(need.scenario, need.quantity, need.inputs.assign(law_a=tiny))
    found = input_slopes(other)["slope"].sel(input="law_a")
    expected = slope_in_a(other).quantile([0.05, 0.5, 0.95], ("chain", "draw"))
    assert found.values == pytest.approx(expected.values, rel=1e-3)
