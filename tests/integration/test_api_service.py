"""The API end to end: requests through a real socket, a real embedded store, real retrieval and answering."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from api.app import create_app
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import (
    ARTICLES,
    HARVEST,
    UNDATED,
    WEAPONS,
    RecordsOf,
    app_over,
    build,
    filled,
    serving,
)

TEXTS = {article.id: article.text for article in ARTICLES}
QUESTION = "صواريخ كوريا الشمالية"
ORIGIN = "https://page.example"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    path = filled(tmp_path_factory.mktemp("index"))
    with serving(app_over(path, cors_origins=(ORIGIN,))) as client:
        yield client


def test_a_search_gives_hits_whose_offsets_lie_in_the_article(client: httpx.Client) -> None:
    response = client.post("/v1/search", json={"query": f"  {QUESTION} "})
    assert response.status_code == 200
    found = response.json()
    assert set(found) == {"query", "language", "took_ms", "hits", "times", "facets"}
    assert found["facets"] is None
    assert (found["query"], found["language"]) == (QUESTION, "ar")
    assert found["hits"][0]["article"]["id"] == WEAPONS.id
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, len(found["hits"]) + 1))
    for hit in found["hits"]:
        text = TEXTS[hit["article"]["id"]]
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert text[hit["best_sentence"]["start"] : hit["best_sentence"]["end"]] == hit["best_sentence"]["text"]
        assert all(hit["start"] <= mark["start"] < mark["end"] <= hit["end"] for mark in hit["highlights"])
        assert hit["explain"] is None
    assert found["hits"][0]["highlights"]


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_contributions_add_up_to_the_score_when_asked_for(client: httpx.Client, mode: str) -> None:
    hits = client.post("/v1/search", json={"query": QUESTION, "mode": mode, "explain": True}).json()["hits"]
    assert hits
    for hit in hits:
        signals = hit["explain"]["contributions"]
        assert sum(signal["contribution"] for signal in signals) == pytest.approx(hit["score"])


def test_a_link_finds_what_the_body_finds(client: httpx.Client) -> None:
    body = {
        "query": QUESTION,
        "limit": 2,
        "mode": "semantic",
        "filters": {"article_ids": [WEAPONS.id, HARVEST.id], "published_to": "2024-03-02"},
        "explain": True,
    }
    parameters: list[tuple[str, str | int | float | bool | None]] = [
        ("q", QUESTION),
        ("limit", 2),
        ("mode", "semantic"),
        ("article_id", WEAPONS.id),
        ("article_id", HARVEST.id),
        ("published_to", "2024-03-02"),
        ("explain", "true"),
    ]
    by_body, by_link = client.post("/v1/search", json=body), client.get("/v1/search", params=parameters)
    assert by_link.status_code == 200
    assert len(by_link.json()["hits"]) == 2
    assert by_link.json()["hits"] == by_body.json()["hits"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"article_ids": [HARVEST.id]}, {HARVEST.id}),
        ({"article_ids": ["nowhere", "'; DROP TABLE x; --", "\x00"]}, set()),
        ({"sources": ["وكالة الاختبار"]}, {WEAPONS.id}),
        ({"published_from": "2024-03-02"}, {HARVEST.id}),
        ({"published_to": "2024-03-02"}, {WEAPONS.id, HARVEST.id}),
        ({"published_to": "2024-03-02T23:00:00"}, {WEAPONS.id}),
        ({"published_from": "2024-03-03T01:30:00+02:00", "published_to": "2024-03-03"}, {HARVEST.id}),
        ({"published_from": "0001-01-01", "published_to": "9999-12-31"}, {WEAPONS.id, HARVEST.id}),
        ({"published_from": None, "sources": []}, {WEAPONS.id, HARVEST.id, UNDATED.id}),
    ],
    ids=[
        "an article",
        "articles that are not there",
        "a source",
        "from a day on",
        "up to a day",
        "up to a moment",
        "from a moment in another time zone",
        "between the bounds of the calendar",
        "nothing restricted",
    ],
)
def test_filters_restrict_the_articles(client: httpx.Client, filters: dict[str, object], expected: set[str]) -> None:
    response = client.post("/v1/search", json={"query": QUESTION, "mode": "semantic", "filters": filters})
    assert response.status_code == 200, response.text
    assert {hit["article"]["id"] for hit in response.json()["hits"]} == expected


def test_facets_say_what_was_considered_and_what_choosing_another_source_would_find(client: httpx.Client) -> None:
    body = {"query": QUESTION, "mode": "semantic", "limit": 1, "facets": True}
    found = client.post("/v1/search", json=body).json()
    facets = {
        "sources": [{"value": WEAPONS.source, "count": 1}],
        "years": [{"value": 2024, "count": 2}],
        "days": [{"value": "2024-03-02", "count": 1}, {"value": "2024-03-01", "count": 1}],
    }
    assert len(found["hits"]) == 1
    assert found["facets"] == facets
    elsewhere = client.post("/v1/search", json={**body, "filters": {"sources": ["nobody"]}}).json()
    assert (elsewhere["hits"], elsewhere["facets"]) == ([], {"sources": facets["sources"], "years": [], "days": []})
    link: dict[str, str] = {"q": QUESTION, "mode": "semantic", "published_to": "2023-12-31", "facets": "true"}
    before = client.get("/v1/search", params=link).json()
    assert (before["hits"], before["facets"]) == ([], {**facets, "sources": []})


def test_an_answer_cites_verbatim_quotes(client: httpx.Client) -> None:
    response = client.post("/v1/answer", json={"question": "ماذا أرسلت كوريا الشمالية إلى روسيا؟", "max_citations": 2})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["status"] == "answered"
    assert 1 <= len(answer["citations"]) <= 2
    for citation in answer["citations"]:
        assert TEXTS[citation["article_id"]][citation["start"] : citation["end"]] == citation["quote"]
    numbers = {citation["number"] for citation in answer["citations"]}
    assert all(sentence["citations"] and set(sentence["citations"]) <= numbers for sentence in answer["sentences"])


def test_an_answer_outside_its_filters_is_insufficient_evidence(client: httpx.Client) -> None:
    answer = client.post("/v1/answer", json={"question": QUESTION, "filters": {"sources": ["nobody"]}}).json()
    assert (answer["status"], answer["sentences"], answer["citations"]) == ("insufficient_evidence", [], [])
    assert answer["text"] == ""


def test_the_articles_are_listed_a_page_at_a_time(client: httpx.Client) -> None:
    listed: list[str] = []
    after: str | None = None
    while True:
        page = client.get("/v1/articles", params={"limit": 2, **({"after": after} if after else {})}).json()
        listed += [article["id"] for article in page["articles"]]
        after = page["next"]
        if after is None:
            break
    assert listed == sorted(TEXTS)


def test_an_article_comes_back_as_it_was_put_in(client: httpx.Client) -> None:
    article = client.get(f"/v1/articles/{WEAPONS.id}").json()
    assert article == {
        "id": WEAPONS.id,
        "title": WEAPONS.title,
        "source": WEAPONS.source,
        "published_at": "2024-03-01T12:00:00Z",
        "url": WEAPONS.url,
        "text": WEAPONS.text,
        "language": "ar",
        "metadata": {"section": "سياسة"},
    }


@pytest.mark.parametrize("path", [quote(HARVEST.id, safe=""), quote(HARVEST.id)])
def test_an_article_id_may_hold_slashes_arabic_and_percent_signs(client: httpx.Client, path: str) -> None:
    assert client.get(f"/v1/articles/{path}").json()["id"] == HARVEST.id


def test_every_response_has_an_id_and_a_clients_own_is_kept(client: httpx.Client) -> None:
    for path in ("/healthz", "/nowhere", "/v1/search?q=x&limit=0", "/docs"):
        response = client.get(path)
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/healthz", headers={"X-Request-ID": "trace-7"}).headers["X-Request-ID"] == "trace-7"
    assert client.get("/healthz", headers={"X-Request-ID": "two words"}).headers["X-Request-ID"] != "two words"


def test_a_request_leaves_one_log_line_without_the_question(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, records_of: RecordsOf
) -> None:
    caplog.set_level(logging.INFO, logger="api.access")
    client.get("/v1/search", params={"q": "secret question"}, headers={"X-Request-ID": "r1"})
    # The line is written when the server is done with a request, which may be after the client has its answer.
    for _ in range(500):
        # A request of an earlier test may end only now.
        lines = [record.getMessage() for record in records_of("r1")]
        if lines:
            break
        time.sleep(0.01)
    assert len(lines) == 1
    assert re.fullmatch(r"GET /v1/search 200 [\d.]+ ms", lines[0])
    assert "secret" not in caplog.text


def test_a_head_is_a_get_without_its_body(client: httpx.Client) -> None:
    got, headed = client.get("/v1/articles"), client.head("/v1/articles")
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["Content-Length"] == got.headers["Content-Length"]


def test_a_page_of_a_named_origin_may_call_the_api_and_no_other(client: httpx.Client) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "Content-Type"}
    allowed = client.options("/v1/search", headers={"Origin": ORIGIN, **preflight})
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    refused = client.options("/v1/search", headers={"Origin": "https://other.example", **preflight})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_without_origins_no_page_may_call_the_api(tmp_path: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(tmp_path), FakeEmbedder()))) as client:
        assert "Access-Control-Allow-Origin" not in client.get("/healthz", headers={"Origin": ORIGIN}).headers


def test_the_documentation_page_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs").text
    addresses = [address for address in re.findall(r"""(?:src|href)="([^"]+)""", page) if address[0] not in "?#"]
    assert len(addresses) >= 8
    for address in addresses:
        assert address.startswith("/")
        assert client.get(address).status_code == 200
    assert "validatorUrl: null" in client.get("/web/docs.js").text


def test_the_openapi_document_has_examples_in_both_languages_and_the_problems(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operation = document["paths"]["/v1/search"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    questions = [example["value"]["query"] for example in examples.values()]
    assert questions[:2] == ["what weapons did DPRK send?", "ما الأسلحة التي أرسلتها كوريا الشمالية؟"]
    for status in ("400", "413", "415", "422", "500", "503"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, described in operations.items():
            assert described["summary"], f"{method} {path}"


def test_every_documented_example_works(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for path in ("/v1/search", "/v1/answer"):
        examples = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["examples"]
        for name, example in examples.items():
            assert client.post(path, json=example["value"]).status_code == 200, name


def test_the_server_says_that_it_lives_and_is_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["checks"]["index"] == {"status": "ok", "detail": "3 articles, 3 passages"}
    assert all(check["status"] == "ok" for check in ready.json()["checks"].values())


@pytest.mark.parametrize(
    ("headers", "language", "heading"),
    [
        ({}, "en", "Answers from Arabic news"),
        ({"Accept-Language": "ar-EG,en;q=0.5"}, "ar", "إجابات من الأخبار العربية"),
    ],
    ids=["en", "ar"],
)
def test_at_the_address_alone_is_the_page_that_asks(
    client: httpx.Client, headers: dict[str, str], language: str, heading: str
) -> None:
    response = client.get("/", headers=headers)
    assert response.status_code == 200
    assert f'<html lang="{language}"' in response.text
    assert heading in response.text
    assert 'href="/docs"' in response.text


@pytest.mark.parametrize(
    "body", [{"question": QUESTION}, {"question": QUESTION, "stream": True}], ids=["whole", "stream"]
)
def test_what_the_engine_logs_for_a_request_has_its_id(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, records_of: RecordsOf, body: dict[str, object]
) -> None:
    caplog.set_level(logging.DEBUG, logger="dalil")
    client.post("/v1/answer", json=body, headers={"X-Request-ID": "e1"}).raise_for_status()
    assert "dalil.answering.answerer" in {record.name for record in records_of("e1")}
