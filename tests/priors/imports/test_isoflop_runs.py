"""Own runs are read by the names of their columns; what is in doubt is asked, not guessed."""

import numpy as np
import pytest

from priors.errors import EvidenceError, InputError
from priors.imports.foreign_table import read_foreign
from priors.imports.isoflop_runs import isoflop_runs_of, read_isoflop_runs
from priors.imports.reading import reading_of

HEADER = "N,D,loss\n"


@pytest.fixture
def read(tmp_path):
    def run(text, **options):
        path = tmp_path / "runs.csv"
        path.write_text(text, encoding="utf-8")
        table = read_foreign(path)
        return isoflop_runs_of(table, reading_of(table, **options))

    return run


def rows(*cells, count=4):
    """Runs of different sizes, each with some cells more."""
    more = "".join(f",{cell}" for cell in cells)
    return "".join(f"{k}e8,{2 * k}e9,{4 - 0.1 * k:.1f}{more}\n" for k in range(1, count + 1))


@pytest.mark.parametrize("header", ["N,FLOP,loss", "Model Size,Training_FLOP,Final loss"])
def test_columns_go_by_several_names(read, header):
    runs = read(f"{header}\n1e8,6e18,3.1\n2e8,6e18,3.0\n")
    assert runs.tokens.tolist() == [1e10, 5e9]
    assert runs.columns == dict(
        zip(("parameters", "training_flop", "loss"), header.split(","), strict=True)
    )


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("n_params,n_tokens,trainLoss", {}),
        ("params (M),tokens (B),Loss (nats)", {"parameters": "params (M) [M]"}),
        ("params_m,tokens_in_billions,val_loss", {"tokens": "tokens_in_billions [billions]"}),
        ("param_count [million],tokens [billion],eval/c4_en/loss", {"loss": "eval/c4_en/loss"}),
        ("パラメータ数(百万),学習トークン数（十億）,損失", {}),
        ("Ｎ (M),Ｄ (B),ｌｏｓｓ", {"parameters": "N (M) [M]"}),
    ],
)
def test_headers_state_units(read, header, columns):
    scale = 1 if header.startswith("n_params") else 1e6
    lines = "".join(f"{k * 1e8 / scale},{k * 2e9 / (scale * 1e3)},3.{k}\n" for k in (1, 2, 3))
    if scale == 1:
        lines = "".join(f"{k}e8,{2 * k}e9,3.{k}\n" for k in (1, 2, 3))
    runs = read(f"{header}\n{lines}")
    assert runs.parameters == pytest.approx([1e8, 2e8, 3e8])
    assert runs.tokens == pytest.approx([2e9, 4e9, 6e9])
    assert runs.columns.items() >= columns.items()


@pytest.mark.parametrize(
    ("cell", "flop"),
    [
        ("1e18", 1e18),
        ("1 EFLOP", 1e18),
        ("1,000 PFLOP", 1e18),
        ("2.5e9 GFLOPs", 2.5e18),
        ("0.5 PF-days", 0.5e15 * 86400),
        ("2 petaflop/s-days", 2e15 * 86400),
        ("3 exaFLOP", 3e18),
    ],
)
def test_flop_in_cells_have_units(read, cell, flop):
    runs = read(f'N,compute,loss\n1e7,"{cell}",3.1\n')
    assert runs.tokens[0] * 6e7 == pytest.approx(flop)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("22.9M", 22.9e6),
        ("1.3 B", 1.3e9),
        ("70億", 7e9),
        ("２．５Ｂ", 2.5e9),
        ("350 million", 3.5e8),
    ],
)
def test_counts_in_cells_have_units(read, cell, count):
    assert read(f"N,D,loss\n{cell},1e10,3.1\n").parameters[0] == pytest.approx(count)


@pytest.mark.parametrize(
    ("unit", "loss"), [("nats", 3.0), ("bits", 3.0 * np.log(2)), ("perplexity", np.log(3.0))]
)
def test_loss_is_in_nats_per_token(read, unit, loss):
    runs = read("N,D,score\n1e8,2e9,3.0\n", columns=[f"loss=score:{unit}"])
    assert runs.loss[0] == pytest.approx(loss)


