"""The limit on the size of request bodies."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.error_responses import ErrorResponder
from api.http.errors import BODY_TOO_LARGE


@dataclass(frozen=True, slots=True)
class BodySizeLimit:
    """The largest body of a request with this method whose path starts with `path`."""

    method: str
    path: str
    max_bytes: int


class BodySizeLimitMiddleware:
    """Refuses a body of more than `max_bytes`: at once if its length is announced, else when that much has arrived.

    The first of `limits` that applies to a request replaces `max_bytes`.
    """

    def __init__(
        self, app: ASGIApp, responder: ErrorResponder, max_bytes: int, limits: Sequence[BodySizeLimit] = ()
    ) -> None:
        self._app = app
        self._responder = responder
        self._max_bytes = max_bytes
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        max_bytes = self._limit_of(scope)
        detail = f"the body has more than {max_bytes:,} bytes"
        if int(Headers(scope=scope).get("content-length", "0")) > max_bytes:
            await self._responder.respond(scope, BODY_TOO_LARGE, detail)(scope, receive, send)
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

    def _limit_of(self, scope: Scope) -> int:
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        for limit in self._limits:
            if limit.method == scope["method"] and path.startswith(limit.path):
                return limit.max_bytes
        return self._max_bytes
