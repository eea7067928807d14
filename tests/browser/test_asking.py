"""Asking, reading the answer and checking it, over the seed articles with the real model."""

import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LANGUAGES, NARROW, Look, Visit
from tests.programs import Service

ENGLISH, ARABIC = "what weapons did DPRK send?", "ما الأسلحة التي أرسلتها كوريا الشمالية؟"
NEAR_MISS = "how many people died in the Morocco earthquake in 1975?"
OFF_TOPIC = "how do I bake sourdough bread?"

pytestmark = pytest.mark.model


@pytest.fixture
def base_url(seeds_service: Service) -> str:
    return str(seeds_service.client.base_url)


def asking(question: str) -> str:
    return f"/?q={quote(question)}"


def answered(page: Page) -> None:
    expect(page.locator("#evidence .sources li").first).to_be_visible()
    expect(page.locator("#hits .group").first).to_be_visible()


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
@pytest.mark.parametrize("question", [ENGLISH, ARABIC], ids=["in English", "in Arabic"])
def test_a_typed_question_is_answered_with_numbered_quotes(
    visit: Visit, base_url: str, question: str, look: Look
) -> None:
    page = visit(base_url, look=look)
    page.keyboard.type(question)
    page.keyboard.press("Enter")
    answered(page)
    sentences = page.locator("#said p")
    assert sentences.count() >= 1
    for sentence in sentences.all():
        assert sentence.locator("bdi").evaluate("text => getComputedStyle(text).direction") == "rtl"
        assert re.fullmatch(r"(?:\d)+", "".join(sentence.locator("a.number").all_text_contents()))
    numbers = [int(number) for number in page.locator("#evidence .n").all_text_contents()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    supported = {"en": "supported by the articles", "ar": "تدعمها المقالات"}[look.language]
    expect(page.locator("#stage")).to_contain_text(supported)
    assert "%" not in page.locator("#answer").inner_text()
    assert parse_qs(urlsplit(page.url).query) == {"q": [question]}
    assert page.title().startswith(question)


def test_an_example_is_a_question(visit: Visit, base_url: str) -> None:
    page = visit(base_url)
    example = page.locator("#suggested a").first
    question = example.inner_text()
    example.click()
    answered(page)
    expect(page.locator("#question")).to_have_value(question)


def test_passages_stand_by_article_with_the_matched_words_marked(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC))
    answered(page)
    links = page.locator("#hits .group h3 a").evaluate_all("links => links.map(link => link.pathname)")
    assert len(links) == len(set(links)) > 1
    ranks = [int(rank.lstrip("#")) for rank in page.locator("#hits .rank").all_inner_texts()]
    assert sorted(ranks) == list(range(1, 21))
    firsts = page.locator("#hits .group").evaluate_all(
        "groups => groups.map(group => Number(group.querySelector('.rank').textContent.slice(1)))"
    )
    assert firsts == sorted(firsts)
    marks = set(page.locator("#hits mark").all_inner_texts())
    assert {"كوريا", "الشمالية"} <= marks
    first = page.locator("#hits .group").first
    assert first.locator("time").count() == 1
    assert "دليل" in first.locator(".about").inner_text()
    expect(page.locator("#counted")).to_contain_text("20 passages in")


def test_a_passage_opens_where_it_stands(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC))
    answered(page)
    hit = page.locator("#hits .group > ol > li", has=page.locator("[aria-expanded]")).last
    cut = hit.locator(".hit").inner_text()
    hit.get_by_role("button", name="Whole passage").click()
    whole = hit.locator(".hit").inner_text()
    assert len(whole) > len(cut)
    assert "…" not in (whole[0], whole[-1])
    hit.get_by_role("button", name="Less").click()
    assert hit.locator(".hit").inner_text() == cut