def test_anything_else_is_named_by_the_user(read):
    runs = read(
        "size,seen,score\n100,2,3.1\n200,2,3.0\n",
        columns=["parameters=size:M", "tokens=SEEN:B", "loss=score"],
    )
    assert runs.parameters.tolist() == [1e8, 2e8]
    assert runs.tokens.tolist() == [2e9, 2e9]
    assert runs.columns == {"parameters": "size [M]", "tokens": "seen [B]", "loss": "score"}


def test_a_unit_that_is_stated_is_believed(read):
    runs = read("N,D,loss\n100,2e9,3.1\n200,2e9,3.0\n", columns=["parameters=N:1"])
    assert runs.parameters.tolist() == [100, 200]


def test_tokens_are_taken_as_they_are_and_the_rest_is_listed(read):
    runs = read("seed,parameters,tokens,colour,loss\n1,1e8,2e9,red,3.1\n2,2e8,2e9,red,3.0\n")
    assert runs.tokens.tolist() == [2e9, 2e9]
    assert runs.ignored == ("seed", "colour")
    assert runs.runs is None


def test_words_beside_flop_are_not_needed(read):
    assert read("N,FLOP,words,loss\n1e8,6e18,7.5e9,3.1\n").ignored == ("words",)


def test_flop_beside_parameters_and_tokens_are_compared(read):
    runs = read("C,N,D,loss\n1.2e18,1e8,2e9,3.1\n3.6e18,2e8,2e9,3.0\n")
    assert runs.tokens.tolist() == [2e9, 2e9]
    assert runs.flop_over_6nd == pytest.approx([1.0, 1.5])


def test_the_runs_of_highest_loss_go_the_later_of_equals_first(read):
    runs = read(HEADER + "1e8,1e9,3\n2e8,1e9,5\n3e8,1e9,4\n4e8,1e9,5\n")
    assert runs.without_highest_loss(0).parameters.tolist() == [1e8, 2e8, 3e8, 4e8]
    assert runs.without_highest_loss(1).parameters.tolist() == [1e8, 2e8, 3e8]
    kept = runs.without_highest_loss(2)
    assert kept.parameters.tolist() == [1e8, 3e8]
    assert np.array_equal(kept.loss, [3, 4])
    assert len(kept) == 2
    assert [len(runs.without_highest_loss(count)) for count in (4, 5, 9)] == [0, 0, 0]


# --------------------------------------------------------------------------------- rows left out


@pytest.mark.parametrize(
    ("row", "reason", "detail"),
    [
        ("1e9,,3", "D is not a positive number", "nothing"),
        ("7 apples,2e9,3", "N is not a positive number", "'7 apples'"),
        ("1e9,2e9,nan", "loss is not a positive number", "'nan'"),
        ("1e9,2e9,-3", "loss is not a positive number", "'-3'"),
        ("1e9,1e400,3", "D is not a positive number", "'1e400'"),
        ("1e8,2e9,3.9", "the same run as another row, which would count twice", "row 2"),
        ("1e9,2e9", "another number of cells", "2 of 3"),
    ],
)
def test_one_bad_row_does_not_sink_a_file(read, row, reason, detail):
    runs = read(HEADER + rows() + row + "\n")
    assert len(runs) == 4
    assert [tuple(one) for one in runs.left_out] == [(6, reason, detail)]


def test_a_file_of_bad_rows_is_refused(read):
    with pytest.raises(EvidenceError, match="so 4 rows") as error:
        read(HEADER + rows().replace("e9", "e9 apples") + "5e8,9e9,3\n")
    assert error.value.where == "runs.csv, row 2"


