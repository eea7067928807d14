"""What every request passes before the routes: an id, a log line, the last safety net, and the cap on bodies."""

import logging
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import BODY_TOO_LARGE, FAILED, INTERNAL, problem

_log = logging.getLogger("api.access")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """One id, one log line and one response for each request, whatever happens inside.

    A client's own X-Request-ID is kept where it is 1 to 64 letters, digits, dots, dashes or underscores. The line
    holds the path and not the query string: questions are nobody's business but the asker's. A HEAD is served as a
    GET; the server leaves the body out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as ASGI asks it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status: int | None = None

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        method = scope["method"]
        try:
            await self._app({**scope, "method": "GET"} if method == "HEAD" else scope, receive, send_marked)
        except Exception:
            _log.exception("request %s failed", request_id)
            if status is not None:
                raise
            await problem(scope, INTERNAL, FAILED)(scope, receive, send_marked)
        finally:
            path = scope["raw_path"].decode("ascii", "replace")
            milliseconds = (time.perf_counter() - start) * 1000
            _log.info("%s %s %s %.1f ms %s", method, path, status, milliseconds, request_id)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request of this method may send to a path that begins so."""

    method: str
    path: str
    max_bytes: int


class BodyLimit:
    """Refuses a body of more than `max_bytes`: at once where it is announced, else as soon as that much has come.

    The first of the allowances that speaks of a request takes its place.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, allowances: Sequence[Allowance] = ()) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._allowances = allowances

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request as ASGI asks it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._allowed(scope)
        detail = f"the body has more than {max_bytes:,} bytes"
        if int(Headers(scope=scope).get("content-length", "0")) > max_bytes:
            await problem(scope, BODY_TOO_LARGE, detail)(scope, receive, send)
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > max_bytes:
                raise HTTPException(413, detail)
            return message

        await self._app(scope, receive_counted, send)

    def _allowed(self, scope: Scope) -> int:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for allowance in self._allowances:
            if allowance.method == scope["method"] and path.startswith(allowance.path):
                return allowance.max_bytes
        return self._max_bytes
