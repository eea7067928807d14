"""The MCP server as clients meet it: the official client, over a real socket and over stdio."""

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from api.app import create_app
from api.mcp.__main__ import main
from api.mcp.tools import MAX_FETCHED_CHARACTERS
from api.presentation.unanswered import WORDINGS
from dalil.answering.evidence import Evidence
from dalil.answering.generator import Drafts, DraftSentence, Generator
from dalil.bootstrap import build_writer
from dalil.domain import Article
from dalil.embedding.base import Role, TokenEmbeddings
from dalil.embedding.fake import FakeEmbedder
from dalil.engine import Engine
from dalil.errors import ModelUnavailable
from dalil.retrieval.query import AnalyzedQuery
from dalil.settings import ApiSettings, EmbeddingSettings, Settings, StoreSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import (
    ARTICLES,
    HARVEST,
    WEAPONS,
    FailingEmbedder,
    RecordsOf,
    app_over,
    build,
    fill,
    filled,
    serving,
)
from tests.integration.generators import short_and_related, written_by
from tests.small_engine import small_engine

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mcp-clients.md").read_text(encoding="utf-8")
TEXTS = {article.id: article.text for article in ARTICLES}
QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
PUBLIC = "https://dalil.example/news"
ORIGIN = "https://page.example"
HEADERS = {"Accept": "application/json, text/event-stream"}
SEARCH = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search", "arguments": {"query": QUESTION}},
}

Talk = Callable[[Client], Awaitable[Any]]


def talk(client: httpx.Client, conversation: Talk, *, path: str = "/mcp", mode: str = "auto") -> Any:
    """What the conversation returns; the modes are the protocol's two eras, without and with a handshake."""

    async def converse() -> Any:
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
            transport = streamable_http_client(f"{str(client.base_url).rstrip('/')}{path}", http_client=http)
            async with Client(transport, mode=mode) as speaker:
                return await conversation(speaker)

    return asyncio.run(converse())


def call(client: httpx.Client, tool: str, **arguments: object) -> CallToolResult:
    result: CallToolResult = talk(client, lambda speaker: speaker.call_tool(tool, arguments))
    return result


def payload(result: CallToolResult) -> dict[str, Any]:
    """The object that both parts of a result hold: one text, and the structured content."""
    assert not result.is_error, result.content
    (content,) = result.content
    assert isinstance(content, TextContent)
    found: dict[str, Any] = json.loads(content.text)
    assert found == result.structured_content
    return found


def complaint(result: CallToolResult) -> str:
    assert result.is_error
    assert result.structured_content is None
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert "Traceback" not in content.text
    return content.text


def cited(url: str) -> tuple[str, str]:
    """The id of the article that a link leads to, and the characters that it marks."""
    parts = urlsplit(url)
    assert parts.fragment == "cited"
    article_id = unquote(parts.path.rpartition("/")[2])
    place = {name: int(value) for name, (value,) in parse_qs(parts.query).items()}
    return article_id, TEXTS[article_id][place["start"] : place["end"]]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def client(index: Path) -> Iterator[httpx.Client]:
    with serving(app_over(index)) as client:
        yield client


@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_describe_themselves_as_reading_only(client: httpx.Client, mode: str, path: str) -> None:
    tools = talk(client, lambda speaker: speaker.list_tools(), path=path, mode=mode).tools
    assert {tool.name: list(tool.input_schema["properties"]) for tool in tools} == {
        "search": ["query"],
        "fetch": ["id"],
        "answer": ["question"],
    }
    for tool in tools:
        (argument,) = tool.input_schema["properties"].values()
        assert argument["type"] == "string"
        assert tool.input_schema["required"] == list(tool.input_schema["properties"])
        assert tool.output_schema["type"] == "object"
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        if tool.name != "fetch":
            assert "English or Arabic" in tool.description


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_search_finds_articles_with_links_to_the_passages(client: httpx.Client, mode: str) -> None:
    found = payload(talk(client, lambda speaker: speaker.call_tool("search", {"query": QUESTION}), mode=mode))
    assert list(found) == ["results"]
    assert found["results"][0]["id"] == WEAPONS.id
    for result in found["results"]:
        assert set(result) == {"id", "title", "url", "text"}
        assert all(result.values())
        assert result["url"].startswith(str(client.base_url))
        assert cited(result["url"]) == (result["id"], result["text"])
        assert client.get(result["url"]).status_code == 200


