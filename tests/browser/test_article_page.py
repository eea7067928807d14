"""The page of an article as a reader sees it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from api.app import create_app
from dalil.citation_urls import citation_path
from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.hostile_articles import END, FOREIGN, OVERRIDES, QUOTE, SCRIPTS, START
from tests.integration.api_service import build, fill, serving

LINK = citation_path(SCRIPTS.id, START, END)
LINES = ("مقدمة abc (12) للخبر.", "الجملة def (34) المقتبسة.", "وتتمتها ghi (56) هنا.", "خاتمة jkl (78) الخبر.")
UNTURNED = Article("unturned", "عنوان", "\n".join(LINES), source="وكالة abc")
TURNED = {
    f"turned-{number}": Article(f"turned-{number}", "عنوان", "\n".join(lines), source="وكالة abc" + OVERRIDES)
    for number, lines in enumerate(
        [
            (LINES[0].replace("abc", f"abc{character}"), LINES[1].replace("def", f"def{character}"), *LINES[2:])
            for character in [*OVERRIDES, "\u2069\u2069", "\u202c\u202c"]
        ]
    )
}

IN_VIEW = """() => {
  const place = document.getElementById("cited").getBoundingClientRect();
  return place.top >= 0 && place.top < innerHeight / 2 && scrollY > 0;
}"""

PLACES = """() => {
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const places = [];
  while (walker.nextNode()) {
    for (let index = 0; index < walker.currentNode.length; index++) {
      range.setStart(walker.currentNode, index);
      range.setEnd(walker.currentNode, index + 1);
      places.push([walker.currentNode.data[index], Math.round(range.getBoundingClientRect().left)]);
    }
  }
  return places;
}"""
"""Each character of the page and how far from the left it stands."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path: Path = tmp_path_factory.mktemp("index")
    with LanceStore(path) as store:
        fill(store, FakeEmbedder(), articles=(SCRIPTS, FOREIGN, UNTURNED, *TURNED.values()))
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(path), FakeEmbedder()))) as client:
        yield str(client.base_url)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to say: errors, and what the page's policy forbade."""
    return []


@pytest.fixture(params=[360, 1200], ids=["a telephone", "a desk"])
def page(browser: Browser, address: str, complaints: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with browser.new_context(base_url=address, viewport={"width": request.param, "height": 800}) as context:
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        yield page


@pytest.mark.parametrize("link", [LINK, LINK.removesuffix("#cited")], ids=["with fragment", "without fragment"])
def test_a_link_shows_exactly_the_quote_and_scrolls_to_it(page: Page, link: str, complaints: list[str]) -> None:
    page.goto(link)
    assert page.locator("#cited").evaluate("mark => mark.textContent") == QUOTE
    assert page.locator(".text").evaluate("text => text.textContent") == SCRIPTS.text
    page.wait_for_function(IN_VIEW)
    assert page.evaluate("getComputedStyle(document.getElementById('cited')).direction") == "rtl"
    assert complaints == []


def test_without_javascript_the_fragment_is_enough(browser: Browser, address: str) -> None:
    with browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(LINK)
        box = page.locator("#cited").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 400


def test_what_looks_like_a_tag_is_text(page: Page, complaints: list[str]) -> None:
    page.goto(LINK)
    assert page.title() == f"{SCRIPTS.title} · Dalil"
    assert page.locator("h1").inner_text() == SCRIPTS.title
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    assert "<script>document.title = 'text'</script>" in page.locator(".text").inner_text()
    assert complaints == []


def test_nothing_is_wider_than_the_window(page: Page) -> None:
    page.goto(LINK)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_article_without_offsets_begins_at_its_title(page: Page, complaints: list[str]) -> None:
    page.goto("/articles/foreign")
    assert page.locator(".text").inner_text() == FOREIGN.text
    assert page.locator("mark").count() == 0
    assert page.evaluate("getComputedStyle(document.querySelector('.text')).direction") == "ltr"
    assert complaints == []


@pytest.mark.parametrize("article", TURNED.values(), ids=lambda article: ascii(article.text.partition("abc")[2][:2]))
def test_an_override_turns_nothing_around_outside_its_line(page: Page, article: Article) -> None:
    def places_of(shown: Article) -> list[tuple[str, int]]:
        start, end = shown.text.index("الجملة"), shown.text.index("خاتمة")
        page.goto(citation_path(shown.id, start, end))
        places = [(character, left) for character, left in page.evaluate(PLACES) if character.strip()]
        lines = "".join(LINES[2:]).replace(" ", "")
        assert "".join(character for character, _ in places[-len(lines) :]) == lines
        return places[-len(lines) :]

    assert places_of(article) == places_of(UNTURNED)


def test_there_is_a_light_page_and_a_dark_one(browser: Browser, address: str) -> None:
    shades = {}
    for scheme in ("light", "dark"):
        with browser.new_context(base_url=address, color_scheme=scheme) as context:
            page = context.new_page()
            page.goto(LINK)
            shades[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert shades == {"light": "rgb(252, 251, 248)", "dark": "rgb(21, 24, 26)"}
