"""The report of a real run in a real browser: Debian's Chromium, from a file URL."""

import json
import shutil
from itertools import pairwise, product

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from report_run import renamed, report_run

from analysis.report.what_if import Question, answer
from analysis.words import LANGUAGES, say, speaking
from reports.page.render import render

pytestmark = pytest.mark.slow

WIDTHS = (1280, 390)
PLACES = list(product(LANGUAGES, WIDTHS))
QUESTIONS = (
    Question("updated", "model-size", 2030.0, 80.0, "BF16", 60_000.0, 0.05),
    Question("updated", "national", 2032.0, 40.0, "FP8", 15_000.0, 0.04),
    Question("optimistic-hardware", "record", 2029.5, 90.0, "FP8", 2_000_000.0, 0.03),
    Question("pessimistic-hardware", "lag", 2031.0, 120.0, "BF16", 100_000.0, 0.05, lag_years=3.5),
    Question("updated", "roadmap-chain", 2035.0, 60.0, "BF16", 500.0, 0.01),
    Question("optimistic-hardware", "frontier", 2027.0, 30.0, "BF16", 900_000.0, 0.05),
)
#: Boxes of texts within one drawing that cover each other by more than a pixel.
OVERLAPS = """() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg")) {
    if (svg.getBoundingClientRect().width === 0) continue;
    const texts = [...svg.querySelectorAll("text")].filter((text) =>
      text.textContent.trim() && getComputedStyle(text).opacity !== "0" &&
      text.getAttribute("opacity") !== "0");
    const boxes = texts.map((text) => text.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      const [one, other] = [boxes[i], boxes[j]];
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      // A line of text has room above and below its signs.
      if (wide > 1 && high > 0.45 * Math.min(one.height, other.height))
        found.push([texts[i].textContent, texts[j].textContent]);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def run():
    return report_run()


@pytest.fixture(scope="module")
def pages(run, tmp_path_factory):
    """Language → file of the report."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for language in LANGUAGES:
        found[language] = folder / f"{language}.html"
        found[language].write_text(
            render(run.finished.page, run.finished.summary, language), encoding="utf-8"
        )
    return found


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium")
    assert found is not None, "Debian's package chromium, as .ci/run installs it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser, pages):
    """Open the report of a language at a width; what the page complains of or asks for."""
    contexts = []

    def visit(language, width):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(pages[language].as_uri())
        page.wait_for_selector("#chart svg")
        return page

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("language", "width"), PLACES)
def test_the_page_is_quiet_alone_and_fits(opened, pages, language, width):
    page = opened(language, width)
    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [pages[language].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        """width => [...document.querySelectorAll("main *")].filter((one) => {
          const box = one.getBoundingClientRect();
          return box.width && (box.right > width + 1 || box.left < -1);
        }).map((one) => one.tagName + " " + one.textContent.slice(0, 40))""",
        width,
    )
    assert beyond == []
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize(("language", "width"), PLACES)
def test_axe_finds_no_violation(opened, language, width):
    found = Axe().run(opened(language, width)).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: f"{one.regime}-{one.target}")
def test_the_panel_computes_what_python_computes(run, opened, question):
    page = opened("en", 1280)
    asked = {
        **{name: getattr(question, name) for name in ("target", "year", "days", "precision")},
        **{name: getattr(question, name) for name in ("regime", "devices", "price")},
        "lag": question.lag_years,
    }
    shown = json.loads(page.evaluate("asked => JSON.stringify(window.eflops.answer(asked))", asked))
    expected = answer(run.lead, question)
    for quantity in ("effective_eflops", "peak_eflops", "delivered_eflops"):
        assert shown[quantity] == pytest.approx(expected[quantity], rel=1e-6)
    for name in ("probability_met", "machine_peak_eflops", "megawatt_hours", "price"):
        assert shown[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-12)


def test_moving_the_controls_moves_the_answer(run, opened):
    """By the keyboard and by choice, and the numbers that are shown are Python's."""
    page = opened("en", 1280)
    before = page.inner_text("#out-median"), page.inner_html("#chart")
    page.select_option("#target", "national")
    page.fill("#days", "40")
    page.focus("#devices")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("30000")
    question = Question("updated", "national", 2030.0, 40.0, "BF16", 30_000.0, 0.05)
    expected = answer(run.lead, question)
    assert page.inner_text("#out-median") == f"{expected['effective_eflops']['0.5']:.2g}"
    assert page.inner_text("#out-met") == f"{expected['probability_met']:.2f}"
    assert (
        page.inner_text("#out-energy") == f"{float(format(expected['megawatt_hours'], '.3g')):,.0f}"
    )
    assert page.inner_text("#out-median") != before[0]
    page.wait_for_function(
        "before => document.getElementById('chart').innerHTML !== before", arg=before[1]
    )
    assert page.said == []
    page.fill("#days", "")
    assert page.inner_text("#out-median") != "NaN"


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_prints_to_a4_with_no_orphaned_heading(opened, language, tmp_path):
    page = opened(language, 1280)
    page.emulate_media(media="print")
    assert page.evaluate("document.querySelector('#what-if').offsetHeight") == 0
    target = tmp_path / "page.pdf"
    page.pdf(path=target, prefer_css_page_size=True)
    assert target.read_bytes()[:5] == b"%PDF-"
    orphans = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, h4")].filter((one) =>
          one.offsetHeight && getComputedStyle(one).breakAfter !== "avoid").length"""
    )
    assert orphans == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_in_order_and_every_image_has_its_numbers(opened, language):
    page = opened(language, 1280)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => +one.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    labels = page.evaluate(
        "[...document.querySelectorAll('figure [role=img]')]"
        ".map((one) => one.getAttribute('aria-label'))"
    )
    assert len(labels) >= 14
    assert all(sum(char.isdigit() for char in label) >= 6 for label in labels)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sections_stand_in_the_order_of_a_committee(opened, language):
    page = opened(language, 1280)
    with speaking(language):
        expected = [
            say(f"page.{name}")
            for name in (
                *("answer", "headline", "curve", "what_if", "trend", "law", "efficiency"),
                *("drivers", "regimes"),
            )
        ]
    shown = page.evaluate("[...document.querySelectorAll('h2')].map((one) => one.textContent)")
    assert shown[: len(expected)] == expected
    assert len(shown) == len(expected) + 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_do_nothing(run, browser, language, tmp_path):
    hostile = '<script>alert(1)</script>{{7*7}}"><img src=x onerror=alert(1)>\u202e$x$=1+1'
    page_of = renamed(run.finished.page, "updated", hostile)
    page_of["assessed"]["machine"]["name"] = hostile
    target = tmp_path / "hostile.html"
    summary = renamed(run.finished.summary, "updated", hostile)
    target.write_text(render(page_of, summary, language), encoding="utf-8")
    page = browser.new_page()
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(target.as_uri())
    page.wait_for_selector("#chart svg")
    page.select_option("#regime", hostile)
    assert said == []
    assert page.locator("img").count() == 0
    assert hostile in page.evaluate("document.body.textContent")
    page.close()


def test_the_page_is_small(pages):
    assert all(path.stat().st_size <= 3_000_000 for path in pages.values())