def test_whatever_a_search_finds_can_be_fetched(client: httpx.Client) -> None:
    found = {result["id"]: result["title"] for result in payload(call(client, "search", query="x"))["results"]}
    assert found.keys() == TEXTS.keys()
    for article_id, title in found.items():
        article = payload(call(client, "fetch", id=article_id))
        assert (article["id"], article["title"], article["text"]) == (article_id, title, TEXTS[article_id])


def test_a_fetched_article_leads_to_where_it_was_published(client: httpx.Client) -> None:
    assert payload(call(client, "fetch", id=WEAPONS.id)) == {
        "id": WEAPONS.id,
        "title": WEAPONS.title,
        "text": WEAPONS.text,
        "truncated": False,
        "url": WEAPONS.url,
        "metadata": {
            "section": "سياسة",
            "language": "ar",
            "source": "وكالة الاختبار",
            "published_at": "2024-03-01T12:00:00+00:00",
        },
    }


def test_of_a_very_long_article_the_beginning_is_fetched(tmp_path: Path) -> None:
    long = replace(WEAPONS, text=f"{WEAPONS.text}\n{'س' * MAX_FETCHED_CHARACTERS}")
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[long])
    with serving(app_over(tmp_path)) as client:
        article = payload(call(client, "fetch", id=long.id))
    assert article["truncated"]
    assert article["text"] == long.text[:MAX_FETCHED_CHARACTERS]


def test_a_fetched_article_that_names_no_place_leads_to_its_page(client: httpx.Client) -> None:
    article = payload(call(client, "fetch", id=HARVEST.id))
    assert article["text"].endswith("🌾")
    parts = urlsplit(article["url"])
    assert (unquote(parts.path), parts.query, parts.fragment) == (f"/articles/{HARVEST.id}", "", "")
    assert client.get(article["url"]).status_code == 200


def test_an_article_without_a_title_or_a_web_address_gets_both(tmp_path: Path) -> None:
    bare = replace(WEAPONS, title=" \n", url="ftp://news.example/weapons", text=" ".join([WEAPONS.text] * 3))
    with LanceStore(tmp_path) as store:
        fill(store, FakeEmbedder(), articles=[bare])
    with serving(app_over(tmp_path)) as client:
        article = payload(call(client, "fetch", id=bare.id))
        (found,) = payload(call(client, "search", query=QUESTION))["results"]
    assert article["title"] == found["title"]
    assert 0 < len(article["title"]) <= 80
    assert bare.text.replace("\n", " ").startswith(article["title"].removesuffix("…"))
    assert article["url"] == str(client.base_url.join(f"/articles/{bare.id}"))


def test_an_article_that_is_deleted_while_its_title_is_made_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(LanceStore(tmp_path), FakeEmbedder(), articles=[replace(WEAPONS, title=""), HARVEST])
    article = LanceStore.article

    def deleted(store: LanceStore, article_id: str) -> Article:
        store.delete([article_id])
        return article(store, article_id)

    monkeypatch.setattr(LanceStore, "article", deleted)
    with serving(app_over(tmp_path)) as client:
        (found,) = payload(call(client, "search", query=QUESTION))["results"]
    assert found["id"] == HARVEST.id


def test_a_sentence_that_its_quotes_do_not_carry_is_marked_and_markup_in_it_is_text(tmp_path: Path) -> None:
    class Inventing(Generator):
        name = "inventing"

        def draft(self, question: AnalyzedQuery, evidence: Sequence[Evidence]) -> Drafts:  # noqa: ARG002
            yield DraftSentence(f"{evidence[0].text} [2] 77", (0,), quotes=(evidence[0].text,))

    def engine() -> Engine:
        engine = written_by(Inventing(), filled(tmp_path))
        return replace(engine, answerer=replace(engine.answerer, keep_unsupported=True))

    with serving(create_app(ApiSettings(), engine)) as client:
        answer = payload(call(client, "answer", question=QUESTION))
    (sentence,) = answer["sentences"]
    assert sentence["verdict"] == "unsupported"
    assert answer["text"] == f"{sentence['text'].replace('[2]', chr(92) + '[2' + chr(92) + ']')} (غير مدعومة) [1]"
    assert answer["generator"] == "inventing"


