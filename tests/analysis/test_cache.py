"""The cache of fits: what a fit depends on is its key, what is damaged is never used."""

import multiprocessing
import os
import warnings
from dataclasses import replace
from datetime import date
from pathlib import Path

import netCDF4
import pytest
import xarray as xr

from analysis import fit as fitting
from analysis.cache import Cache, CacheWarning, default_cache, fit_key
from analysis.fit import draw_posterior, fit_scenarios
from model.sampling.sampler import Sampler
from priors.scenario import load_scenario

SMALL = Sampler(draws=100, chains=2)


@pytest.fixture(scope="module")
def tree(evidence, priors):
    return draw_posterior(load_scenario("roadmap"), evidence, priors, SMALL, seed=3)


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def same(first, other):
    for group in ("posterior", "sample_stats", "observed_data"):
        xr.testing.assert_identical(first[group].to_dataset(), other[group].to_dataset())


def test_what_is_kept_is_read_back_as_it_was(cache, tree):
    assert cache.read("a") is None
    cache.write("a", tree)
    same(cache.read("a"), tree)
    assert [path.name for path in cache.folder.iterdir()] == ["a.nc"]
    assert cache.clear() == 1
    assert cache.read("a") is None


def test_the_key_is_what_a_posterior_depends_on(evidence, priors):
    def key(changes=(), name="updated", known=evidence, believed=priors, sampler=SMALL, seed=1):
        scenario = load_scenario(name).override(dict(changes))
        return fit_key(scenario, known, believed, sampler, seed)

    levers = {
        "levers.years": [2031.0],
        "levers.days": [7.0],
        "levers.lag_years": 1.0,
        "levers.tokens_ratio": 2.0,
        "levers.precisions": ["FP8"],
        "levers.devices": 10,
        "levers.moe": True,
        "levers.open_hpc_stack": True,
        "levers.uptime": 0.5,
        "levers.targets": ["roadmap-chain"],
    }
    for lever, value in levers.items():
        assert key({lever: value}) == key(), lever
    assert key(name="fugakunext") == key()
    assert key(sampler=replace(SMALL, cores=1, tune=7, target_accept=0.5)) == key()
    other = [
        key({"as_of": date(2024, 1, 1)}),
        key({"trend.form": "linear"}),
        key({"trend.since": 2018.0}),
        key({"law.studies": "roadmap"}),
        key(name="roadmap"),
        key(known=replace(evidence, digests={**evidence.digests, "campaigns": "x"})),
        key(known=evidence.known_on(date(2025, 1, 1))),
        key(believed=replace(priors, digest="x")),
        key(sampler=replace(SMALL, draws=101)),
        key(sampler=replace(SMALL, chains=1)),
        key(sampler=replace(SMALL, name="nuts")),
        key(seed=2),
    ]
    assert len({key(), *other}) == len(other) + 1


def test_a_question_about_levers_fits_nothing(cache, evidence, priors, monkeypatch):
    scenario = load_scenario("roadmap")
    first = fit_scenarios([scenario], evidence, priors, SMALL, seed=3, cache=cache)
    monkeypatch.setattr(fitting, "draw_posterior", None)
    asked = scenario.override({"levers.days": [11.0], "levers.lag_years": 2.0})
    again = fit_scenarios([asked], evidence, priors, SMALL, seed=3, cache=cache)
    same(first[0].stored, again[0].stored)


def test_scenarios_with_one_posterior_are_fitted_once(evidence, priors, monkeypatch):
    fitted, fit = [], fitting.draw_posterior

    def counted(scenario, *arguments, **options):
        fitted.append(scenario.name)
        return fit(scenario, *arguments, **options)

    monkeypatch.setattr(fitting, "draw_posterior", counted)
    names = ["updated", "roadmap", "optimistic-hardware", "fugakunext"]
    fits = fit_scenarios([load_scenario(n) for n in names], evidence, priors, SMALL, seed=1)
    assert [fit.scenario.name for fit in fits] == names
    assert fitted == ["updated", "roadmap"]


def damage_end(path):
    path.write_bytes(path.read_bytes()[:-500])


def damage_middle(path):
    with netCDF4.Dataset(path, "a") as file:
        level = file["fit/posterior/trend_slope"]
        level[0, 3] = level[0, 3] + 1e-6


def damage_attribute(path):
    with netCDF4.Dataset(path, "a") as file:
        file["fit/posterior"].law_pivot_flop = 1.0


def damage_group(path):
    with netCDF4.Dataset(path, "w") as file:
        file.createGroup("fit")


@pytest.mark.parametrize(
    "damage",
    [
        damage_end,
        damage_middle,
        damage_attribute,
        damage_group,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\x00\xff" * 4000),
    ],
)
def test_a_damaged_entry_is_fitted_again_with_a_warning(cache, evidence, priors, damage):
    scenario = load_scenario("roadmap")
    first = fit_scenarios([scenario], evidence, priors, SMALL, seed=3, cache=cache)
    (path,) = cache.entries()
    damage(path)
    with pytest.warns(CacheWarning, match="damaged"):
        again = fit_scenarios([scenario], evidence, priors, SMALL, seed=3, cache=cache)
    same(first[0].stored, again[0].stored)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_scenarios([scenario], evidence, priors, SMALL, seed=3, cache=cache)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, tree):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file" / "cache", Path("/proc/eflops"), None):
        cache = Cache(folder)
        cache.write("a", tree)
        assert cache.read("a") is None
        assert cache.entries() == []
        assert cache.clear() == 0


def test_the_folder_is_named_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("EFLOPS_CACHE", str(tmp_path))
    assert default_cache().folder == tmp_path
    monkeypatch.delenv("EFLOPS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache().folder == tmp_path / "xdg" / "eflops"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("HOME", raising=False)
    assert isinstance(default_cache(), Cache)


def write_and_read(folder, path, number):
    """Twenty times in a process of its own: never anything but a whole entry."""
    with xr.open_datatree(path, engine="netcdf4") as stored:
        tree = stored.load()
    cache = Cache(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        for _ in range(20):
            cache.write("a", tree)
            assert cache.read("a") is not None
    os._exit(0)


@pytest.mark.slow
def test_processes_at_the_same_time_do_not_disturb_each_other(cache, tree, tmp_path):
    tree.to_netcdf(tmp_path / "tree.nc", engine="netcdf4")
    spawn = multiprocessing.get_context("spawn")
    processes = [
        spawn.Process(target=write_and_read, args=(cache.folder, tmp_path / "tree.nc", i))
        for i in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert [path.name for path in cache.folder.iterdir()] == ["a.nc"]