@pytest.mark.parametrize(
    ("column", "bad", "good"),
    [
        ("outlier", "True", "False"),
        ("is_diverged", "1", ""),
        ("state", "crashed", "finished"),
        ("flag", "diverged", ""),
        ("is_outlier", "True", "nan"),
        ("outlier", "outlier", "ok"),
        ("outcome", "failed", "success"),
        ("Run State", "killed", "finished"),
        ("converged", "no", "yes"),
        ("除外", "はい", "いいえ"),
        ("状態", "異常終了", "完了"),
    ],
)
def test_marked_rows_are_left_out_and_counted(read, column, bad, good):
    runs = read(f"N,D,loss,{column}\n" + rows(good) + f"9e8,2e9,9.0,{bad}\n")
    assert len(runs) == 4
    assert runs.left_out == ((6, f"marked by {column!r}", repr(bad)),)
    assert runs.ignored == ()


def test_an_unknown_mark_is_asked_for(read):
    text = "N,D,loss,state\n" + rows("finished") + "9e8,2e9,3.0,paused\n"
    with pytest.raises(EvidenceError, match=r"found 'paused'.*--where state=VALUE"):
        read(text)
    assert len(read(text, where=["state=finished"])) == 4


@pytest.mark.parametrize(
    ("condition", "sizes"),
    [
        ("kind=a", [1e8, 2e8]),
        ("KIND!=A", [3e8]),
        ("kind = ａ", [1e8, 2e8]),
        ("step=100", [2e8]),
        ("step!=1e2", [1e8, 3e8]),
    ],
)
def test_conditions_choose_rows(read, condition, sizes):
    text = "N,D,loss,kind,step\n1e8,2e9,3.1,a,1\n2e8,2e9,3.0,A,100.0\n3e8,2e9,2.9,b,3\n"
    runs = read(text, where=[condition.replace(" = ", "=")])
    assert runs.parameters.tolist() == sizes
    assert runs.unmet == 3 - len(sizes)


# ------------------------------------------------------------------------------------- which run


@pytest.mark.parametrize("column", ["run_name", "Run", "name", "model", "実験名"])
def test_a_column_that_names_the_run_makes_clusters(read, column):
    runs = read(f"{column},N,D,loss\nx,1e8,1e9,3.3\nx,1e8,2e9,3.1\ny,2e8,1e9,3.0\n")
    assert runs.clusters.tolist() == [0, 0, 1]
    assert runs.run_column == column
    assert runs.take(np.array([1, 2])).clusters.tolist() == [0, 1]


def test_names_of_one_row_each_make_none(read):
    runs = read("Name,N,D,loss\nx,1e8,1e9,3.3\ny,1e8,2e9,3.1\n")
    assert (runs.runs, runs.run_column) == (None, None)
    assert runs.clusters.tolist() == [0, 1]


def test_the_user_says_which_column_names_the_run(read):
    runs = read(
        "label,N,D,loss\n7,1e8,1e9,3.3\n7,1e8,2e9,3.1\n8,2e8,1e9,3.0\n", columns=["run=label"]
    )
    assert runs.clusters.tolist() == [0, 0, 1]


def test_seeds_of_one_run_go_together(read):
    text = "seed,N,D,loss\n1,1e8,1e9,3.3\n2,1e8,1e9,3.2\n1,2e8,1e9,3.0\n2,2e8,1e9,3.0\n"
    runs = read(text)
    assert runs.clusters.tolist() == [0, 0, 1, 1]
    assert len(runs) == 4


# ------------------------------------------------------------------------------------- data sets


@pytest.mark.parametrize(
    ("column", "values"),
    [("dataset", ("web", "code")), ("optimizer", ("adam", "muon")), ("tokenizer", ("1", "2"))],
)
def test_a_column_that_splits_the_runs_is_refused(read, column, values):
    other = rows(values[1], count=6).splitlines()[4:]
    text = f"N,D,loss,{column}\n" + rows(values[0]) + "\n".join(other) + "\n"
    with pytest.raises(EvidenceError) as error:
        read(text)
    assert error.value.where == f"runs.csv, {column}"
    assert error.value.found == f"{values[0]} (4), {values[1]} (2)"
    for remedy in (f"--where {column}={values[0]}", f"--group-by {column}", f"--pool {column}"):
        assert remedy in error.value.expected
    assert len(read(text, pool=[column])) == 6
    assert len(read(text, where=[f"{column}={values[1]}"])) == 2