def test_an_article_is_found_once_by_its_best_passage(tmp_path: Path) -> None:
    sentence = "أرسلت كوريا الشمالية صواريخ باليستية ومدافع وقذائف إلى روسيا في الشهر الماضي. "
    long = Article(id="long", title="طويل", text=sentence * 40)
    others = [Article(id=f"other {number}", title="آخر", text=f"افتتح المتحف {number}.") for number in range(15)]
    app = create_app(ApiSettings(), lambda: small_engine(tmp_path, [long, *others], passage_tokens=32))
    with serving(app) as client:
        hits = client.get("/v1/search", params={"q": QUESTION}).json()["hits"]
        results = payload(call(client, "search", query=QUESTION))["results"]
    assert [hit["article"]["id"] for hit in hits[:2]] == ["long", "long"]
    ids = [result["id"] for result in results]
    assert len(ids) == len(set(ids)) == 10
    assert (ids[0], results[0]["text"]) == ("long", hits[0]["text"])


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_an_answer_cites_verbatim_quotes(client: httpx.Client, mode: str) -> None:
    answer = payload(talk(client, lambda speaker: speaker.call_tool("answer", {"question": QUESTION}), mode=mode))
    assert set(answer) == {
        *("status", "strength", "short_answer", "text", "sentences", "citations", "related", "missing"),
        *("times", "disagreements"),
        *("generator", "notes", "refusal_reason", "dropped"),
    }
    assert (answer["status"], answer["generator"], answer["notes"]) == ("answered", "extractive", [])
    assert answer["citations"]
    for citation in answer["citations"]:
        assert set(citation) == {"number", "quote", "title", "url", "article_id", "start", "end"}
        assert TEXTS[citation["article_id"]][citation["start"] : citation["end"]] == citation["quote"]
        assert cited(citation["url"]) == (citation["article_id"], citation["quote"])
        assert client.get(citation["url"]).status_code == 200
        assert f"[{citation['number']}]" in answer["text"]
    numbers = {citation["number"] for citation in answer["citations"]}
    assert all(sentence["citations"] and set(sentence["citations"]) <= numbers for sentence in answer["sentences"])


def test_an_answer_has_a_short_answer_and_related_quotes_apart(index: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: short_and_related(index))) as client:
        answer = payload(call(client, "answer", question=QUESTION))
    (citation,) = answer["citations"]
    assert citation["quote"].startswith(answer["short_answer"]["text"])
    assert (answer["short_answer"]["citation"], answer["strength"]) == (1, "well_supported")
    assert answer["text"] == f"{citation['quote']} [1]"
    assert [quote["number"] for quote in answer["related"]] == list(range(2, 2 + len(answer["related"])))
    assert answer["related"]


def test_related_evidence_is_the_closest_quotes_with_a_warning(tmp_path: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, ARTICLES, threshold=1.0))) as client:
        answer = payload(call(client, "answer", question=QUESTION))
        assert answer["status"] == "related_evidence"
        assert (answer["sentences"], answer["citations"], answer["short_answer"]) == ([], [], None)
        assert answer["text"].startswith(WORDINGS["ar"].related)
        assert answer["related"]
        for quote in answer["related"]:
            assert cited(quote["url"]) == (quote["article_id"], quote["quote"])
            assert client.get(quote["url"]).status_code == 200
        for quote in answer["related"][:3]:
            assert f"«{quote['quote']}» [{quote['number']}]" in answer["text"]


