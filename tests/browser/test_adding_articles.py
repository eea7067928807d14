"""Files on their way into the index: chosen or dropped, with progress, refusals, keys and second attempts."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from api.keys import hash_of
from tests.browser.looks import LANGUAGES, Look, Visit
from tests.integration.api_service import app_over, filled, serving

TEXT = "أعلنت الهيئة افتتاح الجسر الجديد أمام المارة اليوم."
KEY = "dalil_right"

DROP = """([name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  for (const type of ["dragover", "drop"]) {
    document.getElementById("drop").dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true }));
  }
}"""


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[str]:
    with serving(app_over(filled(tmp_path), host="127.0.0.1")) as client:
        yield str(client.base_url)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    with serving(app_over(filled(tmp_path), keys=(hash_of(KEY),))) as client:
        yield str(client.base_url)


def file(name: str, text: str = TEXT) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode()}


def lines(*articles: object) -> str:
    return "\n".join(json.dumps(article) for article in articles)


def test_a_chosen_file_is_indexed_and_can_be_opened_and_found(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    expect(page.locator("#articles > li")).to_have_count(3)
    page.locator("#files").set_input_files([file("الجسر الجديد.txt")])
    entry = page.locator("#queue > li")
    expect(entry).to_have_class("done")
    expect(entry).to_contain_text("1 new")
    expect(page.locator("#articles > li")).to_have_count(4)
    entry.get_by_role("link", name="Open").click()
    expect(page.locator(".text")).to_have_text(TEXT)
    page.goto("/?q=" + "افتتاح الجسر الجديد")
    expect(page.locator("#hits")).to_contain_text(TEXT)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_dropped_file_shows_what_was_refused_and_why(visit: Visit, writable: str, look: Look) -> None:
    page = visit(writable, "/articles", look)
    articles = lines({"id": "a", "text": TEXT}, {"id": "b", "text": " "}, {"id": "c"}, {"id": "d", "text": f"{TEXT} 2"})
    page.evaluate(DROP, ["أخبار.jsonl", articles])
    entry = page.locator("#queue > li")
    expect(entry).to_have_class("done")
    new, refused = {"en": ("2 new", "2 rejected"), "ar": ("جديد: 2", "مرفوض: 2")}[look.language]
    expect(entry.locator(".counts")).to_have_text(f"{new} · {refused}")
    refusals = entry.locator(".rejections li")
    expect(refusals).to_have_count(2)
    expect(refusals.first).to_contain_text("أخبار.jsonl:2")
    expect(refusals.first).to_contain_text("the text is empty")
    expect(page.locator("#articles > li")).to_have_count(4)
    expect(page.locator("#articles .copies")).to_have_count(1)


def test_progress_is_shown_while_a_file_is_indexed(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => {
            const bar = document.querySelector("#queue progress");
            if (bar && !bar.hidden) seen.push([bar.position, document.querySelector("#queue .state").textContent]);
          }).observe(document.getElementById("queue"), { subtree: true, childList: true, attributes: true });
        }"""
    )
    articles = lines(*({"id": str(number), "text": f"{TEXT} {number}"} for number in range(300)))
    page.locator("#files").set_input_files([file("many.jsonl", articles)])
    expect(page.locator("#queue .done")).to_contain_text("300 new", timeout=30_000)
    seen = page.evaluate("seen")
    assert [-1, "Sending…"] in seen
    measured = [position for position, state in seen if state == "Indexing…"]
    assert measured == sorted(measured)
    assert any(0 < position < 1 for position in measured)


def test_files_are_taken_one_after_the_other(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    page.locator("#files").set_input_files([file(f"{number}.txt", f"{TEXT} {number}") for number in range(4)])
    expect(page.locator("#queue > .done")).to_have_count(4)
    expect(page.locator("#counted")).to_have_text("7 articles")
    # The four differ in a number: they are one story, of which the others are folded.
    expect(page.locator("#articles > li")).to_have_count(4)
    expect(page.locator("#articles .copies summary")).to_have_text("Also in other articles: 3")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [("report.pdf", "%PDF", "Unknown format"), ("empty.txt", "", "The file is empty")],
)
def test_what_cannot_be_read_is_not_sent(visit: Visit, writable: str, name: str, text: str, reason: str) -> None:
    page = visit(writable, "/articles")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if ":import" in request.url else None)
    page.locator("#files").set_input_files([file(name, text), file("good.txt")])
    expect(page.locator("#queue > .failed")).to_contain_text(reason)
    expect(page.locator("#queue > .failed button")).to_have_count(0)
    expect(page.locator("#queue > .done")).to_have_count(1)
    assert len(sent) == 1


