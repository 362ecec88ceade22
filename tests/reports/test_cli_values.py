"""Values of options: written plainly, or refused with the option's name; far years are said."""

import pytest


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--year", value) for value in ("nan", "inf", "2_030", "２０３０", "2030-W01-1", "")),
        *(("--days", value) for value in ("nan", "", "1_0", "６０", "frontier 60")),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_option(eflops, option, value):
    code, out, err = eflops("estimate", "roadmap-point", option, value)
    assert (code, out) == (1, "")
    assert err.startswith(f"eflops: {option}: found {value!r}; expected")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--as-of", value) for value in ("1900-1-1", "2024-02-30", "２０２４-03-08", "today")),
        *(("--lag", value) for value in ("nan", "1_0", "２", "x")),
        *(("--uptime", value) for value in ("inf", "0,9")),
        *(("--draws", value) for value in ("-1", "1e3", "nan")),
    ],
)
def test_what_is_no_number_and_no_day_is_a_usage_error(eflops, option, value):
    code, out, _ = eflops("estimate", "roadmap-point", option, value)
    assert (code, out) == (2, "")


@pytest.mark.parametrize(
    ("year", "said"),
    [
        ("1950", "The year 1950 lies 74 years before 8 March 2024"),
        ("2100", "The year 2100 lies 76 years after 8 March 2024"),
        ("2030", ""),
    ],
)
def test_a_year_far_from_what_is_known_is_said(eflops, year, said):
    code, out, _ = eflops("estimate", "roadmap-point", "--year", year, "--days", "80")
    assert code == 0
    text = " ".join(out.split())
    assert (said in text) if said else ("lies" not in text.split("roadmap's 3.0e+26")[0])


def test_a_long_cell_is_cut_in_the_line(eflops, tmp_path):
    path = tmp_path / "runs.csv"
    path.write_text("N,D,loss\n" + f"{'9' * 100_000}x,1e9,3\n", encoding="utf-8")
    code, out, err = eflops("evidence", "import", path, "--kind", "isoflop")
    assert (code, out) == (1, "")
    assert len(err) < 500
    assert err.count("\n") == 1