def test_a_refusal_is_a_result_that_names_what_is_missing(tmp_path: Path) -> None:
    with serving(create_app(ApiSettings(), lambda: small_engine(tmp_path, ARTICLES, threshold=1.0))) as client:
        answer = payload(call(client, "answer", question="كيف أخبز الخبز؟"))
    (note,) = answer.pop("notes")
    assert re.fullmatch(r"the confidence 0\.\d{3} is below the threshold 1\.000", note)
    assert answer == {
        "status": "insufficient_evidence",
        "strength": "weak",
        "short_answer": None,
        "text": "لم أجد شيئا عن هذا في المقالات. لم يُعثر على: «أخبز»، «الخبز».",
        "sentences": [],
        "citations": [],
        "related": [],
        "missing": [{"kind": "word", "text": "أخبز"}, {"kind": "word", "text": "الخبز"}],
        "times": [],
        "disagreements": [],
        "generator": "extractive",
        "refusal_reason": "low_confidence",
        "dropped": [],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the question is empty"),
        (" \n", "the question is empty"),
        ("ص" * 1001, "the question has 1,001 characters; at most 1,000 are read"),
        ("صواريخ\0", "the question holds U+0000, which is not text"),
        ("صواريخ\x1b[2J", "the question holds U+001B, which is not text"),
        (7, "Input should be a valid string"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize(("tool", "argument"), [("search", "query"), ("answer", "question")])
def test_a_question_that_cannot_be_served_is_a_tool_error(
    client: httpx.Client, tool: str, argument: str, text: object, message: str
) -> None:
    assert message in complaint(call(client, tool, **{argument: text}))


def test_a_search_without_a_word_is_a_tool_error(client: httpx.Client) -> None:
    assert "has no word in it" in complaint(call(client, "search", query="؟!"))


@pytest.mark.parametrize(
    ("question", "reason", "text"),
    [
        ("شكرا 🌹", "not_a_question", "على الرحب والسعة. يمكنك أن تسألني عن المقالات متى شئت."),
        ("good morning", "not_a_question", "Hello! Ask me a question about the news in the articles."),
        ("What happened?", "too_vague", "Which event, place or person do you mean?"),
        ("؟!", "too_vague", "أي حدث أو مكان أو شخص تقصد؟"),
    ],
)
def test_what_is_no_question_gets_a_reply_of_its_own(
    client: httpx.Client, question: str, reason: str, text: str
) -> None:
    found = payload(call(client, "answer", question=question))
    assert (found["status"], found["refusal_reason"], found["text"]) == ("insufficient_evidence", reason, text)
    assert (found["sentences"], found["citations"], found["dropped"]) == ([], [], [])


def test_hostile_text_is_only_text(client: httpx.Client) -> None:
    for text in ("'; DROP TABLE x; --", '{"query": {"match_all": {}}} x', "\u202ex\u202c <script>alert(1)</script>"):
        assert payload(call(client, "search", query=text))["results"]


@pytest.mark.parametrize(
    ("article_id", "message"),
    [
        ("nowhere", "no article has the id 'nowhere'; search gives the ids"),
        ("weapons\0", "no article has the id"),
        ("' OR 1=1 --", "no article has the id"),
        ("", "at least 1 character"),
        ("x" * 513, "at most 512 characters"),
    ],
    ids=ascii,
)
def test_an_id_that_is_not_there_is_a_tool_error(client: httpx.Client, article_id: str, message: str) -> None:
    assert message in complaint(call(client, "fetch", id=article_id))


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"x"',
        b"[" * 10_000,
        json.dumps(SEARCH).replace("2.0", "1.0").encode(),
        json.dumps(SEARCH, ensure_ascii=False).encode("utf-16"),
        json.dumps(SEARCH | {"params": {"name": "search", "arguments": {"query": "\ud800"}}}).encode(),
    ],
    ids=lambda body: ascii(body[:20]),
)
@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_what_is_no_message_gets_a_json_rpc_error(client: httpx.Client, version: str, body: bytes) -> None:
    headers = {**HEADERS, "Content-Type": "application/json", "MCP-Protocol-Version": version}
    response = client.post("/mcp", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["code"] < 0


def test_any_request_is_served_by_itself_and_with_json(client: httpx.Client) -> None:
    response = client.post("/mcp", json=SEARCH, headers={**HEADERS, "Mcp-Session-Id": "of another worker"})
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    assert "Mcp-Session-Id" not in response.headers
    assert response.json()["result"]["structuredContent"]["results"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_there_are_no_streams_and_no_sessions(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, path, headers={"Accept": "text/event-stream"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_the_cap_on_bodies_applies(client: httpx.Client) -> None:
    response = client.post("/mcp", json=SEARCH | {"id": "x" * ApiSettings().max_body_bytes}, headers=HEADERS)
    assert (response.status_code, response.json()["type"]) == (413, "/problems/body-too-large")


def test_the_cap_on_bodies_can_be_raised(index: Path) -> None:
    with serving(app_over(index, max_body_bytes=9_000_000)) as client:
        assert client.post("/mcp", json=SEARCH | {"id": "x" * 5_000_000}, headers=HEADERS).status_code == 200


def test_a_call_leaves_one_log_line_without_the_question(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, records_of: RecordsOf
) -> None:
    caplog.set_level(logging.INFO)
    client.post("/mcp", json=SEARCH, headers={**HEADERS, "X-Request-ID": "m1"})
    for _ in range(500):
        lines = [record.getMessage() for record in records_of("m1") if record.name == "api.access"]
        if lines:
            break
        time.sleep(0.01)
    assert len(lines) == 1
    assert re.fullmatch(r"POST /mcp 200 [\d.]+ ms", lines[0])
    assert QUESTION not in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1.elsewhere.example"}, 403),
        ({"Origin": "https://dalil.example.elsewhere.example"}, 403),
        ({"Host": "elsewhere.example"}, 421),
        ({"Host": "127.0.0.1.elsewhere.example:8000"}, 421),
        ({}, 200),
        ({"Host": "localhost:8000", "Origin": "http://localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "dalil.example", "Origin": "https://dalil.example"}, 200),
        ({"Origin": ORIGIN}, 200),
    ],
    ids=str,
)
def test_foreign_hosts_and_origins_are_refused(index: Path, headers: dict[str, str], status: int) -> None:
    with serving(app_over(index, public_url=PUBLIC, cors_origins=(ORIGIN,))) as client:
        assert client.post("/mcp", json=SEARCH, headers={**HEADERS, **headers}).status_code == status


@pytest.mark.parametrize(
    ("public_url", "host", "origin"),
    [
        ("https://dalil.example:443", "dalil.example", "https://dalil.example"),
        ("https://dalil.example", "dalil.example:443", "https://dalil.example"),
        ("http://dalil.example:80/news", "dalil.example", "http://dalil.example"),
        ("https://Dalil.Example", "dalil.example", "https://dalil.example"),
        ("https://user:secret@dalil.example", "dalil.example", "https://dalil.example"),
        ("https://dalil.example:8443", "dalil.example:8443", "https://dalil.example:8443"),
        ("http://[2001:DB8::1]:80", "[2001:db8::1]", "http://[2001:db8::1]"),
    ],
)
def test_the_public_name_is_served_however_its_url_is_written(
    index: Path, public_url: str, host: str, origin: str
) -> None:
    with serving(app_over(index, public_url=public_url)) as client:
        headers = {**HEADERS, "Host": host, "Origin": origin}
        assert client.post("/mcp", json=SEARCH, headers=headers).status_code == 200
        assert client.post("/mcp", json=SEARCH, headers={**headers, "Host": "example"}).status_code == 421


def test_a_public_name_is_foreign_until_it_is_set(client: httpx.Client) -> None:
    assert client.post("/mcp", json=SEARCH, headers={**HEADERS, "Host": "dalil.example"}).status_code == 421


def test_a_page_of_a_named_origin_may_send_what_clients_send(index: Path) -> None:
    asked = "content-type,mcp-protocol-version,mcp-method,mcp-name"
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": asked}
    with serving(app_over(index, cors_origins=(ORIGIN,))) as client:
        response = client.options("/mcp", headers={"Origin": ORIGIN, **preflight})
    assert (response.status_code, response.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)


def test_links_lead_to_the_public_url(index: Path) -> None:
    with serving(app_over(index, public_url=f"{PUBLIC}/")) as client:
        (first, *_) = payload(call(client, "search", query=QUESTION))["results"]
        (quoted, *_) = payload(call(client, "answer", question=QUESTION))["citations"]
        article = payload(call(client, "fetch", id=HARVEST.id))
    assert first["url"].startswith(f"{PUBLIC}/articles/{WEAPONS.id}?start=")
    assert quoted["url"].startswith(f"{PUBLIC}/articles/{WEAPONS.id}?start=")
    assert article["url"].startswith(f"{PUBLIC}/articles/%")


def test_without_an_index_the_tools_say_what_to_do_and_serve_once_there_is_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(app_over(tmp_path)) as client:
        for tool, argument in (("search", "query"), ("answer", "question"), ("fetch", "id")):
            assert "python -m indexer" in complaint(call(client, tool, **{argument: "x"}))
        assert "python -m indexer" in caplog.text
        with LanceStore(tmp_path) as store:
            fill(store, FakeEmbedder())
        assert payload(call(client, "search", query=QUESTION))["results"]


def test_a_failure_is_told_and_a_crash_is_not_detailed(index: Path, caplog: pytest.LogCaptureFixture) -> None:
    embedder = FailingEmbedder()
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(index), embedder))) as client:
        embedder.failure = ModelUnavailable("the model does not run")
        assert "the model does not run" in complaint(call(client, "search", query=QUESTION))
        embedder.failure = RuntimeError("the secret of the crash")
        assert "secret" not in complaint(call(client, "search", query=QUESTION))
        assert "the secret of the crash" in caplog.text
        embedder.failure = None
        assert payload(call(client, "search", query=QUESTION))["results"]


class WaitingEmbedder(FakeEmbedder):
    """Says that it was asked, and waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go_on = threading.Event(), threading.Event()

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        self.asked.set()
        assert self.go_on.wait(30)
        return super()._embed_tokens(texts, role)


def test_others_are_served_while_a_tool_works(index: Path) -> None:
    embedder = WaitingEmbedder()
    with serving(create_app(ApiSettings(), lambda: build(LanceStore(index), embedder))) as client:
        found: list[CallToolResult] = []
        working = threading.Thread(target=lambda: found.append(call(client, "search", query=QUESTION)))
        working.start()
        try:
            assert embedder.asked.wait(30)
            assert client.get("/healthz", timeout=5).status_code == 200
        finally:
            embedder.go_on.set()
            working.join()
    assert payload(found[0])["results"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a process needs to serve the articles with the bundled model."""
    settings = Settings(
        store=StoreSettings(path=tmp_path_factory.mktemp("stdio") / "index"),
        embedding=EmbeddingSettings(runtime="onnx"),
    )
    with build_writer(settings) as writer:
        fill(writer.store, writer.encoder.embedder, writer.encoder.centres)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DALIL_")}
    return {
        **inherited,
        "DALIL_CACHE_FOLDER": str(settings.cache_folder),
        "DALIL_STORE__PATH": str(settings.store.path),
        "DALIL_EMBEDDING__RUNTIME": "onnx",
    }


def documented(key: str) -> list[dict[str, Any]]:
    """The servers in the configuration examples of the documentation that have the key."""
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    return [block["mcpServers"]["dalil"] for block in blocks if key in block["mcpServers"]["dalil"]]


def test_the_documented_address_is_served(client: httpx.Client) -> None:
    (server,) = documented("url")
    assert server["type"] == "http"
    address = urlsplit(server["url"])
    assert address.netloc == "127.0.0.1:8000"
    assert len(talk(client, lambda speaker: speaker.list_tools(), path=address.path).tools) == 3


@pytest.mark.model
def test_the_documented_command_starts_a_server_that_answers(environment: dict[str, str], tmp_path: Path) -> None:
    (server,) = documented("command")
    arguments = [
        argument.replace("/path/to/dalil", str(ROOT)).replace(".venv/bin/python", sys.executable)
        for argument in server["args"]
    ]
    parameters = StdioServerParameters(command=server["command"], args=arguments, env=environment, cwd=tmp_path)

    async def converse() -> list[CallToolResult]:
        with (tmp_path / "log").open("w") as log:
            async with Client(stdio_client(parameters, errlog=log)) as speaker:
                return [
                    await speaker.call_tool("answer", {"question": "what did North Korea send to Russia?"}),
                    await speaker.call_tool("search", {"query": QUESTION}),
                    await speaker.call_tool("fetch", {"id": HARVEST.id}),
                    await speaker.call_tool("search", {"query": ""}),
                ]

    answer, search, fetch, refused = asyncio.run(converse())
    first = payload(answer)["citations"][0]
    assert first["article_id"] == WEAPONS.id
    assert cited(first["url"]) == (WEAPONS.id, first["quote"])
    assert first["url"].startswith("http://127.0.0.1:8000/articles/")
    assert payload(search)["results"][0]["id"] == WEAPONS.id
    assert payload(fetch)["text"] == HARVEST.text
    assert "the question is empty" in complaint(refused)


@pytest.mark.model
@pytest.mark.parametrize("ending", ["end of input", "interrupt"])
def test_standard_output_holds_only_the_protocol_until_the_server_ends(
    environment: dict[str, str], ending: str
) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    messages = [
        {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        SEARCH,
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "api.mcp"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdin.write("".join(f"{json.dumps(message, ensure_ascii=False)}\n" for message in messages))
        server.stdin.flush()
        lines = [json.loads(server.stdout.readline()) for _ in range(2)]
        if ending == "interrupt":
            server.send_signal(signal.SIGINT)
            assert server.wait(30) == -signal.SIGINT
        server.stdin.close()
        rest, log = server.stdout.read(), server.stderr.read()
    assert [line["id"] for line in lines] == [0, 1]
    assert lines[1]["result"]["structuredContent"]["results"][0]["id"] == WEAPONS.id
    assert rest == ""
    assert server.returncode == (0 if ending == "end of input" else -signal.SIGINT)
    assert "loading the model" in log


def test_the_program_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "standard input and output" in capsys.readouterr().out


def test_a_setting_that_cannot_be_used_stops_the_program_before_the_protocol(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DALIL_STOR__PATH", "x")
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "DALIL_STOR__PATH: no such setting" in printed.err
