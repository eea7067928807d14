"""Going on asking: follow-up questions, suggested ones, and the history that the browser keeps."""

import json
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LANGUAGES, SHIFTS, Look, Visit
from tests.browser.news import QUESTION

ASKING = f"/?q={quote(QUESTION)}"
FOLLOW_UP = "ومتى وصل؟"


def answered(page: Page) -> None:
    expect(page.locator("#hits .group").first).to_be_visible()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_follow_up_is_read_after_the_question_before_it(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, ASKING, look)
    answered(page)
    expect(page.locator("#conversation")).to_be_hidden()
    page.locator("#next-question").fill(FOLLOW_UP)
    with page.expect_request("**/v1/answer") as request:
        page.keyboard.press("Enter")
    assert json.loads(request.value.post_data or "")["earlier"] == [QUESTION]
    answered(page)
    expect(page.locator("#question")).to_have_value(FOLLOW_UP)
    expect(page.locator("#conversation li")).to_have_text([QUESTION])
    assert parse_qs(urlsplit(page.url).query) == {"before": [QUESTION], "q": [FOLLOW_UP]}
    # The address holds the conversation, and an earlier question leads back to its answer.
    page.reload()
    answered(page)
    page.locator("#conversation a").click()
    answered(page)
    expect(page.locator("#question")).to_have_value(QUESTION)
    expect(page.locator("#conversation")).to_be_hidden()
    # A question in the box above begins anew.
    page.go_back()
    answered(page)
    page.locator("#question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: parse_qs(urlsplit(address).query) == {"q": [QUESTION]})


def test_questions_about_what_was_found_are_suggested_without_moving_anything(visit: Visit, news: str) -> None:
    page = visit(news, ASKING, Look("ar"))
    page.evaluate(SHIFTS)
    suggested = page.locator("#next-suggested a")
    expect(suggested).to_have_count(3)
    assert page.evaluate("shifts") == []
    titles = [f"«{title}»" for title in page.locator("#hits h3").all_inner_texts()]
    questions = suggested.all_inner_texts()
    assert all(any(title in question for title in titles) for question in questions)
    suggested.first.click()
    answered(page)
    expect(page.locator("#question")).to_have_value(questions[0])
    expect(page.locator("#conversation li")).to_have_text([QUESTION])
    expect(suggested.first).not_to_have_text(questions[0])


def test_the_browser_keeps_the_questions_until_the_reader_forgets_them(visit: Visit, news: str) -> None:
    page = visit(news, f"{ASKING}&from=2022-01-01")
    answered(page)
    page.goto("/")
    kept = page.locator("#history li a")
    expect(kept).to_have_text([QUESTION])
    kept.click()
    answered(page)
    expect(page.locator("#chosen")).to_contain_text("1 Jan 2022")
    page.goto("/")
    page.get_by_role("button", name="Forget them").click()
    expect(page.locator("#history")).to_be_hidden()
    page.reload()
    expect(page.locator(".points")).to_be_visible()
    expect(page.locator("#history")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('dalil-history')") == "[]"
