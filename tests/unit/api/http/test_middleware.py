import asyncio
import logging
from collections.abc import Callable

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.body_size_limit import BodySizeLimit, BodySizeLimitMiddleware
from api.http.error_responses import ErrorResponder
from api.http.request_log import RequestLogMiddleware

RESPONDER = ErrorResponder()


async def _breaks_off(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise OSError("the disk went away")


async def _nothing_comes() -> Message:
    return {"type": "http.disconnect"}


def test_a_response_that_breaks_off_is_logged_and_not_answered_twice(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    scope: Scope = {"type": "http", "method": "GET", "path": "/", "raw_path": b"/", "headers": []}
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(OSError, match="disk"):
        asyncio.run(RequestLogMiddleware(_breaks_off, RESPONDER)(scope, _nothing_comes, send))
    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


@pytest.mark.parametrize(
    "wrap",
    [lambda app: RequestLogMiddleware(app, RESPONDER), lambda app: BodySizeLimitMiddleware(app, RESPONDER, 1)],
    ids=["log", "limit"],
)
def test_what_is_no_request_passes_through(
    wrap: Callable[[ASGIApp], RequestLogMiddleware | BodySizeLimitMiddleware],
) -> None:
    passed: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    async def send(message: Message) -> None:
        raise AssertionError(message)

    asyncio.run(wrap(app)({"type": "lifespan"}, _nothing_comes, send))
    assert passed == ["lifespan"]


@pytest.mark.parametrize(
    ("method", "path", "root_path", "expected"),
    [
        ("PUT", "/v1/articles/a", "", 413),
        ("PUT", "/v1/articles/a/b", "", 413),
        ("PUT", "/dalil/v1/articles/a", "/dalil", 413),
        ("POST", "/v1/articles/a", "", 200),
        ("PUT", "/v1/articles", "", 200),
    ],
)
def test_a_limit_applies_to_one_method_under_one_path(method: str, path: str, root_path: str, expected: int) -> None:
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "root_path": root_path,
        "headers": [(b"content-length", b"5")],
        "state": {"request_id": "r1"},
    }
    asyncio.run(
        BodySizeLimitMiddleware(app, RESPONDER, 9, [BodySizeLimit("PUT", "/v1/articles/", 4)])(
            scope, _nothing_comes, send
        )
    )
    assert sent[0]["status"] == expected