@pytest.mark.parametrize("look", [Look("en"), Look("ar", "dark", NARROW)], ids=str)
def test_hovering_a_number_shows_its_quote_in_place(visit: Visit, base_url: str, look: Look) -> None:
    page = visit(base_url, asking(ARABIC), look)
    answered(page)
    number, card = page.locator("#said a.number").first, page.locator("#quote")
    number.hover()
    expect(card).to_be_visible()
    expect(number).to_have_attribute("aria-describedby", "quote")
    said = page.locator("#said bdi").first.inner_text().split()
    quote = card.locator(".quoted").inner_text().split()
    assert (quote[:4], quote[-3:]) == (said[:4], said[-3:])
    assert len(quote) < len(said)
    assert any(card.locator(".context").all_inner_texts())
    box = card.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.evaluate("document.documentElement.clientWidth")
    card.hover()
    page.wait_for_function("document.querySelector('#quote:hover')")
    card.locator("a").hover()
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_focused_number_shows_its_quote_though_it_had_to_be_scrolled_to(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC), Look(width=NARROW))
    answered(page)
    last = page.locator("#said > p a.number").last  # more sentences are folded
    box = last.bounding_box()
    assert box
    page.set_viewport_size({"width": NARROW, "height": int(box["y"])})
    assert page.evaluate("scrollY") == 0
    last.focus()
    page.wait_for_function("() => scrollY > 0")
    page.evaluate("new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    card = page.locator("#quote")
    expect(card).to_be_visible()
    number_box, card_box = last.bounding_box(), card.bounding_box()
    assert number_box is not None
    assert card_box is not None
    gaps = (
        card_box["y"] - number_box["y"] - number_box["height"],
        number_box["y"] - card_box["y"] - card_box["height"],
    )
    assert max(gaps) == pytest.approx(8, abs=1)
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(last).to_be_focused()


def test_a_tap_shows_the_quote_and_a_second_one_opens_it(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC), Look(width=NARROW), has_touch=True, is_mobile=True)
    answered(page)
    number, card = page.locator("#said a.number").first, page.locator("#quote")
    number.tap()
    expect(card).to_be_visible()
    page.locator("#answer-title").tap()
    expect(card).to_be_hidden()
    number.tap()
    expect(card).to_be_visible()
    number.tap()
    page.wait_for_url("**/articles/**")


def test_the_link_in_the_card_opens_the_article_too(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC), Look(width=NARROW), has_touch=True, is_mobile=True)
    answered(page)
    page.locator("#said a.number").first.tap()
    page.locator("#quote a").tap()
    page.wait_for_url("**/articles/**")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_number_leads_to_exactly_its_quote_and_back_again(visit: Visit, base_url: str, look: Look) -> None:
    page = visit(base_url, asking(ARABIC), look)
    answered(page)
    said = page.locator("#said").inner_text()
    quoted = page.locator("#said bdi").first.inner_text()
    page.locator("#said a.number").first.click()
    page.wait_for_url("**/articles/**#cited")
    assert page.locator("#cited").inner_text() == quoted
    cited = page.locator("#cited-here")
    expect(cited).to_contain_text(ARABIC)
    expect(cited.locator("[aria-current=true] bdi")).to_have_text(quoted)
    cited.locator("p a").click()
    answered(page)
    assert page.locator("#said").inner_text() == said


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_near_miss_gets_the_closest_quotes_and_what_is_missing(visit: Visit, base_url: str, look: Look) -> None:
    page = visit(base_url, asking(NEAR_MISS), look)
    closest = {"en": "Closest passages", "ar": "أقرب ما وُجد"}[look.language]
    expect(page.get_by_role("heading", name=closest)).to_be_visible()
    expect(page.locator("#said .quotes li").first).to_be_visible()
    expect(page.locator("#said .missing")).to_contain_text("1975")
    expect(page.locator("#hits .group").first).to_be_visible()
    assert page.locator("#said p bdi").count() == page.locator("#evidence .sources").count() == 0


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_refusal_is_as_plain_as_an_answer(visit: Visit, base_url: str, look: Look) -> None:
    page = visit(base_url, asking(OFF_TOPIC), look)
    nothing = {"en": "Nothing in the articles is about this.", "ar": "لا شيء عن هذا في المقالات."}[look.language]
    advice = {"en": "Another wording", "ar": "بصياغة أخرى"}[look.language]
    expect(page.locator("#said .outcome")).to_have_text(nothing)
    expect(page.locator("#said .missing")).to_contain_text("sourdough")
    expect(page.locator("#advice")).to_contain_text(advice)
    expect(page.locator("#hits .group").first).to_be_visible()
    assert page.locator("#answer .sources").count() == 0


def test_the_bars_add_up_to_the_score(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ENGLISH))
    answered(page)
    explained = page.locator("#hits .explained")
    expect(explained).to_have_count(0)
    page.get_by_role("switch", name="Explain the order").check()
    expect(explained.first).to_be_visible()
    assert "explain=1" in page.url
    counted = page.locator("#hits .group > ol > li").count()
    expect(explained).to_have_count(counted)
    for hit in page.locator("#hits .group > ol > li").all()[:5]:
        score = float(hit.locator(".score").inner_text().split()[-1])
        shares = hit.evaluate(
            """hit => {
              const bar = hit.querySelector(".shares");
              const signals = [...bar.querySelectorAll(".signal")].map(signal => signal.getBoundingClientRect().width);
              return signals.reduce((sum, width) => sum + width, 0) / bar.getBoundingClientRect().width;
            }"""
        )
        assert shares == pytest.approx(score, abs=0.01)
        told = [float(number) for number in hit.locator(".explained strong").all_inner_texts()]
        assert len(told) == 4
        assert sum(told) == pytest.approx(score, abs=0.021)
    page.get_by_role("switch", name="Explain the order").uncheck()
    expect(explained).to_have_count(0)
    assert "explain" not in page.url


