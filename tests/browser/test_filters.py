"""What narrows a search: sources, years and dates."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LANGUAGES, NARROW, Look, Visit
from tests.browser.news import AGENCY, NEWS, PAPER, QUESTION

ASKING = f"/?q={quote(QUESTION)}"


def titles(page: Page) -> set[str]:
    expect(page.locator("#results")).to_be_visible()
    return set(page.locator("#hits h3").all_inner_texts())


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_sources_and_years_are_counted(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    assert titles(page) == {article.title for article in NEWS}
    counts = page.locator("#sources .value").evaluate_all("rows => rows.map(row => row.textContent)")
    assert counts == [f"{AGENCY}3", f"{PAPER}2"]
    years = page.locator("#years button").evaluate_all("rows => rows.map(row => row.textContent)")
    assert years == ["20241", "20233", "20221"]
    assert page.locator("#clear").is_hidden()


def test_a_source_is_chosen_and_left_again_with_the_focus_where_it_was(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    titles(page)
    page.get_by_role("checkbox", name=PAPER).focus()
    page.keyboard.press("Space")
    expect(page.locator("#hits .group")).to_have_count(2)
    assert titles(page) == {article.title for article in NEWS if article.source == PAPER}
    assert asked(page)["source"] == [PAPER]
    expect(page.get_by_role("checkbox", name=PAPER)).to_be_focused()
    assert page.locator("#evidence .sources .about").all_text_contents()
    for about in page.locator("#evidence .sources .about").all_text_contents():
        assert PAPER in about
    page.locator("#chosen button", has_text=PAPER).click()
    expect(page.locator("#hits .group")).to_have_count(5)
    assert "source" not in asked(page)


def test_a_year_is_chosen_and_left_again(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    page.locator("#years button", has_text="2023").click()
    expect(page.locator("#hits .group")).to_have_count(3)
    expect(page.locator("#years button", has_text="2023")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chosen")).to_have_text("2023×")
    assert (asked(page)["from"], asked(page)["to"]) == (["2023-01-01"], ["2023-12-31"])
    page.locator("#years button", has_text="2023").click()
    expect(page.locator("#hits .group")).to_have_count(5)


def test_the_months_and_days_of_a_year_are_chosen_and_left_again(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    titles(page)
    expect(page.locator("#months")).to_be_hidden()
    page.locator("#years button", has_text="2023").click()
    expect(page.locator("#months button")).to_have_text(["Apr 20231", "Mar 20231", "Feb 20231"])
    page.locator("#months button", has_text="Mar").click()
    expect(page.locator("#chosen")).to_have_text("Mar 2023×")
    assert (asked(page)["from"], asked(page)["to"]) == (["2023-03-01"], ["2023-03-31"])
    page.locator("#days button").click()
    expect(page.locator("#chosen")).to_have_text("3 Mar 2023×")
    expect(page.locator("#days button")).to_have_attribute("aria-pressed", "true")
    page.locator("#days button").click()
    expect(page.locator("#chosen")).to_have_text("Mar 2023×")
    expect(page.locator("#months button", has_text="Mar")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#days button")).to_have_attribute("aria-pressed", "false")
    page.locator("#months button", has_text="Mar").click()
    expect(page.locator("#chosen")).to_have_text("2023×")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_dragging_over_the_histogram_filters(visit: Visit, news: str, look: Look) -> None:
    page = visit(news, ASKING, look)
    titles(page)
    bars = page.locator("#timeline .bars > span")
    # January 2022 to May 2024.
    expect(bars).to_have_count(29)
    first, last = bars.nth(13).bounding_box(), bars.nth(15).bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + first["width"] / 2, first["y"] + 10)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 10)
    expect(page.locator("#timeline .bars > span:not(.out)")).to_have_count(3)
    page.mouse.up()
    page.wait_for_url("**from=2023-02-01&to=2023-04-30**")
    expect(page.locator("#hits .group")).to_have_count(3)
    expect(bars).to_have_count(29)


def test_dates_are_chosen_and_reversed_ones_told(visit: Visit, news: str) -> None:
    page = visit(news, ASKING)
    titles(page)
    page.get_by_label("From").fill("2023-04-01")
    page.wait_for_url("**from=2023-04-01**")
    expect(page.locator("#hits .group")).to_have_count(2)
    page.get_by_label("To", exact=True).fill("2022-01-01")
    expect(page.get_by_role("alert")).to_have_text("The first date is after the last.")
    assert "to" not in asked(page)
    page.get_by_label("To", exact=True).fill("2023-12-31")
    expect(page.get_by_role("alert")).to_have_text("")
    expect(page.locator("#hits .group")).to_have_count(1)
    expect(page.locator("#chosen")).to_have_text("1 Apr 2023 – 31 Dec 2023×")


def test_all_filters_are_cleared_at_once(visit: Visit, news: str) -> None:
    page = visit(news, f"{ASKING}&source={quote(AGENCY)}&from=2022-01-01&to=2022-12-31")
    expect(page.locator("#hits .group")).to_have_count(1)
    expect(page.locator("#chosen li")).to_have_count(2)
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator("#hits .group")).to_have_count(5)
    assert set(asked(page)) == {"q"}


def test_a_filter_that_leaves_nothing_can_be_left(visit: Visit, news: str) -> None:
    page = visit(news, f"{ASKING}&source=nobody")
    expect(page.locator("#advice")).to_contain_text("No passage is close to it")
    expect(page.locator("#hits .nothing")).to_be_visible()
    page.get_by_role("button", name="Remove the filter nobody").click()
    expect(page.locator("#hits .group")).to_have_count(5)


def test_on_a_telephone_the_filters_are_folded_above_the_answer(visit: Visit, news: str) -> None:
    page = visit(news, ASKING, Look(width=NARROW))
    titles(page)
    expect(page.get_by_label("From")).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    expect(page.get_by_label("From")).to_be_visible()
    filters, answer = page.locator("#facets").bounding_box(), page.locator("#answer").bounding_box()
    assert filters is not None
    assert answer is not None
    assert filters["y"] + filters["height"] <= answer["y"]


def test_what_makes_no_sense_in_an_address_is_passed_over(visit: Visit, news: str) -> None:
    page = visit(news, f"{ASKING}&mode=magic&from=2023-02-31&to=2024-99-99&explain=maybe&limit=3")
    expect(page.locator("#hits .group")).to_have_count(5)
    expect(page.get_by_role("radio", name="Both")).to_be_checked()
    expect(page.locator("#chosen")).to_be_hidden()


def test_a_question_that_cannot_be_asked_is_told_and_not_offered_again(visit: Visit, news: str) -> None:
    page = visit(news, f"/?q={'x' * 2001}")
    expect(page.locator("#trouble")).to_contain_text("This question or filter cannot be searched for")
    expect(page.locator("#trouble button")).to_have_count(0)
