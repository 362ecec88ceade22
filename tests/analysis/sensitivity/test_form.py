"""Share and worth of the form of the trend, where both are known."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from analysis.loss import best_size
from analysis.sensitivity.form import form_of_trend
from priors.costs import load_loss

CHAINS, DRAWS = 4, 5000


@pytest.fixture(scope="module")
def code():
    """Forms with weights 0.4, 0.3, 0 and 0.3."""
    rng = np.random.default_rng(0)
    drawn = rng.choice([0, 1, 3], size=(CHAINS, DRAWS), p=[0.4, 0.3, 0.3])
    return xr.DataArray(drawn.astype(float), dims=("chain", "draw"))


def ask(code, draws):
    fit = SimpleNamespace(posterior=xr.Dataset({"trend_form": code}))
    return form_of_trend(fit, SimpleNamespace(draws=draws), load_loss())


def noise(sd):
    rng = np.random.default_rng(1)
    return xr.DataArray(sd * rng.standard_normal((CHAINS, DRAWS)), dims=("chain", "draw"))


def test_what_the_form_decides_alone_is_worth_all(code):
    need = code * 0.5
    found = ask(code, need)
    assert found["share"] == pytest.approx(1.0)
    assert found["evppi"] == pytest.approx(float(best_size(need, load_loss())["evpi"]))
    assert [row["form"] for row in found["forms"]] == ["linear", "drifting", "saturating"]
    assert sum(row["weight"] for row in found["forms"]) == pytest.approx(1)
    assert {row["quantiles"]["0.5"] for row in found["forms"]} == {1.0, 10**0.5, 10**1.5}


def test_what_does_not_depend_on_the_form_is_worth_nothing(code):
    """The share of three labels without meaning is about 2 / draws."""
    found = ask(code, noise(1.0))
    assert 0 <= found["share"] < 20 / (CHAINS * DRAWS)
    assert found["evppi"] < 4 * found["evppi_mcse"] + 1e-3


def test_the_share_is_that_of_the_means(code):
    """Var of the means (0, 0.5, 1.5) by weight, 0.3825, beside noise of variance 1."""
    found = ask(code, code * 0.5 + noise(1.0))
    means, weights = np.array([0.0, 0.5, 1.5]), np.array([0.4, 0.3, 0.3])
    between = weights @ means**2 - (weights @ means) ** 2
    expected = between / (between + 1)
    assert found["share"] == pytest.approx(expected, abs=4 * found["share_mcse"])
    assert 0 < found["share_mcse"] < 0.02


def test_forms_that_differ_in_width_alone_are_worth_something(code):
    """No share of the variance between means, and yet another best size for each."""
    width = xr.where(code == 0, 0.2, 2.0)
    found = ask(code, noise(1.0) * width)
    assert found["share"] < 0.01
    assert found["evppi"] > 4 * found["evppi_mcse"]


def test_one_form_is_no_question(code):
    fit = SimpleNamespace(posterior=xr.Dataset({"trend_level": code}))
    assert form_of_trend(fit, SimpleNamespace(draws=code), load_loss()) is None
