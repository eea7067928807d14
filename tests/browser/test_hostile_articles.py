"""Whatever an article holds stays text, in its own place, in every view."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import FilePayload, Page, expect

from api.app import create_app
from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.browser.looks import LANGUAGES, NARROW, WIDE, Look, Visit
from tests.hostile_articles import HOSTILE, LONG, MIXED, NAMELESS, SCRIPTS, TURNED
from tests.integration.api_service import build, fill, serving

QUESTION = "هل وصل القمح <script>alert('asked')</script> \u202eإلى الميناء؟"

EVIL = """() => ({
  scripts: document.scripts.length,
  others: document.querySelectorAll(
    "img, iframe, object, embed, svg[onload], [onclick], [onerror], [style*=url]").length,
  away: [...document.links].map(link => link.href).filter(href =>
    !href.startsWith(location.origin + "/") && !href.startsWith("https://news.example/")),
})"""

TURNED_AROUND = r"""() => {
  const theirs = "script, noscript, bdi, .hit, .best, .text, h1";
  const strong = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const wrong = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || element.closest(theirs) || !element.checkVisibility()) continue;
    if (/[\u202a-\u202e\u2066-\u2069]/.test(node.data)) continue;
    const whole = !strong.test(node.data) && getComputedStyle(element).direction === "ltr";
    for (const { 0: run, index } of node.data.matchAll(whole ? /.+/g : /[A-Za-z0-9]+/g)) {
      let before = null;
      for (let at = index; at < index + run.length; at++) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const { left, top, width } = range.getBoundingClientRect();
        if (!width) continue;
        if (before && before.top === top && left < before.left) {
          wrong.push(run);
          break;
        }
        before = { left, top };
      }
    }
  }
  return wrong;
}"""
"""What the interface itself says and does not run as it should."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("index")
    with LanceStore(path) as store:
        fill(store, FakeEmbedder(), articles=HOSTILE)
    # As one that may be written to, so that each article has its button.
    app = create_app(ApiSettings(), lambda: build(LanceStore(path), FakeEmbedder()), host="127.0.0.1")
    with serving(app) as client:
        yield str(client.base_url)


def asked(visit: Visit, address: str, look: Look, more: str = "") -> Page:
    page = visit(address, f"/?explain=1&mode=semantic&q={quote(QUESTION)}{more}", look)
    expect(page.locator("#hits .group").first).to_be_visible()
    expect(page.locator("#evidence .sources li").first).to_be_visible()
    return page


def listed(visit: Visit, address: str, look: Look) -> Page:
    page = visit(address, "/articles", look)
    expect(page.locator("#articles > li")).to_have_count(len(HOSTILE))
    return page


def read(visit: Visit, address: str, look: Look, article: Article) -> Page:
    return visit(address, f"/articles/{quote(article.id, safe='')}?start=0&end=9#cited", look)


def harmless(page: Page) -> None:
    assert page.evaluate(EVIL) == {"scripts": 2, "others": 0, "away": []}
    assert page.evaluate(TURNED_AROUND) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", [Look(width=WIDE), Look("ar", "dark", NARROW), Look("en", "light", NARROW)], ids=str)
def test_passages_and_answers_of_hostile_articles_are_text(visit: Visit, address: str, look: Look) -> None:
    page = asked(visit, address, look)
    assert page.locator("#hits .group").count() == len(HOSTILE)
    harmless(page)
    titles = page.locator("#hits h3").evaluate_all("titles => titles.map(title => title.textContent)")
    assert {article.title for article in HOSTILE if article.title} <= set(titles)
    assert page.title().startswith("هل وصل القمح <script>")
    for number in page.locator("#said a.number").all():
        number.focus()
        expect(page.locator("#quote")).to_be_visible()
        harmless(page)


@pytest.mark.parametrize("article", [SCRIPTS, LONG, TURNED], ids=lambda article: article.id[:8])
@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_hostile_article_can_be_asked_alone_and_its_source_chosen(
    visit: Visit, address: str, article: Article, look: Look
) -> None:
    page = asked(visit, address, look, f"&article={quote(article.id)}&source={quote(article.source or '')}")
    assert page.locator("#hits .group").count() == 1
    expect(page.locator("#chosen li").first).to_contain_text((article.source or "")[:5])
    expect(page.locator("#chosen li").last).to_contain_text(article.title[:5])
    harmless(page)


@pytest.mark.parametrize("look", [Look(width=WIDE), Look("ar", "dark", NARROW), Look("en", "light", NARROW)], ids=str)
def test_the_list_of_hostile_articles_is_text(visit: Visit, address: str, look: Look) -> None:
    page = listed(visit, address, look)
    harmless(page)
    menu = page.locator("#articles > li", has_text=SCRIPTS.title).locator(".menu")
    menu.click()
    menu.get_by_role("button").click()
    expect(page.get_by_role("dialog")).to_contain_text(SCRIPTS.title)
    harmless(page)


@pytest.mark.parametrize("article", HOSTILE, ids=lambda article: article.id[:8])
@pytest.mark.parametrize("look", [Look(width=WIDE), Look("ar", "dark", NARROW)], ids=str)
def test_the_page_of_a_hostile_article_is_text(visit: Visit, address: str, article: Article, look: Look) -> None:
    page = read(visit, address, look, article)
    harmless(page)
    assert page.locator(".text").evaluate("text => text.textContent") == article.text
    assert page.locator("#cited").evaluate("mark => mark.textContent") == article.text[:9]


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_an_article_without_a_title_and_a_date_can_be_opened(visit: Visit, address: str, look: Look) -> None:
    untitled = {"en": "Untitled", "ar": "بلا عنوان"}[look.language]
    page = listed(visit, address, look)
    row = page.locator("#articles > li", has_text=untitled)
    assert row.locator("time").count() == 0
    row.get_by_role("link").click()
    expect(page.locator("article h1")).to_have_text(untitled)
    assert page.locator(".text").inner_text() == NAMELESS.text


def test_a_mixed_text_runs_as_most_of_it_does(visit: Visit, address: str) -> None:
    page = listed(visit, address, Look())
    title = page.locator("#articles bdi", has_text=MIXED.title)
    assert title.evaluate("title => getComputedStyle(title).direction") == "rtl"
    page = read(visit, address, Look(), MIXED)
    assert page.locator("h1").evaluate("title => getComputedStyle(title).direction") == "rtl"


def test_what_a_refused_file_is_called_stays_text(visit: Visit, address: str) -> None:
    page = listed(visit, address, Look())
    name = "<img src=x onerror=alert(1)>\u202egnp.pdf"
    page.locator("#files").set_input_files([FilePayload(name=name, mimeType="image/png", buffer=b"x")])
    expect(page.locator("#queue .failed .name")).to_have_text(name)
    harmless(page)


def test_a_problem_says_what_was_asked_as_text(visit: Visit, address: str) -> None:
    harmless(visit(address, "/articles/" + quote("<script>alert(1)</script>\u202e 123 abc", safe="")))
