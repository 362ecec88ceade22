"""Own runs are read by the names of their columns, and nothing is guessed."""

import numpy as np
import pytest

from priors.errors import EvidenceError
from priors.imports.isoflop_runs import read_isoflop_runs


@pytest.fixture
def read(tmp_path):
    def run(text):
        path = tmp_path / "runs.csv"
        path.write_text(text, encoding="utf-8")
        return read_isoflop_runs(path)

    return run


@pytest.mark.parametrize("header", ["N,FLOP,loss", "Model Size,Training_FLOP,Final loss"])
def test_columns_go_by_several_names(read, header):
    runs = read(f"{header}\n1e8,6e18,3.1\n2e8,6e18,3.0\n")
    assert runs.tokens.tolist() == [1e10, 5e9]
    assert runs.columns == dict(
        zip(("parameters", "training_flop", "loss"), header.split(","), strict=True)
    )


def test_tokens_are_taken_as_they_are_and_the_rest_is_listed(read):
    runs = read("seed,parameters,tokens,colour,loss\n1,1e8,2e9,red,3.1\n2,2e8,2e9,red,3.0\n")
    assert runs.tokens.tolist() == [2e9, 2e9]
    assert runs.ignored == ("seed", "colour")


def test_words_beside_flop_are_not_needed(read):
    assert read("N,FLOP,words,loss\n1e8,6e18,7.5e9,3.1\n").ignored == ("words",)


def test_the_runs_of_highest_loss_go_the_later_of_equals_first(read):
    runs = read("N,D,loss\n1,1,3\n2,1,5\n3,1,4\n4,1,5\n")
    assert runs.without_highest_loss(0).parameters.tolist() == [1, 2, 3, 4]
    assert runs.without_highest_loss(1).parameters.tolist() == [1, 2, 3]
    kept = runs.without_highest_loss(2)
    assert kept.parameters.tolist() == [1, 3]
    assert np.array_equal(kept.loss, [3, 4])
    assert len(kept) == 2
    assert [len(runs.without_highest_loss(count)) for count in (4, 5, 9)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("text", "where", "found", "expected"),
    [
        ("N,loss\n1,2\n", "header", "columns 'N', 'loss'", "one for tokens or training_flop"),
        ("a,b,c\n1,2,3\n", "header", "columns 'a', 'b', 'c'", "one for parameters, named n,"),
        ("n,c,L\n1,2,3\n", "header", "columns 'n', 'c', 'L'", "one for loss, named loss,"),
        ("N,words,loss\n1,2,3\n", "header", "'words'", "tokens, of which a word makes about 4/3"),
        ("N,datapoints,loss\n1,2,3\n", "header", "'datapoints'", "tokens, whatever"),
        ("N,D,C,loss\n1,2,3,4\n", "header", "both 'C' and 'D'", "C = 6ND gives the other"),
        ("N,Model size,D,loss\n1,2,3,4\n", "header", "'N', 'Model size' for parameters", "one of"),
        ("N,D,train loss,val loss\n1,2,3,4\n", "header", "'train loss', 'val loss'", "one of them"),
        ("N,Active parameters,D,loss\n1,2,3,4\n", "header", "'Active parameters'", "dense runs"),
        ("Total parameters,D,loss\n1,2,3\n", "header", "'Total parameters'", "used for a token"),
        ("N,D,loss\n1,2,3\n1e9,,3\n", "row 3, D", "nothing", "a positive number"),
        ("N,D,loss\n1,2,3\n7B,2,3\n", "row 3, N", "'7B'", "a positive number"),
        ("N,D,loss\n1,2,3\n1,2,nan\n", "row 3, loss", "'nan'", "a positive number"),
        ("N,D,loss\n1,2,3\n1,2,-3\n", "row 3, loss", "'-3'", "a positive number"),
        ("N,D,loss\n1,2,3\n2,2,3\n1,2,3\n", "row 4", "the same run as row 2", "counts twice"),
        ("N,D,loss\n1,2\n", "row 2", "2 cells", "3, as in the header"),
        ("N,N,loss\n1,2,3\n", "header", "column 'N' twice", "each once"),
        ("N,D,loss\n", "runs.csv", "no rows", "a header line and at least one row"),
        ("N;D;loss\n1;2;3\n", "header", "columns 'N;D;loss'", "one for parameters"),
        ('N,D,loss\n1,2,"3\n', "runs.csv", "unexpected end of data", "quotes in pairs"),
    ],
)
def test_what_is_wrong_is_said(read, text, where, found, expected):
    with pytest.raises(EvidenceError) as error:
        read(text)
    assert error.value.where.endswith(where)
    assert found in error.value.found
    assert expected in error.value.expected


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(EvidenceError, match="No such file"):
        read_isoflop_runs(tmp_path / "none.csv")
