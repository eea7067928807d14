"""What every page has: languages, colours, the policy, and little to load."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MILLISECONDS_TO_WAIT
from tests.browser.looks import LOOKS, NARROW, Look, Visit
from tests.browser.news import QUESTION

ASKING = f"/?q={quote(QUESTION)}&mode=semantic&explain=1"
PAGES = ["/", ASKING, "/articles", "/articles/wheat-1?start=0&end=20#cited", "/quality", "/nowhere"]
SHADES = {"light": "rgb(252, 251, 248)", "dark": "rgb(21, 24, 26)"}
SHADE = "getComputedStyle(document.body).backgroundColor"


def ready(page: Page) -> None:
    expect(page.locator("main").first).to_be_visible()
    if urlsplit(page.url).path == "/articles":
        expect(page.locator("#articles > li").first).to_be_visible()
    if "q=" in page.url:
        expect(page.locator("#hits .group").first).to_be_visible()


def test_the_switch_turns_the_page_round_keeps_the_state_and_is_remembered(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    ready(page)
    state, hits = parse_qs(urlsplit(page.url).query), page.locator("#hits h3").all_inner_texts()
    assert page.evaluate("getComputedStyle(document.body).direction") == "ltr"
    first_hit = page.locator("#hits h3 bdi").first
    assert first_hit.evaluate("title => getComputedStyle(title).direction") == "rtl"
    box, brand = page.locator("#facets").bounding_box(), page.locator("#answer").bounding_box()
    assert box is not None
    assert brand is not None
    assert box["x"] > brand["x"]
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    ready(page)
    assert parse_qs(urlsplit(page.url).query) == state
    assert page.locator("#hits h3").all_inner_texts() == hits
    expect(page.get_by_role("radio", name="بالمعنى")).to_be_checked()
    box, brand = page.locator("#facets").bounding_box(), page.locator("#answer").bounding_box()
    assert box is not None
    assert brand is not None
    assert box["x"] < brand["x"]
    page.goto("/articles")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("dir", "ltr")


def test_a_link_may_name_a_language_and_the_switch_gets_out_of_it(visit: Visit, news: str) -> None:
    page = visit(news, "/articles?ui=ar&q=wheat")
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url == f"{news}/articles?q=wheat"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_the_systems_until_the_reader_chooses(visit: Visit, news: str, theme: str) -> None:
    other = {"light": "dark", "dark": "light"}[theme]
    page = visit(news, look=Look(theme=theme))
    assert page.evaluate(SHADE) == SHADES[theme]
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(SHADE) == SHADES[other]
    page.goto("/articles")
    assert page.evaluate(SHADE) == SHADES[other]
    page.get_by_role("button", name="Dark or light").click()
    page.reload()
    assert page.evaluate(SHADE) == SHADES[theme]


@pytest.mark.parametrize("look", [look for look in LOOKS if look.theme == "light"], ids=str)
def test_nothing_is_wider_than_the_window_and_nothing_is_cut(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, look=look)
    for address in PAGES:
        page.goto(address)
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        cut = page.locator("button, nav a, .button, h1, h2, legend, label > span").evaluate_all(
            """elements => elements.filter(element => element.checkVisibility() && !element.matches(".unseen")
                 && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline")
               .map(element => element.outerHTML)"""
        )
        assert cut == [], address


def test_the_keyboard_skips_to_the_content(visit: Visit, news: str) -> None:
    page = visit(news, "/articles")
    ready(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


@pytest.mark.parametrize("look", [Look("en"), Look("ar", "dark", NARROW)], ids=str)
def test_a_question_mark_shows_the_keys(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, "/articles", look)
    ready(page)
    keys = page.locator("#keys")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.locator("#find").fill("")
    page.locator("#find").press("?")
    expect(keys).to_be_hidden()
    expect(page.locator("#find")).to_have_value("?")


def test_a_finger_has_targets_of_44_pixels(visit: Visit, answering: str) -> None:
    page = visit(answering, ASKING, Look(width=NARROW), has_touch=True, is_mobile=True)
    ready(page)
    small = page.locator("button:not(.link), nav a, .quotes .line > a, #answer summary").evaluate_all(
        """targets => targets.filter(target => target.checkVisibility())
             .map(target => [target.getBoundingClientRect().height, target.outerHTML])
             .filter(([height]) => height < 44)"""
    )
    assert small == []


def test_every_place_of_the_bar_leads_somewhere_and_says_where_one_is(visit: Visit, news: str) -> None:
    page = visit(news)
    for name, path in [("Articles", "/articles"), ("Quality", "/quality"), ("Ask", "/")]:
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        page.wait_for_url(news + path)
        expect(page.locator("[aria-current=page]")).to_have_text(name)
    page.get_by_role("navigation").get_by_role("link", name="API").click()
    expect(page.locator("#swagger-ui .opblock").first).to_be_visible(timeout=MILLISECONDS_TO_WAIT)
    page.get_by_role("button", name="Dark or light").click()
    assert page.evaluate(SHADE) == SHADES["dark"]
    page.get_by_role("navigation").get_by_role("link", name="Ask").click()
    page.wait_for_url(f"{news}/")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_policy_and_nothing_that_it_forbids(
    visit: Visit, news: str, path: str, complaints: list[str]
) -> None:
    page = visit(news, look=Look(width=NARROW))
    answer = page.goto(path)
    ready(page)
    assert answer is not None
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    markup = answer.text()
    assert re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)", markup) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", markup) == []
    assert complaints == []
    refused = page.evaluate(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'set'; } catch { return 'refused'; } })()"
    )
    assert refused == "refused"
    complaints.clear()


def test_a_first_visit_loads_little_and_all_of_it_from_here(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    ready(page)
    expect(page.locator("#evidence .sources li").first).to_be_visible()
    sizes: dict[str, int] = page.evaluate(
        """() => Object.fromEntries([
          ...performance.getEntriesByType("navigation"),
          ...performance.getEntriesByType("resource"),
        ].map(({ name, decodedBodySize }) => [name, decodedBodySize]))"""
    )
    assert {urlsplit(address).path for address in sizes} >= {
        "/",
        "/web/pages.css",
        "/web/ask.js",
        "/v1/answer",
        "/v1/search",
    }
    # The page leaves the stream of an answer after its last event, and a stream that is left may have no size.
    streamed = page.request.post("/v1/answer", data={"question": QUESTION, "stream": True, "explain": True})
    sizes[streamed.url] = len(streamed.body())
    assert all(size > 0 for size in sizes.values())
    assert all(address.startswith(f"{news}/") for address in sizes)
    fonts = {size for address, size in sizes.items() if urlsplit(address).path.startswith("/web/fonts/")}
    assert 0 < sum(fonts) < 120_000
    assert sum(sizes.values()) - sum(fonts) < 150_000
