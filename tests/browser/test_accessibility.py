"""axe-core finds nothing, and every text runs in its direction, in any view, language, colours and width."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from api.app import create_app
from api.keys import hash_of
from dalil.settings import ApiSettings
from dalil.wire.quality import SUFFIX
from tests.browser.looks import EACH_ONCE, EACH_PAIR, LOOKS, MISDIRECTED, Look, Visit
from tests.browser.news import AGENCY, NEWS, OFF_TOPIC, QUESTION
from tests.browser.test_quality_view import QUALITY
from tests.integration.api_service import serving
from tests.small_engine import small_engine

RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
ASKING = f"/?q={quote(QUESTION)}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that is written to with a key and has a report."""
    folder = tmp_path_factory.mktemp("index")
    report = folder / "report.html"
    report.write_text("<!doctype html><html lang=en><title>Report</title><main><h1>Report</h1></main>", "utf-8")
    report.with_suffix(SUFFIX).write_text(QUALITY.model_dump_json(), "utf-8")
    settings = ApiSettings(reports=folder, keys=(hash_of("dalil_key"),))
    with serving(create_app(settings, lambda: small_engine(folder / "index", NEWS))) as client:
        yield str(client.base_url)


def found(page: Page, view: str) -> str:
    """What axe finds wrong in what is shown now, and texts in the wrong direction; nothing where all is well."""
    results = Axe().run(page, options=RULES)
    assert len(results.response["passes"]) > 10, "axe did not run"
    if misdirected := page.evaluate(MISDIRECTED):
        return f"{view}: {misdirected}"
    return f"{view}: {results.generate_report()}" if results.violations_count else ""


def answered(page: Page) -> None:
    expect(page.locator("#hits li").first).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize("look", EACH_PAIR, ids=str)
def test_asking_and_reading_are_accessible(visit: Visit, address: str, look: Look) -> None:
    page = visit(address, look=look)
    assert found(page, "before a question") == ""
    page.goto(f"{ASKING}&explain=1&source={quote(AGENCY)}&from=2023-01-01")
    answered(page)
    if page.get_by_label("From").is_hidden():
        page.locator("#facets summary").click()
    assert found(page, "an answer, explained and narrowed") == ""
    page.locator("#said a.number").first.focus()
    expect(page.locator("#quote")).to_be_visible()
    assert found(page, "a quote") == ""
    page.locator("#said a.number").first.click()
    expect(page.locator("#cited-here")).to_be_visible()
    assert found(page, "an article") == ""
    page.goto(f"{ASKING}&source=nobody&mode=lexical")
    answered(page)
    assert found(page, "a refusal") == ""
    page.goto("/?q=" + "x" * 2001)
    expect(page.locator("#trouble")).not_to_be_empty()
    assert found(page, "a failure") == ""


@pytest.mark.parametrize("look", EACH_ONCE, ids=str)
def test_each_outcome_is_accessible(visit: Visit, answering: str, unsure: str, look: Look) -> None:
    page = visit(answering, ASKING, look)
    answered(page)
    expect(page.locator("#short p")).to_be_visible()
    for disclosure in page.locator("#answer summary").all():
        disclosure.click()
    expect(page.locator("#evidence .folded .quotes li").first).to_be_visible()
    assert found(page, "a short answer and related quotes") == ""
    page.goto(unsure + ASKING)
    answered(page)
    expect(page.locator("#said .quotes li").first).to_be_visible()
    assert found(page, "related evidence") == ""
    page.goto(f"{unsure}/?q={quote(OFF_TOPIC)}")
    answered(page)
    expect(page.locator("#said .missing")).to_be_visible()
    assert found(page, "nothing about it") == ""


@pytest.mark.parametrize("look", EACH_ONCE, ids=str)
def test_articles_and_the_rest_are_accessible(visit: Visit, address: str, look: Look) -> None:
    page = visit(address, "/articles", look)
    expect(page.locator("#articles > li").first).to_be_visible()
    files = [("bad.jsonl", b'{"text": ""}\n'), ("x.pdf", b"x"), ("good.txt", NEWS[0].text.encode())]
    page.get_by_role("textbox").first.fill("dalil_key")
    page.locator("#key").fill("dalil_key")
    page.locator("#files").set_input_files(
        [FilePayload(name=name, mimeType="text/plain", buffer=content) for name, content in files[:2]]
    )
    expect(page.locator("#queue .failed")).to_have_count(2)
    assert found(page, "the articles and files") == ""
    page.locator("#articles .menu").first.click()
    assert found(page, "the menu of an article") == ""
    page.locator("#articles .menu button").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert found(page, "the dialog") == ""
    page.goto("/articles?q=" + quote("القمح"))
    expect(page.locator("#articles .best").first).to_be_visible()
    assert found(page, "articles found") == ""
    page.goto("/quality")
    page.locator("section summary").first.click()
    assert found(page, "a report") == ""
    page.goto("/nowhere")
    assert found(page, "no page") == ""


@pytest.mark.parametrize("look", LOOKS[:5:4], ids=str)
def test_what_is_missing_is_told_accessibly(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, "/articles", look)
    expect(page.locator("#articles > li").first).to_be_visible()
    assert found(page, "read only") == ""
    page.goto("/quality")
    assert found(page, "no report") == ""
