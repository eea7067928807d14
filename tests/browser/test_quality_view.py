"""The newest report of the evals, framed."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.looks import LANGUAGES, Look, Visit
from tests.integration.api_service import app_over, serving

REPORT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Report</title>
<style>h1 { color: rgb(1, 2, 3); }</style></head><body><h1>Report of {name}</h1>
<script>document.title = "ran"; parent.document.title = "ran";</script>
<img src="https://evil.example/pixel.png" alt="">
</body></html>"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("reports")
    for age, name in enumerate(["new", "old"]):
        file = folder / f"{name}.html"
        file.write_text(REPORT.replace("{name}", name), "utf-8")
        os.utime(file, (1_700_000_000 - age, 1_700_000_000 - age))
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, reports: Path) -> Iterator[str]:
    with serving(app_over(tmp_path_factory.mktemp("index"), reports=reports)) as client:
        yield str(client.base_url)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_the_newest_report_is_framed_without_script_and_its_date_not_jumbled(
    visit: Visit, address: str, look: Look, complaints: list[str]
) -> None:
    page = visit(address, "/quality", look)
    heading = page.frame_locator("iframe").locator("h1")
    expect(heading).to_have_text("Report of new")
    assert heading.evaluate("heading => getComputedStyle(heading).color") == "rgb(1, 2, 3)"
    date = page.locator("main bdi")
    expect(date).to_have_text("2023-11-14 22:13 UTC")
    assert date.evaluate("date => getComputedStyle(date).direction") == "ltr"
    assert page.title() != "ran"
    # The browser says what it has forbidden, and nothing else.
    assert [forbidden.partition(" ")[0] for forbidden in complaints] == ["Blocked", "Loading"]
    complaints.clear()


def test_a_report_by_itself_may_do_no_more(address: str) -> None:
    answer = httpx.get(f"{address}/quality/report")
    assert "Report of new" in answer.text
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "sandbox"} <= set(policy)
    assert not any(rule.startswith("script-src") for rule in policy)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_without_a_report_the_page_says_how_to_make_one(visit: Visit, tmp_path: Path, look: Look) -> None:
    with serving(app_over(tmp_path, reports=tmp_path / "none")) as client:
        page = visit(str(client.base_url), "/quality", look)
        expect(page.locator("main")).to_contain_text("make eval")
        assert page.locator("iframe").count() == 0
        assert page.request.get("/quality/report").status == 404
