"""Who may read: everybody, or if the service has read keys, clients with a key."""

import base64
import binascii
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.error_responses import ErrorResponder
from api.http.errors import ReadKeyNeeded
from api.http.host_access import OPEN_PATHS
from api.http.write_access import bearer_key
from api.keys import is_one_of


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """The rules of read access: hashes of keys that may read, and of those that may write and so read too.

    Without a key that may read, everybody may.
    """

    read_keys: tuple[str, ...] = ()
    write_keys: tuple[str, ...] = ()

    def may_read(self, headers: Headers) -> bool:
        """Whether the request is served. A browser asks its user for the key as the password of Basic authentication.

        Writing takes the header with `Bearer`, which no page of somebody else can make a browser send.
        """
        if not self.read_keys:
            return True
        return is_one_of(bearer_key(headers) or _basic_password(headers), (*self.read_keys, *self.write_keys))


class ReadAccessMiddleware:
    """Refuses requests that may not read, except those to `OPEN_PATHS` and a browser's question before a request."""

    def __init__(self, app: ASGIApp, responder: ErrorResponder, policy: ReadPolicy) -> None:
        self._app = app
        self._responder = responder
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        is_open = scope["type"] != "http" or scope["path"] in OPEN_PATHS or scope["method"] == "OPTIONS"
        if is_open or self._policy.may_read(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await self._responder.respond_to(ReadKeyNeeded(), scope)(scope, receive, send)


def _basic_password(headers: Headers) -> str:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
