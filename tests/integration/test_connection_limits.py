"""Clients that hold connections without using them, on real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Response

from api.http import connection_limits
from api.http.connection_limits import LimitedProtocol
from tests.integration.api_service import app_over, filled, serving

HEAD = b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


class Protocol(LimitedProtocol):
    """Ten connections, and seconds cut to tenths."""

    max_connections = 10


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_limits, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(connection_limits, "BODY_SECONDS", 1.0)
    monkeypatch.setattr(connection_limits, "SEND_SECONDS", 1.0)
    monkeypatch.setattr(connection_limits, "CHECK_SECONDS", 0.1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(app_over(filled(tmp_path)), http=Protocol) as client:
        yield client


class Connection:
    """One connection to the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def is_closed(self) -> bool:
        """Wait until the server closes the connection."""
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionError):
                return await self.reader.read() == b""
        return True


@contextlib.asynccontextmanager
async def connected(client: httpx.Client, sends: bytes = b"") -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    try:
        writer.write(sends)
        yield Connection(reader, writer)
    finally:
        writer.close()


def test_more_half_requests_than_connections_do_not_keep_others_out(
    server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_limits, "HEAD_SECONDS", 60.0)

    async def attack() -> None:
        async with contextlib.AsyncExitStack() as stack:
            closed: set[asyncio.Task[bool]] = set()
            for _ in range(3):
                opened = await asyncio.gather(
                    *(stack.enter_async_context(connected(server, HEAD)) for _ in range(Protocol.max_connections))
                )
                closed |= {asyncio.create_task(connection.is_closed()) for connection in opened}
                await asyncio.sleep(0.5)
            for _ in range(5):
                assert (await asyncio.to_thread(_get, server)) == 200
            async with asyncio.timeout(20):
                while sum(task.done() for task in closed) < len(closed) - Protocol.max_connections:
                    await asyncio.sleep(0.01)
            for task in closed:
                task.cancel()

    asyncio.run(attack())


def _get(server: httpx.Client) -> int:
    """One request on a new connection, again if the server was full."""
    for _ in range(40):
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{server.base_url}/healthz", trust_env=False).status_code
    return 0


@pytest.mark.parametrize(
    "sends",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(HEAD, id="half a head"),
        pytest.param(HEAD + b"Content-Length: 9\r\n\r\n{", id="half a body"),
    ],
)
def test_a_connection_without_a_whole_request_is_closed(server: httpx.Client, sends: bytes) -> None:
    async def wait() -> bool:
        async with connected(server, sends) as connection:
            return await connection.is_closed()

    assert asyncio.run(wait())


@pytest.mark.parametrize("begin", [HEAD + b"X-A: ", HEAD + b"Content-Length: 9999\r\n\r\n"], ids=["head", "body"])
def test_a_request_that_drips_is_not_waited_for_for_ever(server: httpx.Client, begin: bytes) -> None:
    async def drip() -> bool:
        async with connected(server, begin) as connection:
            closed = asyncio.ensure_future(connection.is_closed())
            while not closed.done():
                connection.writer.write(b" ")
                await asyncio.sleep(0.05)
            return await closed

    assert asyncio.run(drip())


def test_a_body_that_comes_fast_enough_may_take_longer(server: httpx.Client) -> None:
    body = b'{"query": "x"' + b" " * 3_000 + b"}"

    async def send() -> bytes:
        async with connected(server, HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode()) as connection:
            for start in range(0, len(body), 200):
                connection.writer.write(body[start : start + 200])
                await asyncio.sleep(0.1)
            return await connection.reader.readline()

    assert asyncio.run(send()) == b"HTTP/1.1 200 OK\r\n"


def test_a_connection_that_is_used_stays_open(server: httpx.Client) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    async def use() -> None:
        async with connected(server) as connection:
            for _ in range(30):
                connection.writer.write(request)
                head = await connection.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 200")
                await connection.reader.readuntil(b"}")
                await asyncio.sleep(0.05)

    asyncio.run(use())


def test_a_client_that_reads_nothing_of_its_response_is_hung_up_on() -> None:
    app = FastAPI()
    size = 30_000_000

    @app.get("/")
    async def much() -> Response:
        return Response(b"x" * size)

    async def read_late(client: httpx.Client) -> int:
        async with connected(client, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") as connection:
            await asyncio.sleep(3)
            received = 0
            with contextlib.suppress(ConnectionError):
                while part := await connection.reader.read(1_000_000):
                    received += len(part)
            return received

    with serving(app, http=Protocol) as client:
        assert asyncio.run(read_late(client)) < size
