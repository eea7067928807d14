"""The page of an article, its JSON and its errors, over a real socket and with articles that try to break out of it."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app
from dalil.citation_urls import citation_path
from dalil.domain import Article
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.hostile_articles import END, FOREIGN, SCRIPTS, START
from tests.integration.api_service import HARVEST, UNDATED, WEAPONS, build, fill, serving

ARTICLES = (WEAPONS, HARVEST, UNDATED, SCRIPTS, FOREIGN)
TEXT = re.compile(r'<div class="text" dir="(?:rtl|auto)">(.*)</div>\n</article>', re.DOTALL)
MARKED = re.compile(r'<div class="text" dir="rtl">(.*)<mark id="cited">(.*)</mark>(.*)</div>\n</article>', re.DOTALL)
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
SCRIPT_TAGS = ['<script type="application/json" id="texts">', '<script type="module" src="/web/article.js">']
VARIES = "Accept, Accept-Language, Cookie"
"""A page is in the language and the colours that its reader prefers."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("index")
    with LanceStore(path) as store:
        fill(store, FakeEmbedder(), articles=ARTICLES)
    return path


@pytest.fixture(scope="module")
def client(index: Path) -> Iterator[httpx.Client]:
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(index), FakeEmbedder()))) as client:
        yield client


def page(client: httpx.Client, article: Article, query: str = "") -> str:
    response = client.get(f"/articles/{quote(article.id, safe='')}{query}", headers=BROWSER)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    return response.text


def shown(markup: str) -> str:
    """The text of markup in which no tag stands but those around line ends."""
    markup = markup.replace('<span class="end">\n</span>', "\n")
    assert "<" not in markup
    assert "\r" not in markup, "a parser would make a line feed of it"
    return html.unescape(markup)


@pytest.mark.parametrize(
    ("start", "end"),
    [(START, END), (0, 1), (0, len(SCRIPTS.text)), (len(SCRIPTS.text) - 1, len(SCRIPTS.text)), (START, START + 1)],
)
def test_exactly_the_cited_characters_are_marked(client: httpx.Client, start: int, end: int) -> None:
    found = MARKED.search(page(client, SCRIPTS, f"?start={start}&end={end}"))
    assert found
    before, marked, after = found.groups()
    assert shown(marked) == SCRIPTS.text[start:end]
    assert (shown(before), shown(after)) == (SCRIPTS.text[:start], SCRIPTS.text[end:])


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_without_offsets_the_article_is_shown_whole_and_nothing_is_marked(
    client: httpx.Client, article: Article
) -> None:
    found = TEXT.search(page(client, article))
    assert found
    assert shown(found[1]) == article.text


def test_what_an_article_says_of_itself_is_text_too(client: httpx.Client) -> None:
    shown_page = page(client, SCRIPTS)
    assert re.findall(r"<script[^>]*>", shown_page) == SCRIPT_TAGS
    assert f'<h1 dir="rtl">{html.escape(SCRIPTS.title).replace("&#x27;", "&#39;")}</h1>' in shown_page
    assert f"<title>{html.escape(SCRIPTS.title).replace('&#x27;', '&#39;')} · Dalil</title>" in shown_page
    assert "&lt;/li&gt;&lt;script&gt;" in shown_page
    assert 'href="https://news.example/&#34;onmouseover=&#34;alert(1)"' in shown_page


def test_the_head_of_the_page_names_source_date_and_original(client: httpx.Client) -> None:
    weapons = page(client, WEAPONS)
    assert '<html lang="en" dir="ltr">' in weapons
    assert '<article lang="ar">' in weapons
    assert '<h1 dir="rtl">' in weapons
    assert '<li dir="auto">وكالة الاختبار</li>' in weapons
    assert '<time datetime="2024-03-01T12:00:00+00:00">1 Mar 2024 12:00 UTC</time>' in weapons
    assert '<a href="https://news.example/weapons" rel="noopener noreferrer nofollow" title="Original page">' in weapons
    assert "<time" not in page(client, UNDATED)


def test_a_day_has_no_hour_and_an_address_of_another_kind_is_no_link(client: httpx.Client) -> None:
    foreign = page(client, FOREIGN)
    assert '<article lang="en">' in foreign
    assert '<h1 dir="auto">' in foreign
    assert '<time datetime="2024-03-02T00:00:00+00:00">2 Mar 2024</time>' in foreign
    assert 'rel="noopener' not in foreign
    assert "javascript:" not in foreign


@pytest.mark.parametrize(
    ("start", "end"), [(START, END), (0, 1), (len(SCRIPTS.text) - 1, len(SCRIPTS.text)), (150, 250)]
)
def test_as_json_the_same_address_gives_the_quote_in_its_context(client: httpx.Client, start: int, end: int) -> None:
    response = client.get(citation_path(SCRIPTS.id, start, end), headers=JSON)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert response.json() == {
        "article": {
            "id": SCRIPTS.id,
            "title": SCRIPTS.title,
            "source": SCRIPTS.source,
            "published_at": "2024-03-01T23:30:00Z",
            "url": SCRIPTS.url,
        },
        "language": "ar",
        "start": start,
        "end": end,
        "quote": SCRIPTS.text[start:end],
        "before": SCRIPTS.text[max(0, start - 200) : start],
        "after": SCRIPTS.text[end : end + 200],
    }


