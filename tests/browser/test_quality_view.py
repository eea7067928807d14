"""What the newest report of the evals found."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import expect

from dalil.wire.quality import SUFFIX, Figure, Place, QualityReport, WorstQuestion, WrongAnswer
from tests.browser.looks import LANGUAGES, Look, Visit
from tests.integration.api_service import WEAPONS, app_over, filled, serving

REPORT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Report</title>
<style>h1 { color: rgb(1, 2, 3); }</style></head><body><h1>Report of {name}</h1>
<script>document.title = "ran";</script><img src="https://evil.example/pixel.png" alt=""></body></html>"""

WORST = "متى وصلت الشحنة <b>إلى روسيا</b>؟"
QUALITY = QualityReport(
    name="seeds",
    when=datetime(2023, 11, 14, tzinfo=UTC),
    questions=1160,
    model="multilingual-e5-small@1571fc98",
    store="lancedb",
    figures=[
        Figure(name="near misses refused", mean=0.5, low=0.38, high=0.62, questions=140),
        Figure(name="citation precision", mean=0.384, low=0.34, high=0.42, questions=900),
        Figure(name="a measure of another release", mean=1, low=1, high=1, questions=1),
    ],
    near_misses=[Figure(name="wrong-date", mean=0.25, low=0.1, high=0.4, questions=40)],
    wrong_answers=[
        WrongAnswer(
            text="How much did Russia spend?",
            form="en",
            kind="absent-fact",
            status="answered",
            confidence=0.68,
            cited=[Place(article_id=WEAPONS.id, start=0, end=44)],
        )
    ],
    worst_questions=[
        WorstQuestion(
            text=WORST,
            form="ar",
            kind="date",
            status=None,
            confidence=None,
            ndcg=0.0,
            expected=[Place(article_id=WEAPONS.id, start=0, end=44, text=WEAPONS.text[:44])],
            returned=[],
        )
    ],
)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("reports")
    for age, name in enumerate(["new", "old"]):
        file = folder / f"{name}.html"
        file.write_text(REPORT.replace("{name}", name), "utf-8")
        os.utime(file, (1_700_000_000 - age, 1_700_000_000 - age))
    (folder / f"new{SUFFIX}").write_text(QUALITY.model_dump_json(), "utf-8")
    (folder / f"old{SUFFIX}").write_text("{}", "utf-8")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, reports: Path) -> Iterator[str]:
    with serving(app_over(filled(tmp_path_factory.mktemp("index")), reports=reports)) as client:
        yield str(client.base_url)


@pytest.mark.parametrize("look", LANGUAGES, ids=str)
def test_the_headline_is_followed_by_what_is_worst(visit: Visit, address: str, look: Look) -> None:
    page = visit(address, "/quality", look)
    headline = {
        "en": ["Near misses refused", "Citation precision"],
        "ar": ["الأسئلة القريبة الممتنع عنها", "دقة الاستشهاد"],
    }[look.language]
    assert page.locator(".headline dt").all_inner_texts() == headline
    assert page.locator(".headline .mean").all_inner_texts() == ["50 %", "38 %"]
    assert page.locator(".headline .hint").all_inner_texts() == ["38–62 %", "34–42 %"]
    wrong, worst = page.locator("section").nth(0), page.locator("section").nth(1)
    expect(wrong.locator(".asked")).to_have_text("How much did Russia spend?")
    question = worst.locator(".asked a")
    expect(question).to_have_text(WORST)
    assert question.locator("bdi").evaluate("text => getComputedStyle(text).direction") == "rtl"
    assert question.get_attribute("href") == f"/?q={quote(WORST)}"
    worst.locator("summary").click()
    worst.locator(".places a").click()
    expect(page.locator("#cited")).to_have_text(WEAPONS.text[:44])


def test_the_whole_report_may_do_nothing(address: str) -> None:
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
        assert page.locator(".tiles").count() == 0
        assert page.request.get("/quality/report").status == 404


def test_a_report_of_another_release_is_linked_alone(visit: Visit, reports: Path, address: str) -> None:
    os.utime(reports / "old.html", (1_700_000_001, 1_700_000_001))
    page = visit(address, "/quality")
    expect(page.get_by_role("link", name="The whole report")).to_be_visible()
    assert page.locator(".tiles").count() == 0
