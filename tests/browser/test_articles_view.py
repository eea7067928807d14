"""The articles: listing, finding, opening, deleting."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from api.keys import hash_of
from tests.browser.looks import LANGUAGES, NARROW, Look, Visit
from tests.browser.news import AGENCY, NEWS
from tests.integration.api_service import HARVEST, UNDATED, WEAPONS, app_over, filled, serving

MANY = 60


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[str]:
    with serving(app_over(filled(tmp_path), host="127.0.0.1")) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over more articles than are listed at once."""
    lines = [
        json.dumps({"id": f"{number:03}", "title": f"مقال {number}", "text": f"هذا نص المقال رقم {number} كاملا."})
        for number in range(MANY)
    ]
    with serving(app_over(tmp_path_factory.mktemp("crowded"), host="127.0.0.1")) as client:
        told = client.post(
            "/v1/articles:import", content="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
        )
        assert json.loads(told.text.splitlines()[-1])["added"] == MANY
        yield str(client.base_url)


def rows(page: Page) -> list[str]:
    expect(page.locator("#articles > li").first).to_be_visible()
    return page.locator("#articles a.stop").all_inner_texts()


def test_all_articles_are_listed_page_by_page(visit: Visit, crowded: str) -> None:
    page = visit(crowded, "/articles")
    assert len(rows(page)) == 50
    page.get_by_role("button", name="More").click()
    expect(page.locator("#articles > li")).to_have_count(MANY)
    expect(page.get_by_role("button", name="More")).to_be_hidden()
    expect(page.locator("#articles > li").nth(50).locator("a.stop")).to_be_focused()
    assert rows(page) == [f"مقال {number}" for number in range(MANY)]


def test_articles_are_found_by_what_they_say_and_the_address_says_so(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    assert set(rows(page)) == {WEAPONS.title, HARVEST.title, UNDATED.title}
    page.keyboard.press("/")
    page.keyboard.type("صواريخ باليستية")
    page.keyboard.press("Enter")
    expect(page.locator("#list-title")).to_have_text("Articles about it")
    expect(page.locator("#articles a.stop").first).to_have_text(WEAPONS.title)
    expect(page.locator("#articles .best").first).to_contain_text("صواريخ باليستية")
    assert page.url == f"{writable}/articles?q={quote('صواريخ باليستية')}"
    page.reload()
    expect(page.locator("#find")).to_have_value("صواريخ باليستية")
    expect(page.locator("#articles a.stop").first).to_have_text(WEAPONS.title)
    page.go_back()
    expect(page.locator("#list-title")).to_have_text("All articles")


def test_the_list_is_sorted_and_filtered_and_the_address_says_so(visit: Visit, news: str) -> None:
    page = visit(news, "/articles")
    titles = [article.title for article in NEWS]
    assert rows(page) == titles[::-1]
    expect(page.locator("#counted")).to_have_text("5 articles")
    page.get_by_label("Sort").select_option("Oldest first")
    expect(page.locator("#articles a.stop").first).to_have_text(titles[0])
    page.get_by_label("Source").select_option(AGENCY)
    expect(page.locator("#counted")).to_have_text("3 of 5 articles")
    page.get_by_label("Published").select_option("2023-02")
    expect(page.locator("#articles > li")).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query) == {"sort": ["oldest"], "source": [AGENCY], "period": ["2023-02"]}
    page.reload()
    expect(page.locator("#articles a.stop")).to_have_text(titles[1])
    expect(page.get_by_label("Sort")).to_have_value("oldest")
    page.locator("#find").fill("القمح")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Sort")).to_have_value("relevance")
    expect(page.locator("#articles .best")).to_have_count(1)
    page.go_back()
    expect(page.locator("#counted")).to_have_text("1 of 5 articles")


def test_the_arrows_and_enter_open_one(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    titles = rows(page)
    page.keyboard.press("/")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("article h1")).to_have_text(titles[1])
    expect(page.locator("aside .passages li")).to_have_count(1)


@pytest.mark.parametrize("look", [Look("en"), Look("ar", "dark", NARROW)], ids=str)
def test_an_article_is_deleted_once_that_is_confirmed_and_comes_back_when_undone(
    visit: Visit, writable: str, look: Look
) -> None:
    page = visit(writable, "/articles", look)
    delete, keep, undo = {"en": ("Delete", "Keep it", "Undo"), "ar": ("احذف", "أبقه", "تراجع")}[look.language]
    rows(page)
    before = httpx.get(f"{writable}/v1/articles/{quote(HARVEST.id, safe='')}").json()
    row = page.locator("#articles > li", has_text=HARVEST.title)
    menu, dialog = row.locator(".menu"), page.get_by_role("dialog")
    button = menu.get_by_role("button", name=f"{delete}…")
    menu.click()
    page.keyboard.press("Escape")
    expect(button).to_be_hidden()
    menu.click()
    button.click()
    expect(dialog).to_contain_text(HARVEST.title)
    expect(dialog.get_by_role("button", name=keep)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(row).to_be_visible()
    menu.click()
    button.click()
    dialog.get_by_role("button", name=delete).click()
    expect(row).to_have_count(0)
    expect(page.locator("#message")).to_contain_text(HARVEST.title)
    assert httpx.get(f"{writable}/v1/articles/{quote(HARVEST.id, safe='')}").status_code == 404
    page.get_by_role("button", name=undo).click()
    expect(page.locator("#articles > li", has_text=HARVEST.title)).to_be_visible()
    assert httpx.get(f"{writable}/v1/articles/{quote(HARVEST.id, safe='')}").json() == before


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_server_that_is_not_written_to_says_so(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, "/articles", look)
    assert set(rows(page)) == {article.title for article in NEWS}
    expect(page.locator("#adding")).to_contain_text(
        {"en": "This server is read-only.", "ar": "هذا الخادم للقراءة فقط."}[look.language]
    )
    expect(page.locator("#adding")).to_contain_text("python -m api.keys")
    assert page.locator("#drop").count() == 0
    assert page.locator("#articles .menu").count() == 0


def test_deleting_takes_the_key_and_a_wrong_one_is_told(visit: Visit, tmp_path: Path) -> None:
    with serving(app_over(filled(tmp_path), keys=(hash_of("dalil_right"),))) as client:
        page = visit(str(client.base_url), "/articles")
        rows(page)
        page.get_by_label("API key").fill("dalil_wrong")
        page.locator("#articles .menu").first.click()
        page.locator("#articles .menu button").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator("#message")).to_contain_text("The server does not know this API key.")
        expect(page.locator("#articles > li")).to_have_count(3)
        page.get_by_label("API key").fill("dalil_right")
        page.locator("#articles .menu").first.click()
        page.locator("#articles .menu button").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.locator("#articles > li")).to_have_count(2)


def test_a_dying_server_is_told_and_the_list_stays(visit: Visit, tmp_path: Path) -> None:
    with serving(app_over(filled(tmp_path), host="127.0.0.1")) as client:
        page = visit(str(client.base_url), "/articles")
        rows(page)
    page.locator("#find").fill("القمح")
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_contain_text("The server cannot be reached.")
    expect(page.locator("#message button")).to_have_text("Try again")
    expect(page.locator("#articles > li")).to_have_count(3)
