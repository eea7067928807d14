"""A real browser for the tests of the pages: Chromium, as the system brings it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Response, sync_playwright

from api.app import create_app
from dalil.settings import ApiSettings
from tests.browser.looks import PLAIN, Look, Visit
from tests.browser.news import NEWS
from tests.integration.api_service import serving
from tests.integration.generators import short_and_related
from tests.missing import missing
from tests.small_engine import small_engine

MILLISECONDS_TO_WAIT = 15_000


def _chromium() -> str:
    """Where the browser is; without one the test is skipped, but in CI it fails."""
    return shutil.which("chromium") or missing(
        "no browser: install Chromium as chromium (on Debian: apt-get install chromium)"
    )


# Not for the session: while Playwright runs, asyncio's tests cannot.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        # Root cannot have a sandbox, and neither can most containers.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser had to say: errors, what the page's policy forbade, files of the page that are not there.

    A request that fails is left out: the page says what it means, and the tests look there.
    """
    return []


@pytest.fixture
def visit(browser: Browser, complaints: list[str]) -> Iterator[Visit]:
    """Opens pages, each as a new reader; at the end none may have complained."""

    def console(message: ConsoleMessage) -> None:
        if not message.text.startswith("Failed to load resource"):
            complaints.append(message.text)

    def response(response: Response) -> None:
        if response.status >= 400 and "/web/" in response.url:
            complaints.append(f"{response.status} {response.url}")

    def dialog(dialog: Dialog) -> None:
        complaints.append(dialog.message)
        dialog.dismiss()

    with ExitStack() as contexts:

        def visit(base_url: str, path: str = "/", look: Look = PLAIN, **options: Any) -> Page:
            context = browser.new_context(
                base_url=base_url,
                locale=look.language,
                color_scheme="dark" if look.theme == "dark" else "light",
                viewport={"width": look.width, "height": 800},
                **options,
            )
            contexts.callback(context.close)
            context.set_default_timeout(MILLISECONDS_TO_WAIT)
            page = context.new_page()
            page.on("console", console)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("response", response)
            page.on("dialog", dialog)
            page.goto(path)
            return page

        yield visit
    assert complaints == []


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over `NEWS`, which is not written to."""
    folder = tmp_path_factory.mktemp("news")
    with serving(create_app(ApiSettings(reports=folder), lambda: small_engine(folder / "index", NEWS))) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over `NEWS` that answers with one sentence, a short answer and related quotes."""
    folder = tmp_path_factory.mktemp("answering")
    small_engine(folder, NEWS).close()
    with serving(create_app(ApiSettings(), lambda: short_and_related(folder))) as client:
        yield str(client.base_url)


@pytest.fixture(scope="module")
def unsure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over `NEWS` that is never sure enough to answer."""
    folder = tmp_path_factory.mktemp("unsure")
    with serving(create_app(ApiSettings(), lambda: small_engine(folder, NEWS, threshold=1.0))) as client:
        yield str(client.base_url)
