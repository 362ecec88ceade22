"""The command `eflops specify`."""

import json

import pytest


@pytest.fixture
def specify(run, eflops):
    return lambda *more: eflops("specify", "roadmap", "--run", run[0], "--days", 80, *more)


def test_the_paragraph_is_printed_and_kept(specify):
    code, out, err = specify("--tokens-per-second", "1e6")
    assert (code, err) == (0, "")
    document = json.loads(specify("--tokens-per-second", "1e6", "--json")[1])
    text = " ".join(out.split())
    for sentence in document["paragraph"]:
        assert sentence["text"] in text
    assert document["question"]["target"] == "roadmap-chain"
    assert "committed" in text


def test_options_are_the_question(specify):
    def peak(*more):
        return json.loads(specify("--json", *more)[1])["size"]["peak_eflops"]

    assert peak("--assurance", "0.5") < peak() < peak("--assurance", "0.95")
    assert peak("--target", "frontier") != peak()
    assert peak("--uptime", "0.5") == pytest.approx(2 * peak())
    document = json.loads(specify("--json", "--machine", "jupiter", "--devices-tested", "64")[1])
    assert (document["device"], document["test"]["devices"]) == ("GH200", 64)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--assurance", "1.5"), "between 0 and 1"),
        (("--machine", "nowhere"), "one of abci3"),
        (("--devices-tested", "0"), "devices: found 0"),
        (("--tokens-per-second", "1e12"), "a rate that"),
    ],
)
def test_refusals_are_one_line(specify, more, said):
    code, out, err = specify(*more)
    assert (code, out) == (1, "")
    assert said in err
    assert err.count("\n") == 1
