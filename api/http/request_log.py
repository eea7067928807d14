"""The outermost middleware: an id, a log line and a response for every request."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import TypeAlias

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.error_responses import ErrorResponder
from api.http.errors import CLIENT_LEFT, INTERNAL
from api.http.log_format import REQUEST_ID
from api.http.problems import INTERNAL_DETAIL

_log = logging.getLogger("api.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

CountRequest: TypeAlias = Callable[[str, str, int, float], None]
"""Called with the method, the path of the route, the status and the seconds of a request that has ended."""


def _ignore(_method: str, _route: str, _status: int, _seconds: float) -> None:
    pass


class RequestLogMiddleware:
    """Gives each request one id, one log line and one response, even if the application fails.

    A client's own X-Request-ID is kept if it is 1 to 64 letters, digits, dots, dashes or underscores. The log line
    holds the path without the query string: questions are private. A HEAD is served as a GET; the server leaves the
    body out.
    """

    def __init__(self, app: ASGIApp, responder: ErrorResponder, count_request: CountRequest = _ignore) -> None:
        self._app = app
        self._responder = responder
        self._count_request = count_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        client_id = Headers(scope=scope).get("x-request-id", "")
        request_id = client_id if _REQUEST_ID.fullmatch(client_id) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        inherited = REQUEST_ID.set(request_id)
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        method = scope["method"]
        served = {**scope, "method": "GET"} if method == "HEAD" else scope
        try:
            await self._app(served, receive, send_with_id)
        except Exception:
            _log.exception("the request failed")
            if status is not None:
                raise
            await self._responder.respond(scope, INTERNAL, INTERNAL_DETAIL)(scope, receive, send_with_id)
        finally:
            path = scope["raw_path"].decode("ascii", "replace")
            seconds = time.perf_counter() - start
            # The path of a route has no ids, and what no route serves has one name: labels must be few.
            route = getattr(served.get("route"), "path", "none")
            self._count_request(method if method in _METHODS else "other", route, status or CLIENT_LEFT, seconds)
            fields = {"method": method, "path": path, "status": status, "milliseconds": round(seconds * 1000, 1)}
            _log.info("%(method)s %(path)s %(status)s %(milliseconds)s ms", fields, extra=fields)
            REQUEST_ID.reset(inherited)
