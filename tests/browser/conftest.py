"""A real browser for the tests of the pages: Chromium, as the system brings it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.missing import missing


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