@pytest.mark.parametrize("cells", [("note", "diverged early", ""), ("layers", "2", "4")])
def test_remarks_and_numbers_split_nothing(read, cells):
    name, one, other = cells
    text = f"N,D,loss,{name}\n" + rows(other) + rows(one, count=6).split("\n", 4)[4]
    assert len(read(text)) == 6


# --------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("text", "where", "found", "expected"),
    [
        ("N,loss\n1e8,2\n", "header", "columns 'N', 'loss'", "one for tokens or training_flop"),
        ("a,b,c\n1,2,3\n", "header", "columns 'a', 'b', 'c'", "one for parameters, named n,"),
        ("n,c,L\n1e8,1e18,3\n", "header", "columns 'n', 'c', 'L'", "one for loss, named loss,"),
        ("N,words,loss\n1,2,3\n", "header", "'words'", "tokens, of which a word makes about 4/3"),
        ("N,datapoints,loss\n1,2,3\n", "header", "'datapoints'", "tokens, whatever"),
        ("N,Model size,D,loss\n1,2,3,4\n", "header", "'N', 'Model size' for parameters", "--colu"),
        ("N,D,train loss,val loss\n1,2,3,4\n", "header", "'train loss', 'val loss'", "--column lo"),
        ("N,Active parameters,D,loss\n1,2,3,4\n", "header", "'Active parameters'", "dense runs"),
        ("params,active_params,D,loss\n1,2,3,4\n", "header", "'active_params'", "two counts"),
        ("N_active,D,loss\n1,3,4\n", "header", "'N_active'", "two counts"),
        ("Total parameters,D,loss\n1,2,3\n", "header", "'Total parameters'", "used for a token"),
        ("non_emb_params,D,loss\n1,2,3\n", "header", "'non_emb_params'", "Pearce & Song"),
        ("nonEmbeddingParams,D,loss\n1,2,3\n", "header", "'nonEmbeddingParams'", "Pearce & Song"),
        ("N,D,val_ppl\n1,2,3\n", "header", "'val_ppl'", "--column loss=COLUMN:perplexity"),
        ("N,D,bpb\n1,2,3\n", "header", "'bpb'", "bytes per token"),
        ("N,gpu_hours,loss\n1,2,3\n", "header", "'gpu_hours'", "hours depend on a device"),
        ("N,N,loss\n1,2,3\n", "header", "column 'N' twice", "each once"),
        ("N,D,loss\n", "runs.csv", "no rows", "a header line and at least one row"),
        ("N,D,loss\n100,2e9,3\n", "N", "no count of parameters", "--column parameters=N:M"),
        ("N,D,loss\n1e8,7.5,3\n", "D", "no count of tokens", "they look like B"),
        ("N,C,loss\n1e8,1e9,3\n", "C", "no count of FLOP", "they look like GFLOP"),
        ("N,D,loss\n1e8,1e9,42\n", "loss", "a median of 42", "--column loss=loss:perplexity"),
        ("N,C,loss\n1e-300,1e300,3\n", "N", "1e-300", "--column parameters=N:UNIT"),
        ('N,D,loss\n1,2,"3\n', "runs.csv", "unexpected end of data", "quotes in pairs"),
        ('N;D;loss\n1e8;"1.234";"3"\n', "runs.csv", "'1.234', which may be 1.234 or 1234", "--dec"),
    ],
)
def test_what_is_wrong_is_said(read, text, where, found, expected):
    with pytest.raises(EvidenceError) as error:
        read(text)
    assert error.value.where.endswith(where)
    assert found in error.value.found
    assert expected in error.value.expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": ["size=N"]}, "--column: found 'size=N'; expected MEANING=COLUMN"),
        ({"columns": ["parameters=Z"]}, "--column: found 'Z'; expected one of the columns 'N'"),
        ({"columns": ["parameters=N:GFLOP"]}, "parameters in 1, k, M, B, T"),
        ({"where": ["state"]}, "--where: found 'state'; expected COLUMN=VALUE"),
        ({"where": ["D=7"]}, "found no row with D=7"),
        ({"pool": ["x"]}, "--pool: found 'x'"),
        ({"decimal": ";"}, "--decimal: found ';'"),
    ],
)
def test_what_is_wrong_in_an_option_is_said(read, options, said):
    with pytest.raises(InputError) as error:
        read(HEADER + rows(), **options)
    assert said in str(error.value)