def test_another_mode_searches_anew_and_leaves_the_answer(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ENGLISH))
    answered(page)
    said, counted = page.locator("#said").inner_text(), page.locator("#counted").inner_text()
    page.get_by_role("radio", name="Meaning").check()
    page.wait_for_url("**mode=semantic**")
    expect(page.locator("#counted")).not_to_have_text(counted)
    assert page.locator("#said").inner_text() == said
    page.get_by_role("radio", name="Keywords").check()
    page.wait_for_url("**mode=lexical**")


def test_keywords_say_why_they_find_nothing_in_english(visit: Visit, base_url: str) -> None:
    page = visit(base_url, "/?mode=lexical&q=" + quote("why are they so happy?"))
    expect(page.locator("#hits .nothing")).to_contain_text("ask in Arabic")


def test_the_address_holds_the_state(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ENGLISH))
    answered(page)
    page.get_by_role("radio", name="Meaning").check()
    page.get_by_role("button", name=re.compile("^2023")).click()
    page.wait_for_url("**to=2023-12-31**")
    page.get_by_role("switch", name="Explain the order").check()
    answered(page)
    shared = page.url
    said, hits = page.locator("#said").inner_text(), page.locator("#hits h3").all_inner_texts()
    page.reload()
    answered(page)
    assert page.locator("#said").inner_text() == said
    another = visit(base_url, shared.removeprefix(base_url))
    answered(another)
    for opened in (page, another):
        assert opened.locator("#hits h3").all_inner_texts() == hits
        expect(opened.get_by_role("radio", name="Meaning")).to_be_checked()
        expect(opened.locator("#chosen")).to_have_text(re.compile("2023"))
        expect(opened.locator("#hits .explained").first).to_be_visible()


def test_back_and_forward_go_through_the_questions(visit: Visit, base_url: str) -> None:
    page = visit(base_url)
    for question in (ENGLISH, ARABIC):
        page.locator("#question").fill(question)
        page.keyboard.press("Enter")
        expect(page).to_have_title(re.compile(re.escape(question)))
        answered(page)
    said = page.locator("#said").inner_text()
    page.go_back()
    expect(page.locator("#question")).to_have_value(ENGLISH)
    answered(page)
    page.go_back()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#found")).to_be_hidden()
    page.go_forward()
    page.go_forward()
    expect(page.locator("#question")).to_have_value(ARABIC)
    answered(page)
    assert page.locator("#said").inner_text() == said


def test_the_keyboard_is_enough(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ENGLISH))
    answered(page)
    box = page.locator("#question")
    expect(box).not_to_be_focused()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    assert page.evaluate("getSelection().toString()") == ENGLISH
    page.keyboard.press("ArrowDown")
    first = page.locator("#answer a.stop").first
    expect(first).to_be_focused()
    outline = first.evaluate("link => getComputedStyle(link).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("ArrowDown")
    expect(page.locator("#answer a.stop").nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(box).to_be_focused()
    numbers = page.locator("#answer a.stop:visible").count()
    for _ in range(numbers + 1):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#hits a.hit").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_focused()
    for _ in range(numbers + 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/articles/**#cited")


@pytest.mark.parametrize("typed", ["/", "a/b"])
def test_a_slash_in_the_box_is_a_slash(visit: Visit, base_url: str, typed: str) -> None:
    page = visit(base_url)
    page.keyboard.type(typed)
    expect(page.locator("#question")).to_have_value(typed)


def test_within_one_article_only_that_one_is_asked(visit: Visit, base_url: str) -> None:
    page = visit(base_url, asking(ARABIC))
    answered(page)
    title = page.locator("#hits h3").first.inner_text()
    page.locator("#hits h3 a").first.click()
    page.get_by_role("link", name="Ask within this article").click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#chosen")).to_have_text(f"Within: {title}×")
    page.locator("#question").fill(ARABIC)
    page.keyboard.press("Enter")
    answered(page)
    assert set(page.locator("#hits h3").all_inner_texts()) == {title}
    expect(page.locator("#chosen")).to_contain_text(title)
    page.locator("#chosen button").click()
    expect(page.locator("#hits .group").nth(1)).to_be_visible()
