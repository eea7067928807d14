"""The three outcomes of a question: an answer, related evidence, and nothing about it."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from dalil.settings import ApiSettings
from tests.browser.looks import LANGUAGES, NARROW, SHIFTS, WIDE, Look, Visit
from tests.browser.news import NEWS, OFF_TOPIC, QUESTION
from tests.integration.api_service import serving
from tests.integration.generators import Doubtful, Paced, written_by
from tests.small_engine import small_engine

TEXTS = {article.id: article.text for article in NEWS}


def asking(question: str) -> str:
    return f"/?q={quote(question)}"


def wait_for_hits(page: Page) -> None:
    expect(page.locator("#hits .group").first).to_be_visible()


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_an_answer_begins_with_the_short_answer_and_keeps_related_quotes_apart(
    visit: Visit, answering: str, look: Look
) -> None:
    page = visit(answering, asking(QUESTION), look)
    wait_for_hits(page)
    short = page.locator("#short p")
    sentence = page.locator("#said p")
    expect(sentence).to_have_count(1)
    word = short.locator("bdi").inner_text()
    assert sentence.locator("bdi").inner_text().startswith(word)
    assert short.locator("a.number").inner_text() == "1"
    sizes = [part.evaluate("part => parseFloat(getComputedStyle(part).fontSize)") for part in (short, sentence)]
    assert sizes[0] > 1.3 * sizes[1]
    assert short.bounding_box()["y"] < sentence.bounding_box()["y"]  # type: ignore[index]
    assert sentence.locator("mark").inner_text() == word
    assert page.locator("#evidence > .sources mark").inner_text() == word
    related = {"en": "Related, not part of the answer", "ar": "ذو صلة، وليس من الإجابة"}[look.language]
    quotes = page.locator("#evidence .folded .quotes li")
    expect(quotes.first).to_be_hidden()
    page.locator(".folded summary", has_text=related).click()
    expect(quotes.first).to_be_visible()
    numbers = [int(number) for number in quotes.locator(".n").all_inner_texts()]
    assert sorted(numbers) == list(range(2, 2 + len(numbers)))
    assert len(numbers) > 0
    assert all(any(text in whole for whole in TEXTS.values()) for text in quotes.locator(".quoted").all_inner_texts())
    assert "%" not in page.locator("#stage").inner_text()


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_related_evidence_says_that_it_may_not_answer(visit: Visit, unsure: str, look: Look) -> None:
    page = visit(unsure, asking(QUESTION), look)
    wait_for_hits(page)
    title, warning = {
        "en": ("Closest passages", "They may not answer the question."),
        "ar": ("أقرب ما وُجد", "قد لا يجيب عن السؤال."),
    }[look.language]
    expect(page.locator("#answer-title")).to_have_text(title)
    expect(page.locator("#said .outcome")).to_have_text(warning)
    quotes = page.locator("#said .quotes li")
    assert quotes.count() > 0
    for text in quotes.locator(".quoted").all_inner_texts():
        assert any(text in whole for whole in TEXTS.values())
    for group in page.locator("#said .sources > li").all():
        assert group.locator(".about").inner_text()
    assert page.locator("#said p bdi").count() == page.locator("#short p").count() == 0
    assert page.locator("#evidence .sources").count() == 0
    expect(page.locator("#progress")).to_be_hidden()


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_nothing_about_a_question_names_what_is_missing(visit: Visit, unsure: str, look: Look) -> None:
    page = visit(unsure, asking(OFF_TOPIC), look)
    wait_for_hits(page)
    title, nothing, missing = {
        "en": ("No answer", "Nothing in the articles is about this.", {"“أصلح”", "“دراجتي”", "“القديمة”"}),
        "ar": ("لا إجابة", "لا شيء عن هذا في المقالات.", {"«أصلح»", "«دراجتي»", "«القديمة»"}),
    }[look.language]
    expect(page.locator("#answer-title")).to_have_text(title)
    expect(page.locator("#said .outcome")).to_have_text(nothing)
    assert set(page.locator("#said .missing li").all_inner_texts()) == missing
    expect(page.locator("#advice")).not_to_be_empty()
    assert page.locator("#answer .sources").count() == 0


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_the_words_for_the_confidence_open_their_reasons(visit: Visit, answering: str, look: Look) -> None:
    page = visit(answering, asking(QUESTION), look)
    page.locator("#stage button").click()
    why = page.locator("#evidence .why")
    expect(why).to_have_attribute("open", "")
    expect(why.locator("summary").first).to_be_focused()
    expect(why.locator("ul li").first).to_have_text(re.compile(".+"))
    expect(why.locator("table")).to_be_hidden()
    figures = {"en": "The figures behind it", "ar": "الأرقام وراء ذلك"}[look.language]
    why.get_by_text(figures).click()
    expect(why.locator("table")).to_be_visible()


def test_evidence_is_grouped_by_article_with_the_words_around_each_quote(visit: Visit, unsure: str) -> None:
    page = visit(unsure, asking(QUESTION))
    wait_for_hits(page)
    groups = page.locator("#said .sources > li")
    titles = groups.locator(".title").all_inner_texts()
    assert len(titles) == len(set(titles)) == groups.count()
    numbers = [int(number) for number in page.locator("#said .n").all_inner_texts()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    texts = {article.title: article.text for article in NEWS}
    for group in groups.all():
        own = [int(number) for number in group.locator(".n").all_inner_texts()]
        assert own == sorted(own)
        whole = " ".join(texts[group.locator(".title").inner_text()].split())
        for block in group.locator("blockquote").all():
            shown = " ".join(block.inner_text().replace("…", "").split())
            assert shown in whole
            assert len(shown) > len(block.locator(".quoted").inner_text())


def test_a_long_answer_shows_three_sentences_and_folds_the_others(visit: Visit, tmp_path: Path) -> None:
    small_engine(tmp_path, NEWS).close()
    paced = Paced()
    paced.go_on.set()
    with serving(create_app(ApiSettings(), lambda: written_by(paced, tmp_path))) as client:
        page = visit(str(client.base_url), asking(QUESTION))
        wait_for_hits(page)
        expect(page.locator("#said > p")).to_have_count(3)
        rest = page.locator("#said details")
        expect(rest.locator("summary")).to_have_text(f"{rest.locator('p').count()} more sentences")
        expect(rest.locator("p").first).to_be_hidden()
        rest.locator("summary").click()
        expect(rest.locator("p").first).to_be_visible()


def test_a_related_quote_leads_to_its_place_and_back_again(visit: Visit, unsure: str) -> None:
    page = visit(unsure, asking(QUESTION))
    wait_for_hits(page)
    quoted = page.locator("#said .quoted").first.inner_text()
    page.locator("#said .quotes a").first.click()
    page.wait_for_url("**/articles/**#cited")
    assert page.locator("#cited").inner_text() == quoted
    expect(page.locator("#cited-here [aria-current=true] bdi")).to_have_text(quoted)
    page.locator("#cited-here p a").click()
    expect(page.locator("#said .quoted").first).to_have_text(quoted)


def test_another_question_removes_every_trace_of_an_outcome(visit: Visit, answering: str, unsure: str) -> None:
    page = visit(unsure, asking(OFF_TOPIC))
    wait_for_hits(page)
    page.locator("#question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator("#answer-title")).to_have_text("Closest passages")
    expect(page.locator("#answer")).to_have_class("related_evidence")
    expect(page.locator("#said .missing")).to_have_count(0)
    expect(page.locator("#advice")).to_be_empty()
    page.goto(answering + asking(QUESTION))
    expect(page.locator("#short p")).to_be_visible()
    page.locator("#question").fill("")
    page.locator("#question").fill("متى وصل القمح المستورد؟")
    page.keyboard.press("Enter")
    expect(page.locator("#said p bdi")).to_contain_text("المستورد")
    expect(page.locator("#answer-title")).to_have_text("Answer")
    expect(page.locator("#short p")).to_have_count(1)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_the_reasons_of_an_answer_name_the_prompt_and_the_models_own_probability(
    visit: Visit, tmp_path: Path, look: Look
) -> None:
    small_engine(tmp_path, NEWS).close()
    with serving(create_app(ApiSettings(), lambda: written_by(Doubtful(), tmp_path))) as client:
        page = visit(str(client.base_url), asking(QUESTION), look)
        sentence = page.locator("#said p bdi").inner_text()
        page.locator("#evidence .why summary").click()
        heading, prompt = {
            "en": ("The language model", "Prompt doubtful.v3"),
            "ar": ("النموذج اللغوي", "صيغة الطلب doubtful.v3"),
        }[look.language]
        why = page.locator("#evidence .why")
        expect(why.get_by_role("heading", name=heading)).to_be_visible()
        expect(why).to_contain_text(prompt)
        entailed = why.locator("li").filter(has_text="87")
        expect(entailed.locator("bdi")).to_have_text(sentence)


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_nothing_moves_when_an_outcome_comes(
    visit: Visit, answering: str, unsure: str, language: str, width: int
) -> None:
    page = visit(answering, look=Look(language, width=width))
    page.add_init_script(f"({SHIFTS})()")
    for address, question in ((answering, QUESTION), (unsure, QUESTION), (unsure, OFF_TOPIC)):
        page.goto(address + asking(question))
        wait_for_hits(page)
        expect(page.locator("#evidence .why")).to_be_visible()
        page.evaluate("new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        assert page.evaluate("shifts") == [], question
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
