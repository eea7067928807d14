"""Asking and reading work where no script runs."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LANGUAGES, Look, Visit
from tests.browser.news import AGENCY, NEWS, OFF_TOPIC, QUESTION

TEXTS = {article.id: article.text for article in NEWS}


def ask(page: Page, question: str) -> None:
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    page.wait_for_url("**/plain?**")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_question_is_answered_and_its_quotes_lead_to_their_places(
    visit: Visit, answering: str, unsure: str, look: Look
) -> None:
    page = visit(answering, look=look, java_script_enabled=False)
    ask(page, QUESTION)
    word = page.locator("#short p").inner_text()
    sentence = page.locator("#said p")
    assert sentence.inner_text().startswith(word)
    assert sentence.get_attribute("lang") == "ar"
    for block in page.locator("blockquote").all():
        shown = " ".join(block.inner_text().split())
        assert any(shown in " ".join(text.split()) for text in TEXTS.values())
    quoted = page.locator(".quoted").first.inner_text()
    sentence.locator("a.number").click()
    page.wait_for_url("**/articles/**#cited")
    assert page.locator("#cited").inner_text() == quoted
    page.goto(unsure)
    ask(page, OFF_TOPIC)
    expect(page.locator(".missing li").first).to_be_visible()
    closest = {"en": "No answer", "ar": "لا إجابة"}[look.language]
    expect(page.locator("#answer-title")).to_have_text(closest)


def test_the_filters_of_an_address_hold(visit: Visit, news: str) -> None:
    page = visit(news, f"/?q={quote(QUESTION)}&source={quote(AGENCY)}&to=2022-12-31", java_script_enabled=False)
    page.wait_for_url("**/plain?**")
    assert set(page.locator(".sources .title").all_inner_texts()) == {NEWS[0].title}
