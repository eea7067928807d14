"""The service with more requests than it can serve, and with a language model that hangs."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from dalil.embedding.base import Role, TokenEmbeddings
from dalil.embedding.fake import FakeEmbedder
from dalil.settings import ApiSettings
from dalil.stores.lance import LanceStore
from tests.integration.api_service import build, filled, serving
from tests.integration.generators import Slow, written_by

QUESTION = "ماذا أرسلت كوريا الشمالية إلى روسيا؟"
SEARCH = ("/v1/search", {"query": QUESTION})
MCP_SEARCH = (
    "/mcp",
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"query": QUESTION}},
    },
)
SETTINGS = ApiSettings(search_workers=2, answer_workers=2, max_waiting=6)
SERVED = 8
"""Requests that run or wait with these settings."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


class GatedEmbedder(FakeEmbedder):
    """Embeds a question once the gate is open, and counts the questions."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.questions = 0

    def _embed_tokens(self, texts: list[str], role: Role) -> list[TokenEmbeddings]:
        self.questions += role == "query"
        assert self.gate.wait(30)
        return super()._embed_tokens(texts, role)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes


async def post(base_url: httpx.URL, path: str, body: object) -> Response:
    """One request on a connection of its own, without the cost of a client."""
    reader, writer = await asyncio.open_connection(base_url.host, base_url.port)
    try:
        content = json.dumps(body).encode()
        writer.write(
            f"POST {path} HTTP/1.1\r\nHost: {base_url.host}:{base_url.port}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json, text/event-stream\r\nContent-Length: {len(content)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + content
        )
        head, _, body_bytes = (await reader.read()).partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return Response(int(status.split()[1]), headers, body_bytes)
    finally:
        writer.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def accepted(client: httpx.Client) -> "asyncio.Task[Response]":
    """A search that is not refused at once; it is sent again until there is room for it."""
    while True:
        task = asyncio.create_task(post(client.base_url, *SEARCH))
        if not (await asyncio.wait({task}, timeout=2))[0]:
            return task
        assert task.result().status == 503


def test_a_language_model_that_hangs_stops_nothing_but_answers(index: Path) -> None:
    slow = Slow()
    asked = {"question": QUESTION}
    paths = ["/healthz", "/readyz", "/v1/search?q=x", "/v1/articles", "/", "/articles", "/articles/weapons"]

    async def ask(client: httpx.Client) -> list[Response]:
        streams = [{**asked, "stream": True}] * 20
        waiting = [asyncio.ensure_future(post(client.base_url, "/v1/answer", body)) for body in [asked] * 25 + streams]
        # Six answers wait beside the two that run; the others are refused.
        await until(lambda: sum(task.done() for task in waiting) == len(waiting) - SERVED)
        for path in paths:
            assert (await asyncio.to_thread(client.get, path)).status_code == 200, path
        assert b"weapons" in (await post(client.base_url, *MCP_SEARCH)).body
        assert sum(task.done() for task in waiting) == len(waiting) - SERVED
        slow.go_on.set()
        return await asyncio.gather(*waiting)

    with serving(create_app(SETTINGS, lambda: written_by(slow, index))) as client:
        responses = asyncio.run(ask(client))
    assert sorted(response.status for response in responses) == [200] * SERVED + [503] * (45 - SERVED)


@pytest.mark.parametrize(
    ("path", "body"),
    [SEARCH, ("/v1/answer", {"question": QUESTION}), ("/v1/answer", {"question": QUESTION, "stream": True})],
)
def test_what_cannot_be_served_soon_is_refused_at_once_with_a_time_to_try_again(
    index: Path, path: str, body: dict[str, object]
) -> None:
    embedder = GatedEmbedder()

    async def crowd(client: httpx.Client) -> list[Response]:
        tasks = [asyncio.ensure_future(post(client.base_url, path, body)) for _ in range(100)]
        await until(lambda: sum(task.done() for task in tasks) == 100 - SERVED)
        embedder.gate.set()
        return await asyncio.gather(*tasks)

    with serving(create_app(SETTINGS, lambda: build(LanceStore(index), embedder))) as client:
        responses = asyncio.run(crowd(client))
    served = [response for response in responses if response.status == 200]
    refused = [response for response in responses if response.status == 503]
    assert (len(served), len(refused)) == (SERVED, 100 - SERVED)
    assert all(int(response.headers["retry-after"]) > 0 for response in refused)
    assert {response.headers["content-type"] for response in refused} == {"application/problem+json"}
    assert {json.loads(response.body)["type"] for response in refused} == {"/problems/overloaded"}


def test_mcp_says_that_the_server_is_overloaded(index: Path) -> None:
    embedder = GatedEmbedder()

    async def crowd(client: httpx.Client) -> list[Response]:
        tasks = [asyncio.ensure_future(post(client.base_url, *MCP_SEARCH)) for _ in range(2 * SERVED)]
        await until(lambda: sum(task.done() for task in tasks) == SERVED)
        embedder.gate.set()
        return await asyncio.gather(*tasks)

    with serving(create_app(SETTINGS, lambda: build(LanceStore(index), embedder))) as client:
        responses = asyncio.run(crowd(client))
    assert sum(b"try again later" in response.body for response in responses) == SERVED
    assert sum(b"weapons" in response.body for response in responses) == SERVED


@pytest.mark.parametrize(("path", "body"), [SEARCH, MCP_SEARCH], ids=["search", "mcp"])
def test_searches_whose_clients_have_left_are_not_done(index: Path, path: str, body: object) -> None:
    embedder = GatedEmbedder()

    async def abandon(client: httpx.Client) -> None:
        tasks = [asyncio.ensure_future(post(client.base_url, path, body)) for _ in range(SERVED)]
        await until(lambda: embedder.questions == 2)
        # The queue is full: one more is refused.
        await until(lambda: client.get("/v1/search?q=x").status_code == 503)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        last = await accepted(client)
        embedder.gate.set()
        assert (await last).status == 200

    with serving(create_app(SETTINGS, lambda: build(LanceStore(index), embedder))) as client:
        asyncio.run(abandon(client))
        assert client.get("/v1/search?q=x").status_code == 200
    assert embedder.questions <= 4
