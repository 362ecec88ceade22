"""Files of runs as trackers, spreadsheets and papers have them: read right, or refused in a line.

All of `tests/cases/own_runs` but `checkpoints`, `pooled_shift2` and `overflow-tokens` are the 42
runs of `base.csv` in another dress.
"""

import numpy as np
import pytest
from case_files import CASES

from priors.errors import EvidenceError
from priors.imports.foreign_table import read_foreign
from priors.imports.isoflop_runs import isoflop_runs_of, read_isoflop_runs
from priors.imports.reading import reading_of

RUNS = CASES / "own_runs"
#: File → columns that the user names.
ALIKE = {
    "c_n_d": [],
    "wandb": [],
    "units_header": [],
    "loss_name": [],
    "semicolon_decimal_comma": [],
    "semicolon_point": [],
    "cp932_header": [],
    "utf8_jp_header": [],
    "units_silent": ["parameters=params:M", "tokens=tokens:B"],
    "ppl_as_loss": ["loss=loss:perplexity"],
    "moe_short": ["parameters=active_params"],
    "nonemb": ["parameters=non_emb_params"],
}
REFUSED = {
    "units_silent": "params: found 22.94 to 6298, no count of parameters; expected counts; they "
    "look like M: --column parameters=params:M",
    "ppl_as_loss": "loss: found a median of 18.63, more nats per token than guessing costs",
    "moe_short": "header: found 'active_params'; expected dense runs",
    "nonemb": "header: found 'non_emb_params'; expected all parameters",
    "pooled_shift2": "dataset: found web (42), code (21); expected runs of one kind",
    "overflow-tokens": "no count of parameters; expected 10000 to 1e+13",
}
OTHER = {"base", "checkpoints", "nan_loss", "outlier_flag"}


@pytest.fixture(scope="module")
def base():
    return read_isoflop_runs(RUNS / "base.csv")


def test_every_case_has_its_test():
    assert {path.stem for path in RUNS.iterdir()} == {*ALIKE, *REFUSED, *OTHER}


@pytest.mark.parametrize("name", ALIKE)
def test_the_same_runs_in_another_dress(name, base):
    table = read_foreign(RUNS / f"{name}.csv")
    runs = isoflop_runs_of(table, reading_of(table, columns=ALIKE[name]))
    assert len(runs) == len(base) == 42
    for quantity in ("parameters", "tokens", "loss"):
        # the files print perplexity and tokens from FLOP with fewer digits
        digits = 1e-4 if name in {"ppl_as_loss"} else 1e-6
        assert getattr(runs, quantity) == pytest.approx(getattr(base, quantity), rel=digits)
    assert (runs.left_out, runs.run_column) == ((), None)


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_not_be_guessed_is_refused(name):
    with pytest.raises(EvidenceError) as error:
        read_isoflop_runs(RUNS / f"{name}.csv")
    assert f"{name}.csv, " in str(error.value)
    assert REFUSED[name] in str(error.value)
    assert "\n" not in str(error.value)


def test_compute_beside_both_agrees():
    for name in ("c_n_d", "wandb"):
        assert read_isoflop_runs(RUNS / f"{name}.csv").flop_over_6nd == pytest.approx(1, abs=1e-5)


def test_a_run_without_a_loss_is_left_out(base):
    runs = read_isoflop_runs(RUNS / "nan_loss.csv")
    (left,) = runs.left_out
    assert (left.reason, left.detail) == ("loss is not a positive number", "'nan'")
    kept = np.delete(np.arange(42), left.row - 2)
    assert runs.parameters.tolist() == base.parameters[kept].tolist()


def test_outliers_are_left_out():
    runs = read_isoflop_runs(RUNS / "outlier_flag.csv")
    assert len(runs) == 40
    assert {left.reason for left in runs.left_out} == {"marked by 'outlier'"}


def test_checkpoints_are_rows_of_nine_runs():
    runs = read_isoflop_runs(RUNS / "checkpoints.csv")
    assert (len(runs), len(set(runs.clusters)), runs.run_column) == (360, 9, "run_name")
    assert np.bincount(runs.clusters).tolist() == [40] * 9


def test_data_sets_are_read_one_by_one():
    table = read_foreign(RUNS / "pooled_shift2.csv")
    sizes = {
        name: len(isoflop_runs_of(table, reading_of(table, where=[f"dataset={name}"])))
        for name in ("web", "code")
    }
    assert sizes == {"web": 42, "code": 21}