def test_a_file_of_which_nothing_is_taken_has_failed(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    page.locator("#files").set_input_files([file("bad.jsonl", "no JSON\n")])
    expect(page.locator("#queue > .failed .rejections li")).to_have_count(1)
    expect(page.locator("#queue .state")).to_have_text("Failed")


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_a_key_is_asked_for_a_wrong_one_told_and_the_right_one_kept_for_the_tab(
    visit: Visit, locked: str, look: Look
) -> None:
    page = visit(locked, "/articles", look)
    asked, wrong, again = {
        "en": ("Enter the API key first.", "The server does not know this API key.", "Try again"),
        "ar": ("أدخل المفتاح أولا.", "لا يعرف الخادم هذا المفتاح.", "حاول مرة أخرى"),
    }[look.language]
    page.locator("#files").set_input_files([file("bridge.txt")])
    entry, key = page.locator("#queue > li"), page.locator("#key")
    expect(entry).to_contain_text(asked)
    expect(key).to_be_focused()
    key.fill("dalil_wrong")
    entry.get_by_role("button", name=again).click()
    expect(entry).to_contain_text(wrong)
    key.fill(KEY)
    entry.get_by_role("button", name=again).click()
    expect(entry).to_have_class("done")
    page.reload()
    expect(page.locator("#key")).to_have_value(KEY)
    another = visit(locked, "/articles", look)
    expect(another.locator("#key")).to_have_value("")


def held(page: Page) -> list[Route]:
    """The requests that import, each held back until a test lets it go."""
    routes: list[Route] = []

    def hold(route: Route) -> None:  # playwright takes no built-in method
        routes.append(route)

    page.route("**/v1/articles:import**", hold)
    return routes


def test_sending_can_be_cancelled_and_tried_again(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    routes = held(page)
    page.locator("#files").set_input_files([file("one.txt"), file("two.txt", f"{TEXT} 2")])
    first, second = page.locator("#queue > li").first, page.locator("#queue > li").last
    expect(first.locator(".state")).to_have_text("Sending…")
    expect(second.locator(".state")).to_have_text("Waiting")
    second.get_by_role("button", name="Cancel").click()
    expect(second).to_contain_text("Cancelled")
    first.get_by_role("button", name="Cancel").click()
    expect(first).to_contain_text("Cancelled")
    assert len(routes) == 1
    page.unroute("**/v1/articles:import**")
    second.get_by_role("button", name="Try again").click()
    expect(second).to_have_class("done")
    expect(page.locator("#articles > li")).to_have_count(4)


def test_a_server_that_goes_away_is_told_and_the_file_kept_for_another_attempt(visit: Visit, writable: str) -> None:
    page = visit(writable, "/articles")
    page.route("**/v1/articles:import**", lambda route: route.abort("connectionrefused"))
    page.locator("#files").set_input_files([file("bridge.txt")])
    entry = page.locator("#queue > li")
    expect(entry).to_contain_text("The server cannot be reached.")
    page.unroute("**/v1/articles:import**")
    entry.get_by_role("button", name="Try again").click()
    expect(entry).to_have_class("done")


def test_the_first_articles_make_the_index(visit: Visit, tmp_path: Path) -> None:
    with serving(app_over(tmp_path / "empty", host="127.0.0.1")) as client:
        page = visit(str(client.base_url), "/articles")
        expect(page.locator("#message")).to_contain_text("There are no articles yet.")
        page.locator("#files").set_input_files([file("bridge.md", f"---\ntitle: الجسر\n---\n{TEXT}\n")])
        expect(page.locator("#articles a.stop")).to_have_text("الجسر")
        expect(page.locator("#message")).to_be_empty()