def test_a_mixture_is_read_where_the_user_says_which_count(read):
    text = "params,active_params,D,loss\n4e8,1e8,2e9,3.1\n"
    assert read(text, columns=["parameters=active_params"]).parameters.tolist() == [1e8]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(EvidenceError, match="No such file"):
        read_isoflop_runs(tmp_path / "none.csv")


def test_a_name_of_each_row_goes_before_a_model_that_repeats(read):
    text = "Name,model,N,D,loss\nx,m,1e8,1e9,3.3\ny,m,1e8,2e9,3.1\n"
    assert read(text).runs is None
    assert read(text.replace("Name,", "Kind,")).run_column == "model"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("N,C,loss\n1e8,1.2,3\n2e8,2.4,2.9\n", "EFLOP"),
        ("N,C,loss\n1e8,1200,3\n2e8,2400,2.9\n", "PFLOP"),
        ("N,C,loss\n1e8,1e9,3\n2e8,2e9,2.9\n", "GFLOP"),
        ("N,D,loss\n0.1,2e9,3\n0.2,4e9,2.9\n", "B"),
        ("N,D,loss\n100,2e9,3\n200,4e9,2.9\n", "M"),
        ("N,D,loss\n1e8,2,3\n2e8,4,2.9\n", "B"),
        ("N,D,loss\n1e8,2000,3\n2e8,4000,2.9\n", "M"),
    ],
)
def test_the_likely_unit_is_that_of_the_likeliest_tokens_per_parameter(read, text, unit):
    with pytest.raises(EvidenceError, match=f"they look like {unit}:"):
        read(text)


def test_a_header_of_a_unit_alone_is_compute(read):
    runs = read("params,pfs-days,loss\n1e8,0.01,3\n")
    assert runs.tokens[0] == pytest.approx(0.01 * 8.64e19 / 6e8)


def test_logarithms_are_no_counts(read):
    with pytest.raises(EvidenceError, match="'log10_N'; expected counts and losses themselves"):
        read("log10_N,D,loss\n8,2e9,3\n")


@pytest.mark.parametrize(
    ("text", "loss", "parameters"),
    [
        ("N;D;loss\n1e8;2e9;3,746\n2e8;2e9;3,641\n", 3.746, 1e8),
        ("N,D,loss\n1e8,2e9,3.746\n2e8,2e9,3.641\n", 3.746, 1e8),
        ("N;D;loss\n22.942.000;2e9;3,746\n36.360.000;2e9;3,641\n", 3.746, 22942000),
        ('N,D,loss\n"22,942,000",2e9,3.746\n"36,360,000",2e9,3.641\n', 3.746, 22942000),
        ("N;D;loss\n22 942 000;2e9;3,746\n36 360 000;2e9;3,641\n", 3.746, 22942000),
        ("N;D;loss\n22'942'000;2e9;3.746\n36'360'000;2e9;3.641\n", 3.746, 22942000),
    ],
)
def test_what_the_numbers_leave_open_the_loss_decides(read, text, loss, parameters):
    """3,746 may be thousands, but no loss is 3746 nats per token."""
    runs = read(text)
    assert runs.loss[0] == pytest.approx(loss)
    assert runs.parameters[0] == parameters


def test_a_decimal_mark_that_is_given_is_taken(read):
    text = "N;D;loss\n100,5;2e9;3,7\n200,5;2e9;3,6\n"
    runs = read(text, decimal=",", columns=["parameters=N:M"])
    assert runs.parameters.tolist() == [100.5e6, 200.5e6]
    with pytest.raises(EvidenceError, match="rows"):
        read(text, decimal=".", columns=["parameters=N:M"])
