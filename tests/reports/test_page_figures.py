"""Figures of the report: they show their numbers, and no label covers another or is cut."""

import re

import numpy as np
import pytest
from labels import texts_cut_off, texts_that_overlap
from matplotlib.backends.backend_agg import FigureCanvasAgg
from pictures import FOLDER, pictures, texts
from report_run import report_run

from analysis.report.exceedance import exceedance_curves
from analysis.report.stored import from_json, to_json
from analysis.report.trend import trend_fan
from analysis.words import LANGUAGES, speaking
from model.requirement import requirement
from reports.figures.estimate import exceedance
from reports.figures.style import svg, typeset
from reports.page.drawn import SIZES, drawings

pytestmark = pytest.mark.slow

NAMES = ("exceedance", "trend", "law", "efficiency", "drivers", "regimes", "assessed")


@pytest.fixture(scope="module")
def run():
    return report_run()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_no_label_covers_another_or_is_cut(run, language, size, name):
    with speaking(language):
        figure = drawings(run.finished.page, run.finished.summary)[name](size)
    FigureCanvasAgg(figure)
    assert texts_that_overlap(figure) == []
    assert texts_cut_off(figure) == []


def test_a_label_on_another_is_found(run):
    figure = drawings(run.finished.page, run.finished.summary)["law"]("wide")
    axes = figure.axes[0]
    axes.text(0.5, 3, "one")
    axes.text(0.5, 3, "other")
    assert ("other", "one") in texts_that_overlap(figure)


def test_the_curve_is_that_of_the_draws(run):
    """P(more than x) read off the curve is the share of draws above x, within 0.005."""
    curves = exceedance_curves(run.lead)
    required = run.lead.required()["effective_eflops"].isel(year=0, days=-1)
    for target in curves["target"].values:
        draws = required.sel(target=target).values.ravel()
        for probability in (0.9, 0.5, 0.1):
            curve = curves["effective_eflops"].sel(target=target)
            here = curve.sel(exceedance=probability, method="nearest")
            assert abs((draws > here.values.item()).mean() - probability) < 0.006


def test_the_factors_of_the_bridge_multiply_to_the_efficiency(run):
    bridge = from_json(run.finished.page["efficiency"])
    means = bridge["log10_mean"]
    factors = means.drop_sel(factor="efficiency").sum()
    np.testing.assert_allclose(factors, means.sel(factor="efficiency"), rtol=1e-9)


def test_regimes_are_what_each_scenario_requires(run):
    """The lead's row is the estimate's own."""
    table = from_json(run.finished.page["regimes"])
    row = next(
        row
        for row in run.finished.summary["scenarios"]["updated"]["results"]
        if row["target"] == "model-size"
        and row["quantity"] == "effective_eflops"
        and row["days"] == 80
    )
    found = table["effective_eflops"].sel(scenario="updated", probability=0.5)
    np.testing.assert_allclose(found, row["quantiles"]["0.5"], rtol=1e-9)
    assert {"optimistic-hardware", "pessimistic-hardware"} <= set(table["scenario"].values)


def test_shares_of_the_width_add_up(run):
    widths = from_json(run.finished.page["drivers"])
    error = float((widths["share_mcse"] ** 2).sum() ** 0.5)
    assert abs(float(widths["share"].sum()) - 1) < 4 * error + 1e-6


def test_the_fan_goes_to_2035_and_its_median_is_the_estimates(run):
    fan = trend_fan(run.lead)
    assert fan["year"].values[-1] == 2035
    assert int(fan["in_fit"].sum()) == len(run.lead.trend_runs)
    draws = requirement(
        run.lead.posterior, run.lead.scenario.workload, run.lead.scenario.levers.only("frontier")
    )["training_flop"]
    median = np.log10(draws.isel(target=0, year=0, drop=True).median())
    np.testing.assert_allclose(fan["line"].sel(year=2030, probability=0.5), median, atol=1e-9)


def test_a_dataset_survives_its_file(run):
    curves = exceedance_curves(run.lead)
    assert from_json(to_json(curves)).equals(curves)


def test_the_same_figure_is_the_same_bytes_and_no_id_is_shared(run):
    curves = exceedance_curves(run.lead)
    one, again, other = (
        svg(exceedance(curves, asked=run.lead.asked), salt) for salt in ("a", "a", "b")
    )
    assert one == again
    ids = [set(re.findall(r'id="([^"]+)"', part)) for part in (one, other)]
    assert ids[0].isdisjoint(ids[1])


@pytest.mark.parametrize(
    ("plain", "shown"),
    [
        ("3.2e4 and 5.2e+15 FLOP", "3.2×10⁴ and 5.2×10¹⁵ FLOP"),
        ("1e-3", "1×10⁻³"),
        ("3.0e+26より", "3.0×10²⁶より"),
        ("a3e5", "a3e5"),
    ],
)
def test_powers_of_ten_are_typeset(plain, shown):
    assert typeset(plain) == shown


def test_the_pictures_of_the_readme_are_those_of_the_default_run():
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    for name, picture in pictures().items():
        assert f"docs/pictures/{name}.svg" in readme
        kept = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
        assert len(texts(kept)) > 10
        assert texts(kept) == texts(picture)
