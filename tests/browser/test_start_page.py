"""What the start page says of the articles, and the questions that it suggests."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from api.app import create_app
from dalil.settings import ApiSettings
from tests.browser.looks import LANGUAGES, NARROW, SHIFTS, Look, Visit
from tests.browser.news import AGENCY, NEWS
from tests.integration.api_service import app_over, serving
from tests.small_engine import small_engine


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_the_start_page_says_what_is_inside(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, look=look)
    inside = {"en": "5 articles · 3 Jan 2022 – 3 May 2024", "ar": "المقالات: 5 · 3 يناير 2022 – 3 مايو 2024"}
    expect(page.locator(".inside")).to_have_text(inside[look.language])
    newest = sorted(NEWS, key=lambda article: article.published_at.isoformat(), reverse=True)  # type: ignore[union-attr]
    assert page.locator(".newest a").all_inner_texts() == [article.title for article in newest]
    page.locator(".chip", has_text=AGENCY).click()
    page.wait_for_url("**source=**")
    assert parse_qs(urlsplit(page.url).query) == {"source": [AGENCY]}
    expect(page.locator("#chosen")).to_contain_text(AGENCY)


@pytest.mark.parametrize("look", [Look("ar"), Look("ar", width=NARROW)], ids=str)
def test_questions_of_the_articles_come_without_moving_anything_and_are_answered(
    visit: Visit, tmp_path: Path, look: Look
) -> None:
    with serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, NEWS))) as client:
        page = visit(str(client.base_url), look=look)
        page.evaluate(SHIFTS)
        examples = page.locator("#suggested a")
        expect(examples).to_have_count(5)
        assert page.evaluate("shifts") == []
        question = examples.first.inner_text()
        assert NEWS[-1].title in question
        examples.first.click()
        expect(page.locator("#question")).to_have_value(question)
        expect(page.locator("#said p").first).to_be_visible()
        # The next reader gets them with the page.
        again = visit(str(client.base_url), look=look, java_script_enabled=False)
        expect(again.locator("#suggested a")).to_have_count(5)


def test_without_articles_the_start_page_suggests_nothing(visit: Visit, tmp_path: Path) -> None:
    with serving(app_over(tmp_path)) as client:
        page = visit(str(client.base_url))
        expect(page.locator(".points")).to_be_visible()
        expect(page.locator(".inside")).to_have_count(0)
        expect(page.locator("#suggested")).to_have_count(0)
