"""Answers that take their time, and servers that stop answering."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from api.app import create_app
from dalil.answering.generator import Generator
from dalil.settings import ApiSettings
from tests.browser.looks import LANGUAGES, NARROW, SHIFTS, WIDE, Look, Visit
from tests.integration.api_service import app_over, filled, serving
from tests.integration.generators import Breaking, Paced, Slow, with_short_answers, written_by

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
ASKING = f"/?q={quote(QUESTION)}"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@contextmanager
def writing(generator: Generator, index: Path) -> Iterator[str]:
    """The address of a server whose answers, with short ones, the generator writes; at the end a paced one goes on."""
    with serving(create_app(ApiSettings(), lambda: with_short_answers(written_by(generator, index)))) as client:
        try:
            yield str(client.base_url)
        finally:
            if isinstance(generator, Paced):
                generator.go_on.set()


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_nothing_moves_while_an_answer_comes(visit: Visit, index: Path, width: int) -> None:
    paced = Paced()
    with writing(paced, index) as address:
        page = visit(address, look=Look(width=width))
        page.keyboard.type(QUESTION)
        page.evaluate(SHIFTS)
        page.keyboard.press("Enter")
        expect(page.locator("#said p")).to_have_count(1)
        expect(page.locator("#short a.number")).to_be_visible()
        # What moves within half a second of a key counts as its doing.
        page.wait_for_timeout(600)
        paced.go_on.set()
        expect(page.locator("#evidence .sources li").first).to_be_visible()
        expect(page.locator("#hits .group").first).to_be_visible()
        assert page.locator("#said p").count() > 5
        page.evaluate("new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
        assert page.evaluate("shifts") == []


def test_an_answer_appears_sentence_by_sentence(visit: Visit, index: Path) -> None:
    paced = Paced()
    with writing(paced, index) as address:
        page = visit(address, ASKING)
        expect(page.locator("#said p")).to_have_count(1)
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
        expect(page.locator("#stage")).to_have_text("Writing the answer…")
        page.locator("#said a.number").hover()
        expect(page.locator("#quote")).to_be_visible()
        paced.go_on.set()
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#stage")).to_have_text("Well supported by the articles Why?")
        expect(page.locator("#evidence")).to_contain_text("Written by paced")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_slow_answer_says_so_and_can_be_stopped_and_asked_for_again(visit: Visit, index: Path, look: Look) -> None:
    slow = Slow()
    with writing(slow, index) as address:
        page = visit(address, look=look)
        page.clock.install()
        page.locator("#question").fill(QUESTION)
        page.keyboard.press("Enter")
        stage = {"en": "Writing the answer…", "ar": "تجري كتابة الإجابة…"}[look.language]
        expect(page.locator("#stage")).to_have_text(stage)
        expect(page.locator("#clock")).to_be_empty()
        page.clock.run_for(12_000)
        expect(page.locator("#clock")).to_have_text({"en": "12 s so far", "ar": "منذ 12 ث"}[look.language])
        expect(page.locator("#trouble")).to_be_empty()
        page.clock.run_for(19_000)
        unusual = {"en": "This takes unusually long.", "ar": "يستغرق هذا وقتا أطول من المعتاد."}[look.language]
        expect(page.locator("#trouble")).to_contain_text(unusual)
        page.get_by_role("button", name={"en": "Stop", "ar": "أوقف"}[look.language]).click()
        expect(page.locator("#stage")).to_have_text({"en": "Stopped.", "ar": "توقف."}[look.language])
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator("#hits .group").first).to_be_visible()
        slow.go_on.set()
        page.locator("#trouble button").click()
        page.clock.resume()
        expect(page.locator("#evidence .sources li").first).to_be_visible()


def test_passages_are_offered_before_a_slow_answer_is_there(visit: Visit, index: Path) -> None:
    slow = Slow()
    with writing(slow, index) as address:
        page = visit(address, ASKING)
        reading = page.locator("#said .reading li")
        expect(reading.first).to_contain_text("كوريا")
        assert reading.count() <= 3
        expect(page.locator("#results")).to_be_hidden()
        offered = page.get_by_role("button", name="Show passages")
        offered.click()
        expect(page.locator("#hits .group").first).to_be_visible()
        expect(offered).to_be_hidden()
        expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
        slow.go_on.set()
        expect(page.locator("#evidence .sources li").first).to_be_visible()


def test_another_question_takes_the_place_of_a_slow_one(visit: Visit, index: Path) -> None:
    slow = Slow()
    with writing(slow, index) as address:
        page = visit(address, ASKING)
        expect(page.locator("#stage")).to_have_text("Writing the answer…")
        page.locator("#question").fill("متى بدأ حصاد القمح؟")
        page.keyboard.press("Enter")
        page.wait_for_url("**/?q=%D9%85%D8%AA%D9%89**")
        slow.go_on.set()
        expect(page.locator("#evidence .sources li").first).to_be_visible()
        expect(page.locator("#said")).to_contain_text("القمح")
        expect(page.locator("#trouble")).to_be_empty()


def test_a_generator_that_breaks_leaves_what_it_said_and_tells(
    visit: Visit, index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(Breaking(RuntimeError("a secret of the server")), index) as address:
        page = visit(address, ASKING)
        expect(page.locator("#trouble")).to_contain_text("The server failed")
        expect(page.locator("#said p")).to_have_count(1)
        expect(page.get_by_role("button", name="Ask again")).to_be_visible()
        expect(page.locator("#hits .group").first).to_be_visible()
        assert "secret" not in page.locator("body").inner_text()


def stopping(page: Page, language: str) -> None:
    """The page tells what to do about a server that is gone, and goes on showing what it showed."""
    unreachable = {"en": "The server cannot be reached.", "ar": "لا يمكن الوصول إلى الخادم."}[language]
    help_ = {"en": "Check that it runs, then try again.", "ar": "تأكد من أنه يعمل ثم حاول مرة أخرى."}[language]
    expect(page.locator("#trouble")).to_contain_text(unreachable)
    expect(page.locator("#trouble")).to_contain_text(help_)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_nothing_is_lost_when_the_server_restarts(visit: Visit, index: Path, look: Look) -> None:
    with ExitStack() as servers:
        first = ExitStack()
        servers.push(first)
        address = str(first.enter_context(serving(app_over(index))).base_url)
        page = visit(address, ASKING, look)
        expect(page.locator("#evidence .sources li").first).to_be_visible()
        expect(page.locator("#hits .group").first).to_be_visible()
        said = page.locator("#said").inner_text()
        first.close()

        page.locator("#question").fill("متى بدأ حصاد القمح؟")
        page.keyboard.press("Enter")
        stopping(page, look.language)
        page.go_back()
        expect(page.locator("#evidence .sources li").first).to_be_visible()
        assert page.locator("#said").inner_text() == said
        page.go_forward()
        stopping(page, look.language)

        servers.enter_context(serving(app_over(index), port=urlsplit(address).port or 0))
        page.locator("#trouble button").click()
        expect(page.locator("#evidence .sources li").first).to_be_visible()
        expect(page.locator("#said")).to_contain_text("القمح")
        expect(page.locator("#trouble")).to_be_empty()


def test_an_answer_that_breaks_off_keeps_what_was_shown(visit: Visit, index: Path) -> None:
    paced = Paced()
    app = create_app(ApiSettings(), lambda: written_by(paced, index))
    with ExitStack() as server:
        client = server.enter_context(serving(app, timeout_graceful_shutdown=0))
        page = visit(str(client.base_url), ASKING)
        expect(page.locator("#said p")).to_have_count(1)
        server.callback(paced.go_on.set)
        server.close()
    expect(page.locator("#stage")).to_have_text("That did not work")
    expect(page.locator("#said p").first).to_be_visible()
    expect(page.locator("#trouble button")).to_have_text("Ask again")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_without_an_index_the_page_leads_to_where_articles_are_added(visit: Visit, tmp_path: Path, look: Look) -> None:
    with serving(app_over(tmp_path, host="127.0.0.1")) as client:
        page = visit(str(client.base_url), ASKING, look)
        missing = {"en": "Nothing has been indexed yet", "ar": "لم يفهرس شيء بعد"}[look.language]
        expect(page.locator("#trouble")).to_contain_text(missing)
        page.locator("#trouble a").click()
        page.wait_for_url("**/articles")
        empty = {"en": "There are no articles yet.", "ar": "لا مقالات بعد."}[look.language]
        expect(page.locator("#message")).to_contain_text(empty)
        expect(page.locator("#drop")).to_be_visible()