def test_as_json_without_offsets_the_quote_is_the_whole_text(client: httpx.Client) -> None:
    quotation = client.get(f"/articles/{WEAPONS.id}", headers=JSON).json()
    assert (quotation["start"], quotation["end"], quotation["quote"]) == (0, len(WEAPONS.text), WEAPONS.text)
    assert (quotation["before"], quotation["after"]) == ("", "")


@pytest.mark.parametrize(
    ("accept", "expected", "varies"),
    [
        ("*/*", "text/html", VARIES),
        ("application/json;q=0.9, text/html;q=0.8", "application/json", "Accept"),
        ("image/png", "text/html", VARIES),
    ],
)
def test_the_client_chooses_and_a_cache_is_told_so(
    client: httpx.Client, accept: str, expected: str, varies: str
) -> None:
    response = client.get(f"/articles/{WEAPONS.id}", headers={"Accept": accept})
    assert response.headers["Content-Type"].partition(";")[0] == expected
    assert response.headers["Vary"] == varies


@pytest.mark.parametrize("path", [quote(HARVEST.id, safe=""), quote(HARVEST.id)])
def test_the_slashes_of_an_id_may_be_encoded_or_not(client: httpx.Client, path: str) -> None:
    assert client.get(f"/articles/{path}", headers=JSON).json()["article"]["id"] == HARVEST.id


def test_parameters_that_others_put_into_links_do_no_harm(client: httpx.Client) -> None:
    assert '<mark id="cited">' in page(client, WEAPONS, "?start=0&end=5&utm_source=chat.example&fbclid=1")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/articles/{quote('<script>alert(1)</script>')}", 404, "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (f"/articles/{WEAPONS.id}?start=3", 422, "belong together"),
        (f"/articles/{WEAPONS.id}?start=3&end=3", 422, "has to be less than"),
        (f"/articles/{WEAPONS.id}?start=0&end=9999", 422, f"the article has {len(WEAPONS.text)} characters"),
        ("/nowhere", 404, "nothing is served at"),
    ],
)
def test_a_browser_gets_a_readable_page_for_an_error(client: httpx.Client, path: str, status: int, words: str) -> None:
    response = client.get(path, headers=BROWSER)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.headers["Vary"] == VARIES
    assert words in response.text
    assert response.headers["X-Request-ID"] in response.text
    assert re.findall(r"<script[^>]*>", response.text) == [tag.replace("article", "shell") for tag in SCRIPT_TAGS]


def test_before_anything_is_indexed_a_browser_is_told_when_to_come_back(tmp_path: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), FakeEmbedder()))) as client:
        response = client.get("/articles/weapons", headers=BROWSER)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "<h1>Nothing has been indexed yet</h1>" in response.text


def test_the_page_may_load_its_own_files_and_nothing_else(client: httpx.Client) -> None:
    response = client.get(citation_path(SCRIPTS.id, START, END), headers=BROWSER)
    policy = dict(rule.split(" ", 1) for rule in response.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "connect-src": "'self'",
        "font-src": "'self'",
        "frame-src": "'self'",
        "img-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    loaded = re.findall(r'<(?:link|script)[^>]* (?:href|src)="([^"]+)"', response.text)
    fonts = [f"/web/fonts/ibm-plex-sans-arabic-{weight}.woff2" for weight in (400, 700)]
    assert loaded == ["/web/icon.svg", *fonts, "/web/pages.css", "/web/article.js"]


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("icon.svg", "image/svg+xml"), ("pages.css", "text/css"), ("article.js", "text/javascript")],
)
def test_a_file_of_the_pages_is_kept_and_asked_for_again(client: httpx.Client, path: str, media_type: str) -> None:
    first = client.get(f"/web/{path}")
    assert (first.status_code, first.headers["Content-Type"].partition(";")[0]) == (200, media_type)
    assert first.headers["Cache-Control"] == "no-cache"
    again = client.get(f"/web/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("public_url", "base"),
    [(None, None), ("https://news.example/dalil/", "https://news.example/dalil")],
    ids=["where the request was sent", "the public url"],
)
def test_every_link_leads_to_the_page_of_what_it_cites(index: Path, public_url: str | None, base: str | None) -> None:
    settings = ApiSettings(public_url=public_url)
    with serving(create_app(settings, lambda: build(LanceStore(index), FakeEmbedder()))) as client:
        base = base or str(client.base_url).rstrip("/")
        answer = client.post("/v1/answer", json={"question": "ماذا أرسلت كوريا الشمالية؟"}).json()
        cited = [(one["link"], one["article_id"], one["quote"]) for one in answer["citations"]]
        hits = client.get("/v1/search", params={"q": "القمح", "mode": "semantic"}).json()["hits"]
        cited += [(hit["link"], hit["article"]["id"], hit["best_sentence"]["text"]) for hit in hits]
        assert len(hits) == len(ARTICLES)
        assert len(cited) > len(hits)
        for link, article_id, text in cited:
            assert link.startswith(f"{base}/articles/")
            assert link.endswith("#cited")
            quotation = client.get(link.removeprefix(base), headers=JSON).json()
            assert (quotation["article"]["id"], quotation["quote"]) == (article_id, text)


def test_both_forms_of_the_page_are_documented(client: httpx.Client) -> None:
    operation = client.get("/openapi.json").json()["paths"]["/articles/{article_id}"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"text/html", "application/json"}
    assert list(operation["responses"]["404"]["content"]) == ["application/problem+json"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["article_id", "start", "end"]
