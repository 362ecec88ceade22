"""Machines: built in, read from files, and refused in one line where they cannot be."""

import pytest

from priors.errors import ScenarioError
from priors.offers import builtin_machines, load_machine, load_offer
from priors.scenario import load_scenario

RACKS = {"gb200", "gb300", "rubin", "mi355x", "mi455x"}


@pytest.fixture(scope="module")
def load(evidence):
    reference = load_scenario("updated").levers.device
    return lambda name, **changes: load_machine(str(name), evidence, reference, **changes)


@pytest.fixture
def written(tmp_path, load):
    def make(text, **changes):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, **changes)

    return make


@pytest.mark.parametrize("name", builtin_machines())
def test_every_built_in_machine_has_its_dense_peaks(load, evidence, name):
    machine = load(name, racks=2 if name in RACKS else None)
    (row,) = (row for row in evidence.accelerators if row.id == machine.offer.accelerator)
    assert set(machine.peak_eflops) == set(row.tflops)
    for precision, peak in machine.peak_eflops.items():
        assert peak == pytest.approx(machine.count * row.tflops[precision] * 1e-6, rel=0.05)
    assert machine.offer.sources


def test_power_is_that_of_the_machine_the_rack_or_the_board(load, written):
    assert load("fugakunext").megawatts == 40
    assert load("gb300", racks=10).megawatts == pytest.approx(1.35)
    assert load("mi355x", racks=10).megawatts == pytest.approx(80 * 1.4e-3)
    assert load("mi455x", racks=10).megawatts is None
    assert load("fugakunext").of_size(1500).megawatts == pytest.approx(4)


def test_a_machine_without_a_device_is_counted_in_the_scenarios(written):
    machine = written('name = "Ours"\npeak_eflops = { BF16 = 50.0, FP8 = 90.0 }\n')
    assert machine.counted_as
    assert machine.count == pytest.approx(20_000)
    assert machine.peak_eflops == {"BF16": pytest.approx(50), "FP8": pytest.approx(90)}
    own = written('name = "Ours"\ncount = 1000\npeak_eflops = { BF16 = 50.0 }\n')
    assert (own.count, own.counted_as) == (1000, False)


def test_sparse_peaks_count_half(written):
    machine = written(
        'name = "Ours"\naccelerator = "h100"\ncount = 1000\nsparse = true\n'
        "peak_eflops = { FP8 = 3.958 }\n"
    )
    assert machine.peak_eflops["FP8"] == pytest.approx(1.979)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty file"),
        ('name = "X"\n', "neither, or both"),
        ('name = "X"\naccelerator = "h100"\ncount = 0\n', "count: found 0"),
        ('name = "X"\naccelerator = "h100"\n', "no number of devices"),
        ('name = "X"\naccelerator = "h900"\ncount = 8\n', "one of a64fx"),
        ('name = "X"\naccelerator = "h100"\ncount = 8\nshare = 1.2\n', "share: found 1.2"),
        ('name = "X"\naccelerator = "h100"\ncount = 8\nmegawatts = -1.0\n', "megawatts: found -1"),
        ('name = "X"\naccelerator = "h100"\ncount = 8\ncolour = "red"\n', "known keys"),
        (
            'name = "X"\naccelerator = "h100"\ncount = 1000\npeak_eflops = { FP8 = 3.958 }\n',
            "2:1 sparse",
        ),
        (
            'name = "X"\naccelerator = "h100"\ncount = 1000\npeak_eflops = { BF16 = 1.979 }\n',
            "about 0.989, dense: 1,000",
        ),
        (
            'name = "X"\naccelerator = "mi250x"\ncount = 1000\npeak_eflops = { FP8 = 0.766 }\n',
            "a peak in BF16",
        ),
        ('name = "X"\ncount = 9\npeak_eflops = { FP4 = 3.0 }\n', "FP4"),
        ('name = "X"\ncount = 9\npeak_eflops = { BF16 = nan }\n', "BF16"),
        (
            'name = "X"\naccelerator = "h100"\ncount = 8\n[cost]\ncurrency = "USD"\nprice = 1.0\n'
            "rack_price = 2.0\n",
            "cost",
        ),
        ('name = "X', "readable TOML"),
    ],
)
def test_an_impossible_machine_is_one_line(written, text, said):
    with pytest.raises(ScenarioError) as refused:
        written(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "Input should" not in str(refused.value)


def test_racks_and_counts_are_not_mixed(load):
    with pytest.raises(ScenarioError, match="a count and racks"):
        load("gb300", racks=2, count=3)
    with pytest.raises(ScenarioError, match="per_rack in its file"):
        load("fugaku", racks=2)
    with pytest.raises(ScenarioError, match="one of abci3"):
        load("fugaku2")
    assert load("gb300", otherwise=1).count == 1
    assert load_offer("fugakunext")[0] == "fugakunext"
