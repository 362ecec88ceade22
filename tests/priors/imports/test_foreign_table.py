"""Tables as they come: encodings, delimiters, comments; bounded in size."""

import os

import pytest

from priors.documents import LARGEST
from priors.errors import EvidenceError
from priors.imports.foreign_table import MOST_COLUMNS, MOST_ROWS, read_foreign

TEXT = "モデル,損失,備考\nあ,3.1,速い\n表,3.0,遅い\n"


@pytest.fixture
def read(tmp_path):
    def run(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        table = read_foreign(path)
        return table.header, [
            [record.text(name) for name in table.header] for record in table.records
        ]

    return run


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp932", "euc_jp"],
)
def test_encodings(read, encoding):
    longer = TEXT + "学習,2.9,普通\n" * 5
    header, rows = read(longer.encode(encoding))
    assert header == ("モデル", "損失", "備考")
    assert rows[:2] == [["あ", "3.1", "速い"], ["表", "3.0", "遅い"]]


def test_western_code_page(read):
    assert read("modèle;perte\né;3,1\nà;3,2\n".encode("cp1252"))[0] == ("modèle", "perte")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("hint", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters(read, delimiter, hint, end):
    lines = [delimiter.join(cells) for cells in (("a", "b"), ("1", "2"), ("3", "4"))]
    if hint:
        lines = [f"sep={delimiter}", *lines]
    assert read(end.join(lines) + end) == (("a", "b"), [["1", "2"], ["3", "4"]])


def test_decimal_commas_are_no_delimiter(read):
    assert read("a;b\n1,5;2,5\n3,5;4,5\n") == (("a", "b"), [["1,5", "2,5"], ["3,5", "4,5"]])


def test_comments_and_blank_lines_are_left_out_and_rows_are_those_of_a_spreadsheet(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('# made by hand\n\na,b\n1,"two\nlines"\n// middle\n3,4\n', encoding="utf-8")
    table = read_foreign(path)
    assert table.header == ("a", "b")
    assert [(one.number, one.text("a"), one.text("b")) for one in table.records] == [
        (4, "1", "two lines"),
        (6, "3", "4"),
    ]


def test_full_width_forms_are_the_usual_ones(read):
    header, rows = read("Ｎ，ｘ,ＬＯＳＳ\n１．５,　３ \n")
    assert (header, rows) == (("N,x", "LOSS"), [["1.5", "3"]])


def test_cells_do_nothing_in_a_terminal(read):
    assert read("a,b\n\x1b[31mred,\u202egnirts\n")[1] == [["\\x1b[31mred", "\\u202egnirts"]]


def test_a_line_of_another_width_is_told(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n3\n4,5\n", encoding="utf-8")
    table = read_foreign(path)
    assert dict(table.ragged) == {3: 1}
    with pytest.raises(EvidenceError, match="row 3: found 1 cells; expected 2, as in the header"):
        table.require_whole()


# -------------------------------------------------------------------------------------- bounds


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda path: os.mkfifo(path), "a device or a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "a device or a pipe"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.symlink_to(path), "Symbolic link loop|Too many levels"),
        (lambda path: path.write_bytes(b"\x00\x01" * 500), "no rows|not text|no UTF"),
        (lambda path: path.write_bytes(b""), "no rows"),
        (lambda path: path.write_bytes(b"\xff\xfe\xff"), "no UTF-16"),
        (lambda path: path.write_bytes(b"PK\x03\x04\x00\x00"), "a workbook; expected a CSV file"),
        (lambda path: path.write_text('{"N": 1e8, "D": 2e9}\n'), "JSON; expected a CSV file"),
    ],
)
def test_what_is_no_text_ends_at_once(tmp_path, make, found):
    path = tmp_path / "table.csv"
    make(path)
    with pytest.raises(EvidenceError, match=found):
        read_foreign(path)


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        file.truncate(300 * 10**6)  # takes no room on the disk
    with pytest.raises(
        EvidenceError, match=f"286 MiB; expected .* of at most {LARGEST // 2**20} MiB"
    ):
        read_foreign(path)


def test_a_hundred_thousand_columns_end_soon(tmp_path):
    path = tmp_path / "table.csv"
    names = ",".join(f"c{place}" for place in range(100_000))
    path.write_text(f"{names}\n{names}\n", encoding="utf-8")
    with pytest.raises(EvidenceError, match=f"100000 columns; expected at most {MOST_COLUMNS}"):
        read_foreign(path)


def test_a_wide_and_long_table_is_read_within_bounds(tmp_path):
    path = tmp_path / "table.csv"
    row = ",".join(["123456789"] * 500)
    path.write_text("\n".join([",".join(f"c{k}" for k in range(500)), *[row] * 2000]))
    assert len(read_foreign(path).records) == 2000


def test_a_row_per_step_is_too_many(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,b\n" + "1,2\n" * (MOST_ROWS + 1), encoding="utf-8")
    with pytest.raises(EvidenceError, match=f"more than {MOST_ROWS} rows"):
        read_foreign(path)


def test_quotes_that_do_not_close_end_soon(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('a,b\n1,"2\n' + "3,4\n" * 200_000, encoding="utf-8")
    with pytest.raises(EvidenceError, match="quotes in pairs"):
        read_foreign(path)


# ---------------------------------------------------------------------------------- the header


def test_a_title_before_the_header_is_left_out(read):
    assert read("Our runs of 2026,,\na,b,c\n1,2,3\n4,5,6\n") == (
        ("a", "b", "c"),
        [["1", "2", "3"], ["4", "5", "6"]],
    )
    assert read("Our runs\na;b\n1,5;2,5\n3,5;4,5\n")[0] == ("a", "b")


def test_a_comment_before_numbers_is_the_header(read):
    assert read("# N,D,loss\n1,2,3\n4,5,6\n")[0] == ("N", "D", "loss")
    assert read("#params,#tokens\n1e8,2\n")[0] == ("params", "#tokens")
    assert read("# by hand\nN,D\n1,2\n")[0] == ("N", "D")


def test_empty_cells_beyond_the_header_are_nothing(read):
    assert read("a,b\n1,2,\n3,4,,\n") == (("a", "b"), [["1", "2"], ["3", "4"]])


def test_spaces_delimit_where_nothing_else_does(read):
    assert read("N D\n1 2\n3 4\n") == (("N", "D"), [["1", "2"], ["3", "4"]])
    assert read("model size,D\n1 000,2\n3 000,4\n")[0] == ("model size", "D")


def test_powers_of_ten_are_read_as_they_are_typeset(read):
    assert read("N [×10⁶],D [10¹²]\n1,2\n")[0] == ("N [×10^6]", "D [10^12]")
