"""Quotes and answers to paste elsewhere, and results to take along."""

import csv
import io
import json
from contextlib import suppress
from urllib.parse import quote

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.looks import Visit
from tests.browser.news import NEWS, QUESTION

ASKING = f"/?q={quote(QUESTION)}"
CLIPBOARD = ["clipboard-read", "clipboard-write"]


@pytest.fixture
def page(visit: Visit, answering: str) -> Page:
    page = visit(answering, ASKING, permissions=CLIPBOARD)
    expect(page.locator("#evidence .sources li").first).to_be_visible()
    expect(page.locator("#hits .group").first).to_be_visible()
    return page


def copied(page: Page, press: str, *, within: str, kind: str = "text/plain") -> str:
    """What the clipboard has after a press of a button."""
    part = page.locator(within).first
    if part.get_by_role("button", name=press, exact=True).is_hidden():
        part.locator(".formats summary").first.click()
    part.get_by_role("button", name=press, exact=True).first.click()
    expect(part.get_by_text("Copied").first).to_be_visible()
    items = "navigator.clipboard.read().then(([item]) => item.getType(KIND)).then(blob => blob.text())"
    for _ in range(2):
        with suppress(Error):  # another browser writes to the same clipboard
            return str(page.evaluate(items.replace("KIND", f'"{kind}"')))
    return str(page.evaluate(items.replace("KIND", f'"{kind}"')))


QUOTE = "#evidence .quotes > li"
WHOLE = "#evidence > .line"


def test_a_quote_is_copied_with_its_source(page: Page, answering: str) -> None:
    gloss = page.locator(f"{QUOTE} .gloss").first
    expect(gloss).to_contain_text("In English: ")
    lines = copied(page, "Copy", within=QUOTE).split("\n")
    assert lines[0].strip("«»") == page.locator(f"{QUOTE} .quoted").first.inner_text()
    assert lines.pop(1) == gloss.inner_text()
    article = next(article for article in NEWS if article.title in lines[1])
    assert lines[1] == f"{article.title} · {article.source} · {lines[1].split(' · ')[2]} · {article.url}"
    assert str(article.published_at.year) in lines[1]  # type: ignore[union-attr]
    assert lines[2].startswith(f"{answering}/articles/{article.id}?start=")


def test_a_quote_is_copied_in_the_other_formats(page: Page) -> None:
    text = page.locator(f"{QUOTE} .quoted").first.inner_text()
    markdown = copied(page, "Markdown", within=QUOTE)
    assert markdown.startswith("> ")
    assert "](<https://news.example/" in markdown
    bibtex = copied(page, "BibTeX", within=QUOTE)
    assert bibtex.startswith("@misc{wheat-")
    assert f"annote = {{{text.replace('%', chr(92) + '%')}}}" in bibtex
    ris = copied(page, "RIS", within=QUOTE).splitlines()
    assert ris[0] == "TY  - NEWS"
    assert f"N1  - {text}" in ris
    assert ris[-1].startswith("ER  -")
    markup = copied(page, "HTML", within=QUOTE, kind="text/html")
    assert "<blockquote" in markup
    assert text in markup


def test_an_answer_is_copied_once_with_its_sources(page: Page, answering: str) -> None:
    text = copied(page, "Copy with sources", within=WHOLE)
    said = page.locator("#said bdi").first.inner_text()
    assert text.startswith(f"{QUESTION}\n\n{said} [1]\n\n[1] ")
    assert text.count(said) == 1
    assert f"{answering}/articles/" in text
    assert copied(page, "Copy the link", within=WHOLE) == page.url


def test_results_are_saved_as_a_table_and_as_lines_of_json(page: Page) -> None:
    saved = {}
    for name in ("CSV", "JSON lines"):
        with page.expect_download() as download:
            page.locator("#export").get_by_role("button", name=name).click()
        saved[download.value.suggested_filename] = download.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(saved["dalil-results.csv"])))
    values = [json.loads(line) for line in saved["dalil-results.jsonl"].splitlines()]
    assert [int(row["rank"]) for row in rows] == [value["rank"] for value in values] == list(range(1, len(rows) + 1))
    texts = {article.id: article.text for article in NEWS}
    for row, value in zip(rows, values, strict=True):
        assert {name: str(value[name]) for name in ("title", "source", "url", "quote", "link")}.items() <= row.items()
        assert texts[value["article_id"]][value["start"] : value["end"]] == value["quote"]
