"""The command `eflops assess`: its answer, tables at any width, and its refusals."""

import io
import json
import re

import pytest
from rich.table import Table

from reports.tables.assess import print_assessment
from reports.tables.style import FittingConsole, stacked

ASSESS = ("assess", "fugakunext", "roadmap")


@pytest.fixture
def printed(run, eflops):
    def ask(*more):
        code, out, err = eflops(*ASSESS, "--run", run[0], *more)
        assert (code, err) == (0, "")
        return out

    return ask


def test_the_answer_comes_first(printed):
    out = printed("--days", "80")
    assert out.startswith("FugakuNEXT delivers")
    document = json.loads(printed("--days", "80", "--json"))
    text = " ".join(out.split())
    for sentence in document["answer"]:
        assert sentence["text"] in text
    assert {row["precision"] for row in document["delivers"]} == {"BF16"}  # all that it states
    assert {row["days"] for row in document["targets"]} == {80.0}
    assert document["manifest"]


def test_no_number_is_cut_at_any_width(printed):
    document = json.loads(printed("--json"))
    texts = {}
    for width in (50, 80, 100, 1000):
        shown = io.StringIO()
        print_assessment(document, FittingConsole(file=shown, width=width))
        texts[width] = shown.getvalue()
        assert "…" not in texts[width]
        assert max(map(len, texts[width].splitlines())) <= width
    numbers = {width: set(re.findall(r"[\d.,e]{3,}", text)) for width, text in texts.items()}
    assert numbers[1000] <= numbers[80]


def test_columns_that_do_not_fit_go_to_a_table_of_their_own():
    table = Table(title="Sizes")
    table.add_column("name", no_wrap=True)
    for heading in ("first", "second", "third"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row("row", "123,456,789", "1.5 ± 0.1", "987,654,321")
    console = FittingConsole(file=io.StringIO(), width=32)
    parts = stacked(table, console)
    assert [str(part.title) for part in parts] == ["Sizes", "Sizes (continued)"]
    assert [len(part.columns) for part in parts] == [3, 2]
    assert stacked(table, FittingConsole(file=io.StringIO(), width=100)) == [table]


@pytest.mark.slow
def test_a_regime_trains_in_its_own_precision(eflops):
    """Both regimes on the same chips; one needs a peak that not every device has."""
    at = ("--days", "80", "--target", "model-size", "--json")
    better, worse = (
        json.loads(eflops("assess", "fugakunext", f"{mood}-hardware", *at)[1])
        for mood in ("optimistic", "pessimistic")
    )
    assert [row["precision"] for row in better["delivers"]] == ["FP8"]
    assert [row["precision"] for row in worse["delivers"]] == ["BF16"]
    assert better["targets"][0]["probability"] > worse["targets"][0]["probability"] + 0.2
    code, out, err = eflops("assess", "frontier", "optimistic-hardware", *at)
    assert (code, out) == (1, "")
    assert "MI250X" in err


def test_nothing_is_fitted(printed, monkeypatch):
    """Whatever is asked of a finished run: levers, ceilings, amounts."""

    def refuse(*arguments, **options):
        raise AssertionError("an assessment fits nothing")

    monkeypatch.setattr("model.fit.draw_exactly", refuse)
    document = json.loads(
        printed("--days", "33", "--max-devices", "9000", "--flop", "1e25", "--json")
    )
    assert document["machine"]["devices"] == 9000
    amounts = {row["training_flop"] for row in document["amounts"]}
    assert amounts == {3e26, 1e25}
    (said,) = (one for one in document["notes"] if one["key"] == "assess.allows")
    behind = document["campaigns"][0]["frontier"][0]["years_behind"]["0.9"]
    assert f"frontier of {behind:.1f} years before 2030" in said["text"]


def test_levers_change_the_answer_and_fit_nothing(printed):
    def suffices(*more):
        document = json.loads(printed("--days", "80", "--precision", "BF16", "--json", *more))
        (row,) = document["targets"]
        return row["probability"]

    whole = suffices()
    assert suffices("--share", "0.5") < whole
    assert suffices("--uptime", "0.5") < whole
    assert suffices("--tokens-ratio", "3") < whole
    assert suffices("--count", "60000") > whole


def test_ceilings_are_kept(printed):
    at = ("--max-megawatts", "20", "--days", "80", "--target", "roadmap-chain")
    document = json.loads(printed(*at, "--json"))
    shown = io.StringIO()
    print_assessment(document, FittingConsole(file=shown, width=100))
    out = shown.getvalue()
    assert document["budget"]["binding"] == "megawatts"
    assert document["machine"]["devices"] == 7500
    assert "the power of 20 MW binds" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "a TOML file, or one of"),
        (("fugaku", "--precision", "fp8"), "FP8 on A64FX"),
        (("gb300",), "racks of 72"),
        (("fugakunext", "--share", "1.5"), "share: found 1.5"),
        (("fugakunext", "--count", "0"), "count: found 0"),
        (("mi455x", "--racks", "3", "--max-price", "5"), "no price of the machine"),
        (("fugakunext", "--max-megawatts", "-2"), "a number above 0"),
        (("fugakunext", "--max-megawatts", "1e-9"), "less than one device"),
        (("fugakunext", "--flop", "nan"), "a number above 0"),
    ],
)
def test_an_impossible_question_is_one_line(run, eflops, arguments, said):
    machine, *options = arguments
    code, out, err = eflops("assess", machine, "roadmap", "--run", run[0], *options)
    assert (code, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1
