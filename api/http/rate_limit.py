"""How many requests a client may send in a time: a sliding window for each key, or for each address without one."""

import ipaddress
import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.error_responses import ErrorResponder
from api.http.errors import TooManyRequests
from api.http.host_access import OPEN_PATHS
from api.http.write_access import bearer_key
from api.keys import hash_of

UNLIMITED_PATHS = "/web/"
"""The files of the pages: a first visit takes a dozen of them."""

IPV6_NETWORK_BITS = 64
"""One client has a network of this size, and so any number of addresses."""


class RateLimitMiddleware:
    """Answers 429 beyond the limit, such as `120/minute`, and says in each response how much of it is left.

    The headers are those of the IETF's draft "RateLimit header fields for HTTP". Only a
    known key counts by itself, so guessing keys is limited by address. Each server process counts for itself.
    """

    def __init__(self, app: ASGIApp, responder: ErrorResponder, limit: str, known_keys: tuple[str, ...]) -> None:
        self._app = app
        self._responder = responder
        self._limit: RateLimitItem = parse(limit)
        self._known_keys = frozenset(known_keys)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        path = scope.get("path", "")
        if scope["type"] != "http" or path in OPEN_PATHS or path.startswith(UNLIMITED_PATHS):
            await self._app(scope, receive, send)
            return
        client = self._client(scope)
        is_within = self._limiter.hit(self._limit, client)
        window = self._limiter.get_window_stats(self._limit, client)
        seconds = max(1, math.ceil(window.reset_time - time.time()))

        async def send_with_limit(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = f'"default";q={self._limit.amount};w={self._limit.get_expiry()}'
                headers["RateLimit"] = f'"default";r={window.remaining};t={seconds}'
            await send(message)

        if is_within:
            await self._app(scope, receive, send_with_limit)
            return
        error = TooManyRequests(str(self._limit), seconds)
        await self._responder.respond_to(error, scope)(scope, receive, send_with_limit)

    def _client(self, scope: Scope) -> str:
        """The hash of a known key, or the address; of IPv6 its network."""
        key_hash = hash_of(bearer_key(Headers(scope=scope)))
        if key_hash in self._known_keys:
            return key_hash
        host = scope["client"][0] if scope.get("client") else ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host
        if address.version == 4:
            return host
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
