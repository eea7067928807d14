"""English beside the Arabic, for those who do not read it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from api.app import create_app
from dalil.settings import ApiSettings
from tests.browser.looks import Look, Visit
from tests.browser.news import NEWS, QUESTION
from tests.integration.api_service import serving
from tests.integration.generators import short_and_related
from tests.integration.scripted_endpoint import ScriptedEndpoint, says
from tests.integration.test_translation import translator
from tests.small_engine import small_engine

ASKING = f"/?q={quote(QUESTION)}"


@pytest.fixture
def translating(tmp_path: Path) -> Iterator[tuple[str, ScriptedEndpoint]]:
    """The address of a server whose language model translates, and the model's endpoint."""
    small_engine(tmp_path, NEWS).close()
    with ScriptedEndpoint(says("The wheat harvest.")) as endpoint:
        engine = replace(short_and_related(tmp_path), translator=translator(endpoint))
        with serving(create_app(ApiSettings(), lambda: engine)) as client:
            yield str(client.base_url), endpoint


def test_a_click_gives_a_quote_and_its_title_in_english_beside_them(
    visit: Visit, translating: tuple[str, ScriptedEndpoint]
) -> None:
    address, endpoint = translating
    page = visit(address, ASKING)
    group = page.locator("#evidence > .sources > li")
    quoted = group.locator(".quoted").inner_text()
    assert endpoint.requests == []
    group.get_by_role("button", name="In English").click()
    translations = group.locator(".translation")
    expect(translations).to_have_text(["English (machine translation by gemma): The wheat harvest."] * 2)
    assert group.locator(".quoted").inner_text() == quoted
    assert len(endpoint.requests) == 2
    # The server remembers what it has translated for another reader.
    other = visit(address, ASKING)
    other.locator("#evidence > .sources").get_by_role("button", name="In English").click()
    expect(other.locator("#evidence > .sources .translation")).to_have_count(2)
    assert len(endpoint.requests) == 2


def test_without_a_model_the_page_says_how_to_set_one_up(visit: Visit, answering: str) -> None:
    page = visit(answering, ASKING)
    page.get_by_text("You do not read Arabic?").click()
    expect(page.get_by_text("DALIL_GENERATOR__BASE_URL")).to_be_visible()
    expect(page.get_by_role("button", name="In English")).to_have_count(0)


def test_readers_of_arabic_are_offered_no_english(visit: Visit, translating: tuple[str, ScriptedEndpoint]) -> None:
    page = visit(translating[0], ASKING, Look("ar"))
    expect(page.locator("#evidence > .sources li").first).to_be_visible()
    assert page.locator(".gloss").count() == 0
    expect(page.locator("#evidence").get_by_role("button", name="بالإنجليزية")).to_have_count(0)
